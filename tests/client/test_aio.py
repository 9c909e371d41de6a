"""The client for event loops, against a real engine and real programs."""

import asyncio
import gc
import os
import signal

import pytest

from orchflow_jupyter.client import AsyncEngine, AsyncTerminalGroup
from orchflow_jupyter.client.attachment import KEEP
from orchflow_jupyter.errors import (
    ConflictError,
    EngineUnavailableError,
    InvalidRequestError,
    NotAllowedError,
    NotFoundError,
)
from tests.support.engine import EngineProcess, raw
from tests.support.waiting import GENEROUS, eventually

MIB = 1024 * 1024


def served(process, test):
    """Run the coroutine function `test` with a client of that engine."""

    async def run():
        async with asyncio.timeout(GENEROUS), await AsyncEngine.open(process.directory, str(process.root)) as engine:
            return await test(engine)

    return asyncio.run(run())


async def run(engine, command, **options):
    """A new terminal that runs `command`, attached."""
    return await engine.attach((await engine.create(command))["id"], **{"since": 0} | options)  # all that is held


async def up_to(terminal, expected):
    """Output up to the first piece after which `expected` has come."""
    found = b""
    while expected not in found:
        data = await terminal.read()
        assert data, f"{found[-100:]!r} and then the end"
        found += data
    return found


def test_a_terminal_is_made_found_changed_signalled_and_ended(process):
    async def test(engine):
        made = await engine.create(["cat"], name="mine", cwd=process.root, env={"A": "b"}, cols=100, rows=30)
        assert [model["id"] for model in await engine.list()] == [made["id"]]
        assert (await engine.get("mine"))["id"] == (await engine.get(made["id"]))["id"] == made["id"]
        assert (await engine.update(made["id"], name="yours", rows=31))["rows"] == 31
        async with await engine.attach(made["id"]) as terminal:
            await engine.signal(made["id"], "KILL")
            assert "KILL" in (await terminal.wait())["signal"]
        await engine.delete(made["id"])
        assert (await engine.status())["terminals"] == {"running": 0, "exited": 0}
        assert (await engine.metrics())["each"] == []

    served(process, test)


def test_what_cannot_be_is_refused_by_name(process):
    async def test(engine):
        await engine.create(["cat"], name="mine")
        with pytest.raises(ConflictError, match="mine"):
            await engine.create(["cat"], name="mine")
        with pytest.raises(InvalidRequestError, match="no-such-program"):
            await engine.create(["no-such-program"])
        with pytest.raises(NotFoundError, match="yours"):
            await engine.attach("yours")
        with pytest.raises(NotFoundError, match="'yours'; there are: mine"):
            await engine.get("yours")

    served(process, test)


def test_many_terminals_are_driven_at_once(process):
    async def one(engine, number):
        async with await run(engine, raw(f"read x; exit {number}")) as terminal:
            await up_to(terminal, b"ready;")
            await terminal.send("\n")
            return (await terminal.wait())["code"]

    async def test(engine):
        assert await asyncio.gather(*(one(engine, number) for number in range(10))) == list(range(10))

    served(process, test)


def test_one_task_reads_while_another_types(process):
    typed = os.urandom(MIB).replace(b"\x1b", b"")  # nothing that asks a terminal

    async def test(engine):
        async with await run(engine, raw("cat")) as terminal:
            await up_to(terminal, b"ready;")
            sending = asyncio.create_task(terminal.send(typed))
            back = b""
            while len(back) < len(typed):
                back += await terminal.read(100_000)
            assert back == typed
            await sending

    served(process, test)


@pytest.mark.parametrize("size", [MIB, 4 * MIB])
def test_a_program_that_echoes_megabytes_does_not_stall_its_sender(process, size):
    typed = os.urandom(size).replace(b"\x1b", b"")

    async def test(engine):
        async with await run(engine, raw("cat")) as terminal:
            await up_to(terminal, b"ready;")
            await terminal.send(typed)
            back = b""
            while len(back) < len(typed):
                back += await terminal.read()
            assert back == typed

    served(process, test)


def test_output_is_iterated_to_its_end(process):
    async def test(engine):
        async with await run(engine, ["seq", "-s", ",", "200000"]) as terminal:
            output = b"".join([data async for data in terminal])
            assert await terminal.wait() == terminal.exit == {"code": 0, "signal": None}
            assert await terminal.read() == b""
        assert output.strip() == ",".join(map(str, range(1, 200001))).encode()

    served(process, test)


def test_waiting_lets_a_program_end_that_nobody_reads_and_keeps_the_newest(process):
    async def test(engine):
        async with await run(engine, ["sh", "-c", f"head -c {6 * MIB} /dev/zero; printf end"]) as terminal:
            assert (await terminal.wait())["code"] == 0
            kept = b"".join([data async for data in terminal])
            assert KEEP - 64 * 1024 <= len(kept) <= KEEP + MIB
            assert kept.endswith(b"end")

    served(process, test)


def test_a_reader_who_pauses_holds_the_program_up_and_loses_nothing(process):
    async def test(engine):
        async with await run(engine, ["sh", "-c", f"head -c {6 * MIB} /dev/zero; printf end"]) as terminal:
            held = 0
            while (offset := (await engine.get(terminal.model["id"]))["offset"]) != held or not held:
                held = offset
                await asyncio.sleep(0.05)
            assert held < 4 * MIB
            total = sum([len(data) async for data in terminal])
            assert total == 6 * MIB + 3

    served(process, test)


def test_what_is_given_up_loses_nothing(process):
    async def test(engine):
        async with await run(engine, raw("cat")) as terminal:
            await up_to(terminal, b"ready;")
            for waiting in (terminal.read, terminal.wait):
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.05):
                        await waiting()
            await terminal.send("more")
            assert await up_to(terminal, b"more") == b"more"

    served(process, test)


def test_a_terminal_is_resized_and_signalled_from_where_it_is_read(process):
    async def test(engine):
        async with await run(engine, raw("read x; stty size; exec sleep 1000")) as terminal:
            await up_to(terminal, b"ready;")
            await terminal.resize(123, 45)
            identity = terminal.model["id"]
            await asyncio.to_thread(eventually, lambda: process.model(identity)["cols"] == 123, "the new size")
            await terminal.send("\n")
            await up_to(terminal, b"45 123")
            await terminal.signal("KILL")
            assert "KILL" in (await terminal.wait())["signal"]

    served(process, test)


def test_since_and_mode_are_passed_on(process):
    async def test(engine):
        async with await run(engine, raw("cat"), attachment="me") as writer:
            await up_to(writer, b"ready;")
            await writer.send("typed")
            await up_to(writer, b"typed")
            async with await engine.attach(writer.model["id"], since=6, mode="ro") as watcher:
                with pytest.raises(NotAllowedError, match="watch"):
                    await watcher.send("x")
                assert await up_to(watcher, b"typed") == b"typed"
        async with await engine.attach(writer.model["id"], attachment="me") as again:
            await again.send("!")
            assert await up_to(again, b"!") == b"ready;typed!"

    served(process, test)


def test_who_types_after_the_end_is_told(process):
    async def test(engine):
        async with await run(engine, ["true"]) as terminal:
            await terminal.wait()
            with pytest.raises(NotFoundError, match="has ended"):
                await terminal.send("hello")

    served(process, test)


def test_leaving_detaches_and_the_terminal_goes_on(process):
    async def test(engine):
        async with await run(engine, ["cat"]) as terminal:
            identity = terminal.model["id"]
            assert (await engine.get(identity))["clients"] == 1
        await asyncio.to_thread(eventually, lambda: process.model(identity)["clients"] == 0, "the detachment")
        assert (await engine.get(identity))["state"] == "running"

    served(process, test)


def test_an_engine_that_is_killed_is_told_to_who_reads_and_who_calls(tmp_path):
    async def test(engine):
        async with await run(engine, ["cat"]) as terminal:
            reading = asyncio.create_task(terminal.read())
            await asyncio.sleep(0)
            process.process.kill()
            with pytest.raises(EngineUnavailableError, match="engine"):
                await reading
            with pytest.raises(EngineUnavailableError):
                await terminal.send("x")
        with pytest.raises(EngineUnavailableError):
            await engine.list()

    with EngineProcess(tmp_path) as process:
        served(process, test)


def test_an_attachment_that_is_dropped_detaches(process):
    async def test(engine):
        model = await engine.create(["cat"])
        for _ in range(3):
            attachment = await engine.attach(model["id"])
        del attachment
        gc.collect()
        for _ in range(1000):
            if (await engine.get(model["id"]))["clients"] == 0:
                return
            await asyncio.sleep(0.01)
        raise AssertionError("they stay")

    served(process, test)


def test_one_that_is_waited_for_is_not_dropped(process):
    async def test(engine):
        async def wait():
            attachment = await engine.attach((await engine.create(["sh", "-c", "sleep 0.3; exit 3"]))["id"])
            return await attachment.wait()

        task = asyncio.create_task(wait())
        await asyncio.sleep(0.1)
        gc.collect()
        assert (await task)["code"] == 3

    served(process, test)


@pytest.mark.parametrize("again", [False, True])
def test_a_run_that_is_cancelled_leaves_no_terminal(process, again):
    async def test(engine):
        for delay in (0, 0.001, 0.003, 0.01, 0.05):
            task = asyncio.create_task(engine.run("trap '' INT; sleep 1000"))
            await asyncio.sleep(delay)
            task.cancel()
            if again:
                await asyncio.sleep(delay)
                task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        for _ in range(1000):
            if await engine.list() == []:
                return
            await asyncio.sleep(0.01)
        raise AssertionError("it stays")

    served(process, test)


def test_a_limit_of_time_holds_where_the_engine_does_not_answer(tmp_path):
    with EngineProcess(tmp_path) as stopped:

        async def test(engine):
            os.kill(stopped.pid, signal.SIGSTOP)
            try:
                for call in (engine.run("true"), AsyncTerminalGroup.create(engine, 2, ["cat"])):
                    with pytest.raises(TimeoutError):
                        async with asyncio.timeout(0.2):
                            await call
            finally:
                os.kill(stopped.pid, signal.SIGCONT)
            for _ in range(1000):
                if await engine.list() == []:
                    return
                await asyncio.sleep(0.01)
            raise AssertionError("they stay")

        served(stopped, test)


def test_a_run_whose_terminal_somebody_closes_has_its_result(process):
    async def test(engine):
        task = asyncio.create_task(engine.run("sleep 1000"))
        await asyncio.sleep(0.2)
        for model in await engine.list():
            await engine.delete(model["id"])
        assert (await task).signal == "HUP"

    served(process, test)
