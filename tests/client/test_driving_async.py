"""Commands driven within an event loop; as the blocking ones."""

import asyncio
import re

import pytest

from orchflow_jupyter.client import AsyncEngine, CommandFailedError


def test_commands_are_run_awaited_and_cancelled(process, tmp_path):
    async def drive():
        async with asyncio.timeout(50), await AsyncEngine.open(process.directory, str(process.root)) as engine:
            model = await engine.create(["bash"], env={"HOME": str(tmp_path)})
            async with await engine.attach(model["id"]) as bash:
                watched = bytearray()
                result = await bash.run("echo one; (exit 3)", watch=watched.extend)
                assert (result.exit_code, result.text, bytes(watched)) == (3, "one\n", b"one\r\n")
                with pytest.raises(CommandFailedError):
                    await bash.run("false", check=True)
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.5):
                        await bash.run("sleep 1000")
                assert (await bash.run("echo $?")).text == "130\n"
                assert len((await bash.run("seq 100000")).output) == 688_895
                await bash.send("read -p 'name? ' x\r")
                assert (await bash.expect(["nothing", re.compile(rb"[^']name\? ")]))[0] == 1
                await bash.interrupt()
                assert (await bash.run("echo a")).text == "a\n"
            result = await engine.run("echo two; exit 4")
            assert (result.exit_code, result.text) == (4, "two\n")

    asyncio.run(drive())
