"""A connection to an engine's control socket: `AsyncControl` for event loops, `Control` for scripts and kernels."""

import asyncio
import contextlib
import itertools
import os
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Self

from orchflow_jupyter import rendezvous
from orchflow_jupyter.errors import EngineUnavailableError, InvalidRequestError, OrchflowError, TooLargeError
from orchflow_jupyter.protocol.control import MAX_LINE, LineReader, decode_reply, encode_request

__all__ = ["AsyncControl", "Control"]

READ_BYTES = 64 * 1024
"""Bytes that are read at once."""


class AsyncControl:
    """A connection to an engine that never blocks the event loop it was made in; calls may overlap.

    Raises `EngineUnavailableError` for every call that is unanswered when the engine goes, and whatever error of ours
    the engine answers with.
    """

    closed: asyncio.Future[None]
    """Done as soon as either side has ended the connection; it never fails."""

    told: Callable[[str, dict[str, Any]], None]
    """Called with what the engine says by itself: a method and its parameters."""

    def __init__(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        self._socket = connection
        self._loop = asyncio.get_running_loop()
        self._lines = LineReader()
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._unsent: deque[tuple[memoryview, list[int]]] = deque()
        self.closed = self._loop.create_future()
        self.told = lambda method, params: None
        self._loop.add_reader(connection, self._readable)

    @classmethod
    async def connect(cls, directory: str) -> Self:
        """Connect to the engine in `directory`; `EngineUnavailableError` where none answers."""
        # A stopped engine whose queue is full would hold us in connect(2).
        connecting = asyncio.get_running_loop().run_in_executor(None, rendezvous.connect, directory)
        try:
            return cls(await asyncio.shield(connecting))
        except asyncio.CancelledError:
            connecting.add_done_callback(_close_late)
            raise

    async def call(self, method: str, params: dict[str, Any] | None = None, fds: Sequence[int] = ()) -> Any:
        """The result of one call. The descriptors travel with it; the caller keeps, and closes, its own."""
        if self.closed.done():
            raise EngineUnavailableError("the connection to the engine is closed")
        number = next(self._numbers)
        line = _encode(number, method, params)
        answer = self._waiting[number] = self._loop.create_future()
        try:
            self._send(memoryview(line), fds)
            reply = await answer
        finally:
            self._waiting.pop(number, None)
        return decode_reply(reply)

    async def close(self) -> None:
        """End the connection; calls that are under way fail."""
        self._lose("the connection to the engine was closed")

    def _send(self, line: memoryview, fds: Sequence[int]) -> None:
        if not self._unsent:
            sent = self._write(line, fds)
            if sent:
                line, fds = line[sent:], ()
            if not line or self.closed.done():
                return
            self._loop.add_writer(self._socket, self._writable)
        # The caller may close its descriptors before their turn comes.
        self._unsent.append((line, [os.dup(fd) for fd in fds]))

    def _writable(self) -> None:
        while self._unsent:
            line, fds = self._unsent[0]
            sent = self._write(line, fds)
            if self.closed.done() or not sent:
                return
            _close_all(fds)
            if sent < len(line):
                self._unsent[0] = (line[sent:], [])
                return
            self._unsent.popleft()
        self._loop.remove_writer(self._socket)

    def _write(self, line: memoryview, fds: Sequence[int]) -> int:
        try:
            return socket.send_fds(self._socket, [line], fds) if fds else self._socket.send(line)
        except BlockingIOError:
            return 0
        except OSError as error:
            self._lose(f"the engine is gone: {error.strerror or error}")
            return 0

    def _readable(self) -> None:
        try:
            data = self._socket.recv(READ_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            self._lose(f"the engine is gone: {error.strerror or error}")
            return
        if not data:
            self._lose("the engine is gone: it closed the connection")
            return
        try:
            for reply in self._lines.feed(data):
                if "method" in reply:
                    self.told(reply["method"], reply.get("params", {}))
                    continue
                answer = self._waiting.pop(reply.get("id", 0), None)
                if answer is not None and not answer.done():
                    answer.set_result(reply)
        except OrchflowError as error:
            self._lose(f"the engine answered with something that is no answer: {error}")

    def _lose(self, reason: str) -> None:
        if self.closed.done():
            return
        self.closed.set_result(None)
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        self._socket.close()
        for _, fds in self._unsent:
            _close_all(fds)
        self._unsent.clear()
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(EngineUnavailableError(reason))
        self._waiting.clear()


class Control:
    """A blocking connection to an engine; threads may share it, and their calls wait for one another.

    Raises as `AsyncControl` does. A context manager: leaving it closes the connection.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._lines = LineReader()
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._process = os.getpid()
        self._open = True

    @classmethod
    def connect(cls, directory: str, timeout: float | None = None) -> Self:
        """Connect to the engine in `directory`; `EngineUnavailableError` where none answers within `timeout`."""
        return cls(rendezvous.connect(directory, timeout))

    @property
    def closed(self) -> bool:
        """Whether either side has ended the connection, as far as calls have noticed."""
        return not self._open

    def call(
        self,
        method: str,
        params: dict[str, Any] | None = None,
        fds: Sequence[int] = (),
        timeout: float | None = None,
    ) -> Any:
        """The result of one call. The descriptors travel with it; the caller keeps, and closes, its own.

        Raises `EngineUnavailableError` where no answer comes within `timeout` seconds.
        """
        if os.getpid() != self._process:
            raise EngineUnavailableError(
                "this connection to the engine is the one of the process from which this one was forked: open another"
            )
        with self._lock:
            if not self._open:
                raise EngineUnavailableError("the connection to the engine is closed")
            number = next(self._numbers)
            line = _encode(number, method, params)
            try:
                reply = self._exchange(number, line, fds, timeout)
            except TimeoutError:
                # What is half sent or half read cannot be taken up again.
                self._end()
                raise EngineUnavailableError(f"the engine did not answer within {timeout:g} s") from None
            except OSError as error:
                self._end()
                raise EngineUnavailableError(f"the engine is gone: {error.strerror or error}") from error
            except OrchflowError:
                self._end()
                raise
        return decode_reply(reply)

    def close(self) -> None:
        """End the connection; a call that is under way in another thread fails."""
        if os.getpid() != self._process:
            self._socket.close()
            return
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        with self._lock:
            self._end()

    def _exchange(self, number: int, line: bytes, fds: Sequence[int], timeout: float | None) -> dict[str, Any]:
        deadline = None if timeout is None else time.monotonic() + timeout
        self._limit(deadline)
        sent = socket.send_fds(self._socket, [line], fds) if fds else 0
        if sent < len(line):
            self._socket.sendall(line[sent:])
        while True:
            self._limit(deadline)
            data = self._socket.recv(READ_BYTES)
            if not data:
                raise ConnectionResetError("it closed the connection")
            for reply in self._lines.feed(data):
                if reply.get("id") == number:
                    return reply

    def _limit(self, deadline: float | None) -> None:
        if deadline is None:
            self._socket.settimeout(None)
            return
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(left)

    def _end(self) -> None:
        self._open = False
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _encode(number: int, method: str, params: dict[str, Any] | None) -> bytes:
    try:
        line = encode_request(number, method, params)
    except (TypeError, ValueError) as error:  # bytes, sets, a list that holds itself
        raise InvalidRequestError(f"{method} takes what JSON can say: {error}") from None
    if len(line) > MAX_LINE:
        raise TooLargeError(f"a call may have {MAX_LINE} bytes; this {method} has {len(line)}")
    return line


def _close_all(fds: list[int]) -> None:
    for fd in fds:
        os.close(fd)
    fds.clear()


def _close_late(connecting: "asyncio.Future[socket.socket]") -> None:
    if not connecting.cancelled() and connecting.exception() is None:
        connecting.result().close()
