"""A tab's attachment, with an engine that says what the test wants."""

import asyncio
import socket

import pytest
from websockets.protocol import OPEN, Protocol, Side

from orchflow_jupyter.errors import EngineUnavailableError, NotFoundError
from orchflow_jupyter.protocol.terminal import Message, Op, decode, encode
from orchflow_jupyter.server.terminal_tab import PASTE, PIECE, Tab
from orchflow_jupyter.server.terminal_text import RESET
from tests.support.waiting import GENEROUS

CLEARED = RESET.decode()


class Engine:
    """The engine's end of one stream."""

    def __init__(self, fd):
        self._socket = socket.socket(fileno=socket.dup(fd))
        self._socket.setblocking(False)
        self._ws = Protocol(Side.SERVER, state=OPEN)

    def say(self, op, sequence=0, value=None):
        self._ws.send_binary(encode(Message(op, sequence, 1, value)))
        self._socket.sendall(b"".join(self._ws.data_to_send()))

    async def hears(self, count):
        """The next messages that come."""
        messages = []
        while len(messages) < count:
            self._ws.receive_data(await asyncio.get_running_loop().sock_recv(self._socket, 65536))
            messages += [decode(bytes(frame.data)) for frame in self._ws.events_received()]
        return messages

    def go(self):
        self._socket.close()


def attached(**hello):
    """Run a test with a tab and the engine that it is attached to, whose HELLO says `hello`, too."""

    def decorate(test):
        def run():
            asyncio.run(_with_tab(test, hello))

        run.__name__, run.__doc__ = test.__name__, test.__doc__
        return run

    return decorate


async def _with_tab(test, hello):
    engines = []

    async def call(method, params, fds):
        assert (method, params["resource"]) == ("adopt", "terminals/t-1")
        engines.append(Engine(fds[0]))
        model = {"id": "t-1", "writable": True, "input": 0, "offset": 0, "cols": 80, "rows": 24} | hello
        engines[0].say(Op.HELLO, model.pop("start", 0), model)

    async with asyncio.timeout(GENEROUS):
        tab = await Tab.attach(call, "t-1")
        try:
            await test(tab, engines[0])
        finally:
            tab.leave()
            engines[0].go()


async def shown(tab, text):
    """All that is shown up to `text`."""
    so_far = ""
    while text not in so_far:
        so_far += await tab.text()
    return so_far


@attached()
async def test_a_terminal_that_has_shown_nothing_is_not_cleared(tab, engine):
    engine.say(Op.OUTPUT, 0, b"first")
    assert await tab.text() == "first"


@attached(offset=3)
async def test_what_is_shown_again_begins_on_a_clear_screen(tab, engine):
    engine.say(Op.OUTPUT, 0, b"old new")
    assert await shown(tab, "new") == f"{CLEARED}old new"


@attached(offset=9, start=2)
async def test_what_was_asked_before_the_tab_came_is_not_asked_again(tab, engine):
    engine.say(Op.OUTPUT, 2, b"a\x1b[6nb c\x1b[6nd")
    assert await shown(tab, "d") == f"{CLEARED}ab c\x1b[6nd"


@attached(offset=900, start=500)
async def test_a_snapshot_is_painted_before_what_came_after_it(tab, engine):
    engine.say(Op.SNAPSHOT, 500, "gemält".encode())
    engine.say(Op.OUTPUT, 500, b" since")
    assert await shown(tab, "since") == f"{CLEARED}gemält since"


@attached()
async def test_after_a_gap_the_screen_is_cleared_and_what_waited_before_it_is_dropped(tab, engine):
    engine.say(Op.OUTPUT, 0, b"a\xc3")
    assert await tab.text() == "a"
    engine.say(Op.OUTPUT, 2, b"waits")
    engine.say(Op.GAP, 1000)
    engine.say(Op.SNAPSHOT, 1000, b"painted")
    engine.say(Op.OUTPUT, 1000, b" on")
    await tab._until(lambda: tab._state.gaps)
    assert await shown(tab, "on") == f"{CLEARED}painted on"


@attached()
async def test_output_is_acknowledged_as_it_is_taken(tab, engine):
    engine.say(Op.OUTPUT, 0, b"x" * PIECE)
    engine.say(Op.OUTPUT, PIECE, b"x" * PIECE)
    await tab._until(lambda: len(tab._state.unread) == 2 * PIECE)
    assert len(await tab.text()) == PIECE
    (ack,) = await engine.hears(1)
    assert (ack.op, ack.sequence) == (Op.ACK, PIECE)


@attached()
async def test_the_end_is_an_empty_text_and_comes_after_all_output(tab, engine):
    engine.say(Op.OUTPUT, 0, b"last")
    engine.say(Op.EXIT, 4, {"code": 0, "signal": None})
    assert [await tab.text(), await tab.text()] == ["last", ""]


@attached()
async def test_a_stream_that_is_lost_is_no_end(tab, engine):
    engine.go()
    with pytest.raises(EngineUnavailableError):
        await tab.text()


@attached()
async def test_a_size_is_told_to_the_engine_unless_no_terminal_has_it(tab, engine):
    tab.fit(0, 0)
    tab.fit(80, 5000)
    tab.fit(100, 30)
    (resize,) = await engine.hears(1)
    assert (resize.op, resize.value) == (Op.RESIZE, (100, 30))


@attached()
async def test_who_types_waits_only_when_much_waits_for_the_program(tab, engine):
    await tab.type("x" * PASTE)
    typing = asyncio.ensure_future(tab.type("x" * PASTE))
    await asyncio.sleep(0)
    assert not typing.done()
    number = 0
    while not typing.done():
        number = max([number, *(m.sequence for m in await engine.hears(1) if m.op is Op.INPUT)])
        engine.say(Op.INPUT_ACK, number)
        await asyncio.sleep(0)


def test_a_terminal_that_is_not_there_leaves_nothing_open():
    async def run():
        async def call(method, params, fds):
            raise NotFoundError("none")

        with pytest.raises(NotFoundError):
            await Tab.attach(call, "t-1")

    asyncio.run(run())
