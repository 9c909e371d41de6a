"""Control connections, against a peer that answers as the test says."""

import asyncio
import os
import socket
import threading
import time

import pytest

from orchflow_jupyter.client.control import AsyncControl, Control
from orchflow_jupyter.errors import EngineUnavailableError, NotFoundError, OrchflowError, TooLargeError
from orchflow_jupyter.protocol.control import MAX_LINE, LineReader, encode_error, encode_result
from orchflow_jupyter.rendezvous import path_of
from tests.support.waiting import GENEROUS


class Peer:
    """The engine's end of a control connection, in blocking calls."""

    def __init__(self):
        self.socket, self.client = socket.socketpair()
        self.socket.settimeout(GENEROUS)
        self._lines = LineReader()
        self._calls = []
        self.fds = []

    def call(self):
        """The next call that came."""
        while not self._calls:
            data, fds, _, _ = socket.recv_fds(self.socket, 65536, 16)
            assert data, "the client is gone"
            self.fds += fds
            self._calls += self._lines.feed(data)
        return self._calls.pop(0)

    def answer(self, call, result):
        self.socket.sendall(encode_result(call["id"], result))

    def close(self):
        self.socket.close()
        self.client.close()
        for fd in self.fds:
            os.close(fd)


@pytest.fixture
def peer():
    made = Peer()
    yield made
    made.close()


def served(peer, test):
    """Run the coroutine function `test` on an `AsyncControl` to `peer`."""

    async def run():
        control = AsyncControl(peer.client)
        try:
            async with asyncio.timeout(GENEROUS):
                return await test(control)
        finally:
            await control.close()

    return asyncio.run(run())


def test_answers_find_their_calls_in_any_order(peer):
    async def test(control):
        first, second = asyncio.create_task(control.call("a", {"x": 1})), asyncio.create_task(control.call("b"))
        calls = [await asyncio.to_thread(peer.call) for _ in range(2)]
        assert [(call["method"], call["params"]) for call in calls] == [("a", {"x": 1}), ("b", {})]
        for call in reversed(calls):
            peer.answer(call, call["method"].upper())
        assert [await first, await second] == ["A", "B"]

    served(peer, test)


def test_an_error_is_raised_as_what_it_was(peer):
    async def test(control):
        asked = asyncio.create_task(control.call("a"))
        call = await asyncio.to_thread(peer.call)
        peer.socket.sendall(encode_error(call["id"], NotFoundError("no such thing")))
        with pytest.raises(NotFoundError, match="no such thing"):
            await asked

    served(peer, test)


def test_descriptors_arrive_with_their_line_although_the_way_was_full(peer):
    readers = []

    async def test(control):
        # More than a socket's buffer holds, so that later lines wait, and their descriptors with them.
        asked = [asyncio.create_task(control.call("fill", {"x": "x" * 1_000_000}))]
        for number in range(3):
            reader, writer = os.pipe()
            readers.append(reader)
            asked.append(asyncio.create_task(control.call("take", {"n": number}, [writer])))
            await asyncio.sleep(0)
            os.close(writer)  # the caller is free to
        for number in range(4):
            call = await asyncio.to_thread(peer.call)
            assert len(peer.fds) >= number
            peer.answer(call, call["params"].get("n"))
        assert await asyncio.gather(*asked) == [None, 0, 1, 2]

    served(peer, test)
    for number, (reader, fd) in enumerate(zip(readers, peer.fds, strict=True)):
        os.write(fd, str(number).encode())
        assert os.read(reader, 10) == str(number).encode()
        os.close(reader)


def test_a_peer_that_goes_fails_what_is_unanswered_and_closes(peer):
    async def test(control):
        asked = [asyncio.create_task(control.call("a")) for _ in range(3)]
        await asyncio.to_thread(peer.call)
        assert not control.closed.done()
        peer.socket.close()
        for answer in await asyncio.gather(*asked, return_exceptions=True):
            assert isinstance(answer, EngineUnavailableError)
        await control.closed
        with pytest.raises(EngineUnavailableError):
            await control.call("a")

    served(peer, test)


def test_a_call_that_is_given_up_harms_no_other(peer):
    async def test(control):
        given_up = asyncio.create_task(control.call("a"))
        first = await asyncio.to_thread(peer.call)
        given_up.cancel()
        asked = asyncio.create_task(control.call("b"))
        second = await asyncio.to_thread(peer.call)
        peer.answer(first, "late")
        peer.answer(second, "good")
        assert await asked == "good"
        assert given_up.cancelled()

    served(peer, test)


def test_a_peer_that_talks_nonsense_is_dropped(peer):
    async def test(control):
        asked = asyncio.create_task(control.call("a"))
        await asyncio.to_thread(peer.call)
        peer.socket.sendall(b"[1]\n")
        with pytest.raises(EngineUnavailableError):
            await asked

    served(peer, test)


def test_a_call_over_the_limit_is_not_sent(peer):
    async def test(control):
        with pytest.raises(TooLargeError):
            await control.call("a", {"x": "x" * MAX_LINE})
        asked = asyncio.create_task(control.call("b"))
        call = await asyncio.to_thread(peer.call)
        assert call["method"] == "b"
        peer.answer(call, 1)
        assert await asked == 1

    served(peer, test)


def test_where_no_engine_is_none_answers(tmp_path):
    with pytest.raises(EngineUnavailableError, match=str(tmp_path)):
        Control.connect(str(tmp_path))
    with pytest.raises(EngineUnavailableError, match=str(tmp_path)):
        asyncio.run(AsyncControl.connect(str(tmp_path)))


def test_connect_finds_the_socket_in_the_directory(tmp_path):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path_of(str(tmp_path), "sock"))
        listener.listen()

        async def test():
            control = await AsyncControl.connect(str(tmp_path))
            await control.close()

        asyncio.run(test())
        Control.connect(str(tmp_path)).close()


# -- blocking


def test_threads_may_share_a_blocking_connection(peer):
    control = Control(peer.client)
    results = {}

    def ask(number):
        results[number] = control.call("double", {"n": number})

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for _ in threads:
        call = peer.call()
        peer.answer(call, 2 * call["params"]["n"])
    for thread in threads:
        thread.join(GENEROUS)
    assert results == {number: 2 * number for number in range(8)}
    control.close()
    assert control.closed


def test_a_blocking_call_takes_descriptors_along(peer):
    reader, writer = os.pipe()
    with Control(peer.client) as control:
        answering = threading.Thread(target=lambda: peer.answer(peer.call(), "taken"))
        answering.start()
        assert control.call("take", fds=[writer]) == "taken"
        answering.join()
    os.close(writer)
    os.write(peer.fds[0], b"x")
    assert os.read(reader, 1) == b"x"
    os.close(reader)


def test_a_blocking_call_raises_when_the_peer_goes(peer):
    peer.socket.close()
    with Control(peer.client) as control:
        with pytest.raises(EngineUnavailableError):
            control.call("a")
        assert control.closed
        with pytest.raises(EngineUnavailableError):
            control.call("a")


def test_a_blocking_call_waits_no_longer_than_it_was_told(peer):
    with Control(peer.client) as control, pytest.raises(EngineUnavailableError, match="did not answer"):
        control.call("a", timeout=0.01)


def test_a_blocking_call_raises_errors_as_what_they_were(peer):
    with Control(peer.client) as control:
        answering = threading.Thread(
            target=lambda: peer.socket.sendall(encode_error(peer.call()["id"], OrchflowError("broken")))
        )
        answering.start()
        with pytest.raises(OrchflowError, match="broken"):
            control.call("a")
        answering.join()


def test_closing_wakes_a_call_in_another_thread(peer):
    control = Control(peer.client)
    failures = []

    def ask():
        try:
            control.call("a")
        except EngineUnavailableError as error:
            failures.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    peer.call()
    time.sleep(0)
    control.close()
    thread.join(GENEROUS)
    assert len(failures) == 1
