"""The engine's control socket: JSON-RPC calls from processes of the same user, with descriptors beside them.

Python's streams cannot receive descriptors, so the sockets are read with recvmsg(2) in the loop's callbacks.
"""

import array
import asyncio
import contextlib
import logging
import os
import socket
import struct
import sys
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from orchflow_jupyter import rendezvous
from orchflow_jupyter.errors import InvalidRequestError, NotAllowedError, OrchflowError, of_system
from orchflow_jupyter.protocol.control import LineReader, encode_error, encode_notification, encode_result

__all__ = ["ControlListener", "Handler"]

log = logging.getLogger(__name__)

Handler = Callable[[str, dict[str, Any], "deque[int]"], Awaitable[Any]]
"""Carries out a call: method, parameters, and the descriptors that came, of which it takes what it needs."""

RECEIVE = 64 * 1024
MAX_DESCRIPTORS = 64
SEND_LIMIT = 16 * 1024 * 1024
BACKLOG = 64
ACCEPT_PAUSE = 1.0
"""Seconds until the next look for connections, where one could not be accepted."""


class ControlListener:
    """Accepts control connections in `directory`. `changed` is called when one came or went."""

    def __init__(self, directory: str, handler: Handler, changed: Callable[[], None]) -> None:
        self._handler = handler
        self._changed = changed
        self._loop = asyncio.get_running_loop()
        self.connections: set[_ControlConnection] = set()
        self._pause: asyncio.TimerHandle | None = None
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.setblocking(False)
        rendezvous.bind(self._socket, directory)
        self._socket.listen(BACKLOG)
        self._loop.add_reader(self._socket, self._accept)

    def close(self) -> None:
        """Accept no more, and end what is open."""
        if self._pause:
            self._pause.cancel()
        self._loop.remove_reader(self._socket)
        self._socket.close()
        for connection in tuple(self.connections):
            connection.close()

    @property
    def servers(self) -> int:
        """How many servers are connected."""
        return sum(connection.is_server for connection in self.connections)

    def tell(self, method: str, params: dict[str, Any]) -> None:
        """Say something to the servers that are connected; one that does not read misses it."""
        line = encode_notification(method, params)
        for connection in self.connections:
            connection.tell(line)

    def _accept(self) -> None:
        try:
            peer, _ = self._socket.accept()
        except BlockingIOError:
            return
        except OSError as error:
            # Out of descriptors: the queue stays readable, so looking again at once would spin.
            log.warning("cannot accept a control connection: %s", error)
            self._loop.remove_reader(self._socket)
            self._pause = self._loop.call_later(ACCEPT_PAUSE, self._loop.add_reader, self._socket, self._accept)
            return
        if not _same_user(peer):
            log.warning("refused a control connection of another user")
            with contextlib.suppress(OSError):
                peer.send(encode_error(None, NotAllowedError("this engine serves its own user only")))
            peer.close()
            return
        self.connections.add(_ControlConnection(self._loop, peer, self._handler, self._gone))
        self._changed()

    def _gone(self, connection: "_ControlConnection") -> None:
        self.connections.discard(connection)
        self._changed()


class _ControlConnection:
    """One peer; its calls are carried out in order."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        peer: socket.socket,
        handler: Handler,
        gone: Callable[["_ControlConnection"], None],
    ) -> None:
        self._loop = loop
        self._peer = peer
        self._handler = handler
        self._gone = gone
        self._lines = LineReader()
        self._fds: deque[int] = deque()
        self._calls: deque[dict[str, Any]] = deque()
        self._unsent = bytearray()
        self._task: asyncio.Task[None] | None = None
        self.is_server = False
        peer.setblocking(False)
        loop.add_reader(peer, self._readable)

    def close(self) -> None:
        """End it; what it sent along and nobody took is closed."""
        if self._peer.fileno() < 0:
            return
        self._loop.remove_reader(self._peer)
        if self._unsent:
            self._loop.remove_writer(self._peer)
        self._peer.close()
        while self._fds:
            os.close(self._fds.popleft())
        self._gone(self)

    def tell(self, line: bytes) -> None:
        """Say something that is no answer. Kernels are told nothing: they read when they have asked."""
        if self.is_server and not self._unsent:
            self._send(line)

    def _readable(self) -> None:
        try:
            data, fds = _receive(self._peer)
        except BlockingIOError:
            return
        except OSError:
            data, fds = b"", []
        self._fds.extend(fds)
        if not data:
            self.close()
            return
        try:
            self._calls.extend(self._lines.feed(data))
        except OrchflowError as error:
            self._send(encode_error(None, error))
            self.close()
            return
        if self._calls and self._task is None:
            self._task = self._loop.create_task(self._work())

    async def _work(self) -> None:
        try:
            while self._calls and self._peer.fileno() >= 0:
                self._send(await self._answer(self._calls.popleft()))
        finally:
            self._task = None

    async def _answer(self, call: dict[str, Any]) -> bytes:
        number = call.get("id")
        method, params = call.get("method"), call.get("params", {})
        try:
            if not isinstance(method, str) or not isinstance(params, dict):
                raise InvalidRequestError("a call has a method, which is text, and params, which are an object")  # noqa: TRY301
            if method == "hello":
                self.is_server = params.get("role") == "server"
            return encode_result(number, await self._handler(method, params, self._fds))
        except OrchflowError as error:
            return encode_error(number, error)
        except Exception as error:
            if (ours := of_system(error)) is not None:
                return encode_error(number, ours)
            log.exception("call %s failed", method)
            return encode_error(number, OrchflowError(f"{method} failed within the engine; its log says more"))

    def _send(self, data: bytes) -> None:
        if not self._unsent:
            with contextlib.suppress(BlockingIOError, OSError):
                data = data[self._peer.send(data) :]
            if data and self._peer.fileno() >= 0:
                self._loop.add_writer(self._peer, self._writable)
        self._unsent += data
        if len(self._unsent) > SEND_LIMIT:
            log.warning("a control client does not read its answers; it is dropped")
            self.close()

    def _writable(self) -> None:
        try:
            del self._unsent[: self._peer.send(self._unsent)]
        except BlockingIOError:
            return
        except OSError:
            self.close()
            return
        if not self._unsent:
            self._loop.remove_writer(self._peer)


def _receive(peer: socket.socket) -> tuple[bytes, list[int]]:
    """What came, and the descriptors beside it, not to be inherited by anything that we start."""
    fds = array.array("i")
    flags = getattr(socket, "MSG_CMSG_CLOEXEC", 0)
    data, ancillary, _, _ = peer.recvmsg(RECEIVE, socket.CMSG_LEN(MAX_DESCRIPTORS * fds.itemsize), flags)
    for level, kind, content in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds.frombytes(content[: len(content) - len(content) % fds.itemsize])
    for fd in fds:
        os.set_inheritable(fd, False)
    return data, list(fds)


def _same_user(peer: socket.socket) -> bool:
    """Whether the process at the other end is of our user (unix(7), SO_PEERCRED; sys/un.h on macOS)."""
    if sys.platform == "linux":
        size = struct.calcsize("3i")
        _, uid, _ = struct.unpack("3i", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
        return bool(uid == os.geteuid())
    # SOL_LOCAL and LOCAL_PEERCRED of macOS: struct xucred begins with a version and the uid
    _, uid = struct.unpack_from("2I", peer.getsockopt(0, 1, 76))  # type: ignore[unreachable]
    return bool(uid == os.geteuid())
