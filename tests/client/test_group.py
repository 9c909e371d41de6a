"""Groups of terminals, blocking and for event loops, against a real engine and real programs."""

import asyncio
import math

import pytest

from orchflow_jupyter.client import AsyncTerminalGroup, Engine, TerminalGroup
from orchflow_jupyter.errors import ConflictError, EngineUnavailableError, InvalidRequestError
from tests.client.test_aio import served
from tests.support.engine import EngineProcess

READER = ["sh", "-c", "read line; exit $line"]


def test_what_is_sent_goes_to_all_and_their_ends_are_a_table(engine):
    with TerminalGroup.create(engine, 3, READER, name="worker") as group:
        assert group.names == ["worker-1", "worker-2", "worker-3"]
        assert group.send("7\n").failed == {}
        table = group.wait(timeout=30)
    assert repr(table).splitlines()[1:] == [f"worker-{n}  7" for n in (1, 2, 3)]
    assert engine.list() == []


def test_a_resize_a_signal_and_a_closing_reach_all(engine):
    group = TerminalGroup.create(engine, 2, ["cat"])
    assert [one["ok"] for one in group.resize(101, 31).results] == [True, True]
    assert {(m["cols"], m["rows"]) for m in engine.list()} == {(101, 31)}
    assert repr(group.signal("KILL")) == "name     result\ngroup-1  done\ngroup-2  done"
    assert [how for _, how in group.ends(timeout=30)] == [{"code": None, "signal": "KILL"}] * 2
    assert "exited" in group._repr_html_()
    group.close()
    assert engine.list() == []
    assert "closed" in group._repr_html_()


def test_terminals_come_as_they_end_and_a_limit_of_time_names_the_others(engine):
    with TerminalGroup.create(engine, 2, READER, name="r") as group:
        engine.batch([{"op": "input", "id": group.ids[1], "data": "3\n"}])
        ends = group.ends(timeout=1)
        model, how = next(ends)
        assert (model["name"], how) == ("r-2", {"code": 3, "signal": None})
        with pytest.raises(TimeoutError, match="r-1"):
            next(ends)


def test_a_flood_that_nobody_reads_does_not_hold_up_the_wait(engine):
    program = ["sh", "-c", "head -c 8000000 /dev/zero"]
    with TerminalGroup.create(engine, 2, program) as group:
        assert [how["code"] for _, how in group.ends(timeout=30)] == [0, 0]


def test_a_group_is_made_whole_or_not_at_all(engine):
    engine.create(["cat"], name="g-2")
    with pytest.raises(ConflictError):
        TerminalGroup.create(engine, 3, ["cat"], name="g")
    assert [model["name"] for model in engine.list()] == ["g-2"]


def test_a_terminal_that_is_gone_is_told_and_the_others_go_on(engine):
    with TerminalGroup(engine, [engine.create(READER, name=name) for name in ("a", "b")]) as group:
        engine.delete(group.ids[0])
        outcome = group.send("0\n")
        assert list(outcome.failed) == ["a"]
        assert {m["name"]: how for m, how in group.ends(timeout=30)} == {
            "a": None,
            "b": {"code": 0, "signal": None},
        }


def test_bytes_go_as_they_are(engine):
    program = ["sh", "-c", "stty raw -echo; printf ready; exec cat"]
    with TerminalGroup.create(engine, 1, program) as group, engine.attach(group.ids[0]) as terminal:
        terminal.read_until(b"ready", timeout=30)
        group.send(b"\xff\x00\r")
        assert terminal.read_until(b"\r", timeout=30) == b"\xff\x00\r"


def test_the_async_twin_does_the_same(process):
    async def test(engine):
        async with await AsyncTerminalGroup.create(engine, 2, READER, name="a") as group:
            await group.resize(90, 20)
            assert {model["cols"] for model in await engine.list()} == {90}
            assert (await group.signal("WINCH")).failed == {}
            await group.send("4\n")
            assert repr(await group.wait()).splitlines()[1:] == ["a-1   4", "a-2   4"]
        assert await engine.list() == []
        await engine.create(["cat"], name="b-1")
        with pytest.raises(ConflictError):
            await AsyncTerminalGroup.create(engine, 2, READER, name="b")
        assert len(await engine.list()) == 1

    served(process, test)


def test_a_group_of_fewer_than_none_is_refused(engine):
    with pytest.raises(InvalidRequestError, match="-1 is no number of them"):
        TerminalGroup.create(engine, -1)


def fail_without(gone):
    with Engine.open(gone.directory, str(gone.root)) as engine, TerminalGroup.create(engine, 1, ["cat"]):
        gone.kill9()
        raise ValueError("mine")


def test_leaving_for_an_error_of_ones_own_keeps_that(tmp_path):
    with EngineProcess(tmp_path) as gone, pytest.raises(ValueError, match="mine"):
        fail_without(gone)


def test_a_terminal_can_be_in_a_group_once(engine):
    model = engine.create(["cat"], name="only")
    with pytest.raises(InvalidRequestError, match="'only' is twice"):
        TerminalGroup(engine, [model, model])


def test_a_creation_that_is_cancelled_leaves_nothing(process):
    async def test(engine):
        for delay in (0, 0.001, 0.003, 0.01):
            task = asyncio.create_task(AsyncTerminalGroup.create(engine, 5, ["cat"], name="g"))
            await asyncio.sleep(delay)
            if task.cancel():
                with pytest.raises(asyncio.CancelledError):
                    await task
            else:
                await (await task).close()
            assert await engine.list() == []

    served(process, test)


def test_the_loss_of_the_engine_is_one_plain_error(tmp_path):
    with EngineProcess(tmp_path) as gone:

        async def test(engine):
            group = await AsyncTerminalGroup.create(engine, 3, ["bash"])
            await group.run("true")
            task = asyncio.create_task(group.run("sleep 1000"))
            await asyncio.sleep(0.2)
            gone.kill9()
            with pytest.raises(EngineUnavailableError):
                await task

        served(gone, test)


def test_a_limit_of_time_may_be_long(engine):
    with TerminalGroup.create(engine, 2, ["bash"]) as group:
        for timeout in (1e9, math.inf):
            assert group.run("echo x", timeout=timeout).results["group-1"].text == "x\n"
        group.send("exit\n")
        assert len(list(group.ends(timeout=1e9))) == 2
