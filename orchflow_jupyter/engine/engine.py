"""The engine: one for a user and a root directory; holds the terminals and serves whoever is handed over to it."""

import asyncio
import contextlib
import logging
import os
import secrets
import socket
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from orchflow_jupyter import rendezvous
from orchflow_jupyter._version import __version__
from orchflow_jupyter.engine.control import ControlListener
from orchflow_jupyter.engine.counters import Counters, memory
from orchflow_jupyter.engine.lifetime import Lifetime
from orchflow_jupyter.errors import EngineUnavailableError, InvalidRequestError, NotFoundError
from orchflow_jupyter.protocol.control import PROTOCOL
from orchflow_jupyter.protocol.terminal import SUBPROTOCOL
from orchflow_jupyter.settings import EngineSettings
from orchflow_jupyter.terminals.checkpoints import emulator
from orchflow_jupyter.terminals.manager import Manager

if TYPE_CHECKING:
    from orchflow_jupyter.engine.connection import Connection
    from orchflow_jupyter.engine.terminal_stream import TerminalStream

__all__ = ["Engine"]

log = logging.getLogger(__name__)

KEEPALIVE = (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3), ("TCP_USER_TIMEOUT", 60_000))
"""The kernel finds out that a peer is gone (tcp(7)), without a wake-up of ours."""
FAREWELL = 1.0
"""Seconds that clients have to take their last messages when the engine ends."""


class Engine:
    """Everything behind the control socket; made within a running event loop.

    `finished` is called when it has nothing to hold, or nobody attached for `linger` seconds.
    """

    def __init__(
        self,
        directory: str,
        root: str,
        settings: EngineSettings | None = None,
        finished: Callable[[], None] = lambda: None,
    ) -> None:
        self.directory = directory
        self.root = os.path.realpath(root)
        self.settings = settings or EngineSettings()
        self.counters = Counters()
        self.terminals = Manager(self.root, self.settings, self._changed)
        self.description = rendezvous.Description(
            pid=os.getpid(),
            version=__version__,
            protocol=PROTOCOL,
            boot=secrets.token_hex(8),
            root=self.root,
            started=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        self._streams: dict[Connection, TerminalStream] = {}
        self._control: ControlListener | None = None
        self._lock = -1
        self._last_gone: asyncio.Future[None] | None = None
        self._loop = asyncio.get_event_loop()
        self._began = self._loop.time()
        self._lifetime = Lifetime(self._loop, self.settings, finished)
        self._methods: dict[str, Callable[[dict[str, Any], deque[int]], Awaitable[Any]]] = {
            "hello": self._hello,
            "status": self._status,
            "adopt": self._adopt,
            "terminals.create": self._create,
            "terminals.list": self._list,
            "terminals.get": self._get,
            "terminals.update": self._update,
            "terminals.delete": self._delete,
            "terminals.signal": self._signal,
            "terminals.batch": self._batch,
            "terminals.record": self._record,
            "terminals.stop_recording": self._stop_recording,
        }

    async def start(self) -> None:
        """Take the directory's lock, listen, and leave the description. `EngineUnavailableError`: another has it."""
        os.makedirs(self.directory, mode=0o700, exist_ok=True)
        os.chmod(self.directory, 0o700)
        self._lock = os.open(rendezvous.path_of(self.directory, "lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            os.lockf(self._lock, os.F_TLOCK, 0)
        except OSError:
            os.close(self._lock)
            raise EngineUnavailableError(f"another engine serves {self.root} already") from None
        self._control = ControlListener(self.directory, self._handle, self._changed)
        self.description.write(self.directory)
        self._changed()

    async def stop(self) -> None:
        """Hang up on the programs, report their ends, close the sockets with 1012, leave the directory."""
        self._lifetime.stop()
        for stream in self._streams.values():
            stream.stopping = True
        await self.terminals.close()
        for connection in tuple(self._streams):
            connection.close(EngineUnavailableError.close_code, "the engine ends")
        if self._control:
            self._control.close()
            for kind in ("sock", "json"):
                with contextlib.suppress(FileNotFoundError):  # somebody cleared the directory away
                    os.unlink(rendezvous.path_of(self.directory, kind))
        if self._streams:
            self._last_gone = self._loop.create_future()
            await asyncio.wait([self._last_gone], timeout=FAREWELL)
        os.close(self._lock)

    async def call(self, method: str, params: dict[str, Any], fds: list[int]) -> Any:
        """A control call from within the same process; takes the descriptors over."""
        left = deque(fds)
        try:
            return await self._handle(method, params, left)
        finally:
            while left:
                os.close(left.popleft())

    # -- control calls

    async def _handle(self, method: str, params: dict[str, Any], fds: deque[int]) -> Any:
        try:
            carry_out = self._methods[method]
        except KeyError:
            raise NotFoundError(f"there is no call {method!r}; there are {', '.join(self._methods)}") from None
        return await carry_out(params, fds)

    async def _hello(self, params: dict[str, Any], fds: deque[int]) -> dict[str, Any]:
        about = self.description
        return {name: getattr(about, name) for name in ("pid", "version", "protocol", "boot", "root", "started")}

    async def _status(self, params: dict[str, Any], fds: deque[int]) -> dict[str, Any]:
        running = self.terminals.running
        return await self._hello(params, fds) | {
            "uptime": round(self._loop.time() - self._began, 3),
            "loop": type(self._loop).__module__.partition(".")[0],
            "terminals": {"running": running, "exited": sum(s.exit is not None for s in self.terminals.sessions())},
            "snapshots": emulator.name if self.settings.terminal.snapshots else None,
            "connections": len(self._streams),
            "attached": len(self._control.connections) if self._control else 0,
            "counters": self.counters.as_json()
            | {
                "bytes_out": sum(s.ring.end for s in self.terminals.sessions()),
                "gaps": sum(s.gaps for s in self.terminals.sessions()),
            },
            "memory": memory(),
        }

    async def _create(self, params: dict[str, Any], fds: deque[int]) -> dict[str, Any]:
        return self._made(params)

    def _made(self, params: dict[str, Any]) -> dict[str, Any]:
        session = self.terminals.create(params)
        self.counters.created += 1
        self._changed()
        return session.model()

    async def _list(self, params: dict[str, Any], fds: deque[int]) -> list[dict[str, Any]]:
        return [session.model() for session in self.terminals.sessions()]

    async def _get(self, params: dict[str, Any], fds: deque[int]) -> dict[str, Any]:
        return self.terminals.get(_identity(params)).model()

    async def _update(self, params: dict[str, Any], fds: deque[int]) -> dict[str, Any]:
        return self.terminals.update(params).model()

    async def _delete(self, params: dict[str, Any], fds: deque[int]) -> None:
        self.terminals.delete(_identity(params))

    async def _signal(self, params: dict[str, Any], fds: deque[int]) -> None:
        from orchflow_jupyter.terminals import requests

        request = requests.parse(params, requests.Signal)
        self.terminals.get(request.id).signal(request.signal)

    async def _batch(self, params: dict[str, Any], fds: deque[int]) -> dict[str, Any]:
        from orchflow_jupyter.terminals import batch

        return {"results": await batch.carry_out(self.terminals, params, self._made)}

    async def _record(self, params: dict[str, Any], fds: deque[int]) -> dict[str, Any]:
        return self.terminals.record(params).model()

    async def _stop_recording(self, params: dict[str, Any], fds: deque[int]) -> dict[str, Any]:
        return await self.terminals.stop_recording(_identity(params))

    async def _adopt(self, params: dict[str, Any], fds: deque[int]) -> dict[str, Any]:
        from orchflow_jupyter.engine.connection import Connection
        from orchflow_jupyter.engine.terminal_stream import TerminalStream

        if not fds:
            raise InvalidRequestError("adopt takes one descriptor beside the call")
        client = _stream_socket(fds.popleft())
        try:
            identity = _resource(params)
            request, parameters = _handed_over(params)
            stream = TerminalStream(
                self.terminals,
                identity,
                parameters,
                self.settings.ack_wait,
                self.settings.rate,
                self.counters,
            )
            connection = Connection(
                stream,
                SUBPROTOCOL,
                request,
                bool(params.get("compress")),
                self.settings.max_message,
                self.settings.send_high,
                self._gone,
            )
            _prepare(client)
        except BaseException:
            client.close()
            raise
        self.counters.adopted += 1
        self._streams[connection] = stream
        log.debug("adopted %s for %s", identity, params.get("principal"))
        await self._loop.connect_accepted_socket(lambda: connection, client)
        return {"adopted": True}

    # -- between the parts

    def _gone(self, connection: "Connection") -> None:
        self._streams.pop(connection, None)
        if not self._streams and self._last_gone and not self._last_gone.done():
            self._last_gone.set_result(None)

    def _changed(self) -> None:
        if self._control:
            self._lifetime.update(attached=bool(self._control.connections), holding=self.terminals.running > 0)


def _identity(params: Mapping[str, Any]) -> str:
    from orchflow_jupyter.terminals import requests

    return requests.parse(params, requests.Named).id


def _resource(params: Mapping[str, Any]) -> str:
    kind, _, identity = str(params.get("resource", "")).partition("/")
    if kind != "terminals" or not identity:
        raise InvalidRequestError(f"resource must be terminals/ID, and {params.get('resource')!r} is not")
    return identity


def _handed_over(params: Mapping[str, Any]) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """The upgrade request, if one is to be answered, and the stream's parameters."""
    request, parameters = params.get("request"), params.get("parameters") or {}
    if not isinstance(parameters, dict):
        raise InvalidRequestError("parameters must be an object")
    if request is not None and not _is_upgrade(request):
        raise InvalidRequestError('request must be {"path": text, "headers": [[name, value], …]}')
    return request, parameters


def _is_upgrade(request: Any) -> bool:
    if not isinstance(request, dict) or not isinstance(request.get("path"), str):
        return False
    headers = request.get("headers")
    return isinstance(headers, (list, tuple)) and all(
        isinstance(pair, (list, tuple)) and len(pair) == 2 and all(isinstance(text, str) for text in pair)
        for pair in headers
    )


def _stream_socket(fd: int) -> socket.socket:
    """The descriptor as a socket; closed where it is none that can carry a stream."""
    try:
        client = socket.socket(fileno=fd)
    except OSError as error:
        os.close(fd)
        raise InvalidRequestError(f"adopt takes a socket: {error.strerror}") from None
    if client.type != socket.SOCK_STREAM or client.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        client.close()
        raise InvalidRequestError("adopt takes a connected stream socket")
    return client


def _prepare(client: socket.socket) -> None:
    client.setblocking(False)
    if client.family in (socket.AF_INET, socket.AF_INET6):
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in KEEPALIVE:
            if hasattr(socket, name):
                client.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
