"""A terminal of the engine's behind terminado's interface."""

import asyncio
import signal

from orchflow_jupyter.errors import NotFoundError
from orchflow_jupyter.server.terminal_process import EngineTerminal

MODEL = {
    "id": "t-1",
    "name": "one",
    "pid": 42,
    "cols": 100,
    "rows": 30,
    "last_activity": "2026-01-02T03:04:05.678901Z",
}


def asked(test, model=MODEL, error=None):
    """What the engine was asked for, in order, while `test` used a terminal."""
    calls = []

    async def call(method, params):
        calls.append((method, params))
        await asyncio.sleep(0)
        if error is not None:
            raise error

    async def run():
        terminal = EngineTerminal(call, "one", model)
        await test(terminal)
        if terminal._asking:
            await terminal._asking

    asyncio.run(run())
    return calls


def operations(calls):
    assert {method for method, _ in calls} <= {"terminals.batch"}
    return [params["operations"] for _, params in calls]


def test_what_is_asked_for_reaches_the_engine_in_order():
    async def test(terminal):
        assert terminal.ptyproc.write("sleep 9\r") == 8
        terminal.ptyproc.setwinsize(20, 60)
        terminal.kill(signal.SIGINT)
        terminal.killpg(signal.SIGTERM)

    assert operations(asked(test)) == [
        [{"op": "input", "data": "sleep 9\r", "id": "t-1"}],
        [{"op": "resize", "cols": 60, "rows": 20, "id": "t-1"}],
        [{"op": "signal", "signal": "INT", "id": "t-1"}],
        [{"op": "signal", "signal": "TERM", "id": "t-1"}],
    ]


def test_it_is_as_the_engine_says():
    async def test(terminal):
        assert (terminal.term_name, terminal.ptyproc.pid, terminal.ptyproc.getwinsize()) == ("one", 42, (30, 100))
        assert terminal.last_activity.isoformat() == "2026-01-02T03:04:05.678901+00:00"
        terminal.update(MODEL | {"name": "two", "last_activity": "2025-01-01T00:00:00Z"})
        assert terminal.term_name == "two"
        assert terminal.last_activity.year == 2026

    assert asked(test) == []


def test_what_is_typed_before_it_has_begun_waits_for_that():
    async def test(terminal):
        terminal.born = asyncio.get_running_loop().create_future()
        terminal.ptyproc.write("early")
        for _ in range(5):
            await asyncio.sleep(0)
        terminal.update(MODEL)
        terminal.born.set_result(None)

    assert operations(asked(test, model=None)) == [[{"op": "input", "data": "early", "id": "t-1"}]]


def test_what_cannot_be_done_any_more_is_let_go():
    async def test(terminal):
        terminal.ptyproc.write("one")
        terminal.ptyproc.write("two")

    assert len(asked(test, error=NotFoundError("it has ended"))) == 1


def test_terminating_deletes_it():
    async def test(terminal):
        assert await terminal.terminate(force=True)

    assert asked(test) == [("terminals.delete", {"id": "t-1"})]
