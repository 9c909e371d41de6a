"""The view of a terminal: whole, in turns with others, and refused where it cannot be had."""

import asyncio
import json

import pytest

from orchflow_jupyter.errors import NotSupportedError, TooLargeError
from orchflow_jupyter.terminals import view as module
from orchflow_jupyter.terminals.emulator import emulator
from tests.support.sessions import Played

WITH_EMULATOR = pytest.mark.skipif(not emulator.there, reason="no pyghostty")


async def view(*what):
    return json.loads(await module.view(*what))


LINES = b"".join(b"%d\r\n" % n for n in range(2000))


async def counted(session, above):
    """What is told, and how many turns another task had meanwhile."""
    turns = 0

    async def count():
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    told = await view(session, above)
    counting.cancel()
    return told, turns


@WITH_EMULATOR
def test_others_have_their_turns_while_many_lines_are_read():
    with Played() as it:
        it.write(LINES)
        told, turns = asyncio.run(counted(it.session, 5000))
    assert [line[0][0] for line in told["lines"][:-1]] == [str(n) for n in range(2000)]
    assert turns > 10


@WITH_EMULATOR
def test_others_have_their_turns_while_a_screen_full_of_colours_is_read():
    with Played() as it:
        it.resize(300, 4)
        it.write(b"".join(b"\x1b[48;2;%d;%d;0mx" % divmod(n, 256) for n in range(1200)))
        told, turns = asyncio.run(counted(it.session, 0))
    assert len(told["styles"]) == 1201
    assert turns > 4


@WITH_EMULATOR
def test_what_comes_meanwhile_is_not_in_it():
    async def look(it):
        asyncio.get_running_loop().call_soon(it.write, b"later")
        return await view(it.session, 5000)

    with Played() as it:
        it.write(LINES)
        told = asyncio.run(look(it))
    assert (told["offset"], told["lines"][-1]) == (len(LINES), [])


@WITH_EMULATOR
def test_more_than_one_answer_holds_is_refused(monkeypatch):
    monkeypatch.setattr(module, "MAX_BYTES", 10_000)
    with Played() as it:
        it.write(LINES)
        assert len(asyncio.run(view(it.session))["lines"]) == 24
        with pytest.raises(TooLargeError, match=r"5000 lines above it.* fewer"):
            asyncio.run(view(it.session, 5000))
        monkeypatch.setattr(module, "MAX_BYTES", 10)
        with pytest.raises(TooLargeError, match=r"80 x 24 cells.* smaller"):
            asyncio.run(view(it.session))


@pytest.mark.parametrize(("installed", "says"), [(None, "pip install pyghostty"), (object(), "does not load")])
def test_engine_without_an_emulator_says_what_it_lacks(monkeypatch, installed, says):
    monkeypatch.setattr(emulator, "there", False)
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda name: installed)
    with Played() as it, pytest.raises(NotSupportedError, match=says):
        asyncio.run(view(it.session))
