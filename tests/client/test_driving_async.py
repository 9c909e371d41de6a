"""Commands driven within an event loop; as the blocking ones."""

import asyncio
import re

import pytest

from orchflow_jupyter.client import AsyncEngine, CommandFailedError
from tests.support.shells import EVERY, prepare

ASKS = {"bash": "read -p 'name? ' x", "zsh": "read 'x?name? '", "fish": "read -P 'name? ' x"}


@pytest.mark.parametrize("shell", EVERY)
def test_commands_are_run_awaited_and_cancelled(process, tmp_path, shell):
    async def drive():
        async with asyncio.timeout(50), await AsyncEngine.open(process.directory, str(process.root)) as engine:
            model = await engine.create(prepare(shell, tmp_path), env={"HOME": str(tmp_path)})
            async with await engine.attach(model["id"]) as it:
                watched = bytearray()
                result = await it.run("echo one; sh -c 'exit 3'", watch=watched.extend)
                assert (result.exit_code, result.text, bytes(watched)) == (3, "one\n", b"one\r\n")
                with pytest.raises(CommandFailedError):
                    await it.run("false", check=True)
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.5):
                        await it.run("sleep 1000")
                assert (await it.run("echo $status" if shell == "fish" else "echo $?")).text == "130\n"
                assert len((await it.run("seq 100000")).output) == 688_895
                assert (await it.run("end" if shell == "fish" else "fi")).exit_code is None
                await it.begin("sleep 0.3; echo begun")
                if shell != "fish":  # which does not tell whose line it is that came while something ran
                    await it.begin("echo behind")
                assert (await it.run("echo next")).text == "next\n"
                await it.begin("echo said''all")
                assert await it.wait_for("saidall\r\n")
                await it.run("true")
                await it.send(f"{ASKS[shell]}\r")
                assert (await it.expect(["nothing", re.compile(rb"[^']name\? ")]))[0] == 1
                await it.send("ada\r")
                assert (await it.run("echo $x")).text == "ada\n"
            result = await engine.run("echo two; exit 4")
            assert (result.exit_code, result.text) == (4, "two\n")

    asyncio.run(drive())
