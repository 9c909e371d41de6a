"""Lets kernels into jupyter-collaboration's rooms: the engine gives their sockets, its own handler serves them here.

What comes by the engine is of our own user, so nobody is authenticated again, whatever the server asks of browsers.
"""

import asyncio
import getpass
import logging
import socket
import struct
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from jupyter_server.auth import AllowAllAuthorizer, IdentityProvider, User
from tornado import web
from tornado.concurrent import Future
from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream

from orchflow_jupyter.errors import NotFoundError, NotSupportedError, OrchflowError
from orchflow_jupyter.server import collaboration

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

__all__ = ["Joining"]

Calling = Callable[..., Awaitable[Any]]

CLOSE = 0x88
"""The first byte of WebSocket's close frame (RFC 6455, section 5.5.1)."""

STEP_TWO, UPDATE, SAVE = b"\x00\x01", b"\x00\x02", b"\x02"
"""How messages begin that change something."""


class Joining:
    """Carries out what an engine asks of the rooms in the server `app`; `call` calls that engine."""

    def __init__(self, app: "ServerApp", call: Calling, log: logging.Logger) -> None:
        self._app = app
        self._call = call
        self._log = log
        self._tasks: set[asyncio.Task[None]] = set()
        self._http: HTTPServer | None = None

    def told(self, method: str, params: dict[str, Any]) -> None:
        """An engine said something by itself."""
        if method == "rooms.wanted" and collaboration.enabled(self._app.web_app.settings):
            task = asyncio.get_running_loop().create_task(self._carry_out(params["request"]))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _carry_out(self, number: int) -> None:
        way, theirs = socket.socketpair()
        with way, theirs:
            try:
                asked = await self._call("rooms.claim", {"request": number}, [theirs.fileno()])
            except OrchflowError:
                return  # another server carries it out, or nobody waits any more
            answer: dict[str, Any] = {}
            try:
                if asked["what"] == "open":
                    answer["model"] = await collaboration.room_of(self._app.web_app.settings, asked["path"])
                else:
                    _, fds, _, _ = socket.recv_fds(way, 1, 1)
                    self._join(socket.socket(fileno=fds[0]), asked["room"], asked["mode"])
            except OrchflowError as error:
                answer = {"status": error.status, "message": error.message}
            except Exception as error:  # noqa: BLE001 whatever it was, the engine is told that it failed
                self._log.exception("jupyter-collaboration's room could not be joined")
                answer = {"status": 500, "message": f"jupyter-collaboration's room could not be joined: {error}"}
            try:
                await self._call("rooms.answered", {"request": number, **answer})
            except OrchflowError as error:
                self._log.warning("the engine did not hear of a room: %s", error)

    def _join(self, client: socket.socket, room: str, mode: str) -> None:
        """Its handler takes a request with an upgrade, which `client` does not send."""
        if room.count(":") != 2 or "/" in room:  # one of ours, of before they were here
            client.close()
            raise NotFoundError(f"there is no room {room!r}: open the path again")
        if self._http is None:
            self._http = HTTPServer(_application(self._app))
        client.setblocking(False)
        self._http.handle_stream(
            _Upgraded(client, f"{collaboration.address_of(room)}&mode={'rw' if mode == 'rw' else 'ro'}"),
            ("127.0.0.1", 0),
        )


class _Upgraded(IOStream):
    """The stream of a client that speaks WebSocket already, as a handler of HTTP expects it: an upgrade to `target`
    seems to come first, and its answer stays here."""

    def __init__(self, client: socket.socket, target: str) -> None:
        super().__init__(client)
        self._request = (
            f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        ).encode()
        self._answered = False

    def read_from_fd(self, buf: bytearray | memoryview) -> int | None:
        """What there is to read."""
        if self._request:
            size = len(self._request)
            buf[:size] = self._request
            self._request = b""
            return size
        return super().read_from_fd(buf)

    def write(self, data: bytes | memoryview) -> "Future[None]":
        """Send; a refusal in HTTP becomes WebSocket's."""
        if self._answered:
            return super().write(data)
        self._answered = True
        status = int(bytes(data).split(b" ", 2)[1])
        if status != HTTPStatus.SWITCHING_PROTOCOLS:
            return super().write(struct.pack("!BBH", CLOSE, 2, 4000 + status))
        done: Future[None] = Future()
        done.set_result(None)
        return done


class _Own(IdentityProvider):
    """Whoever comes by the engine is the user that the server runs as."""

    def get_user(self, handler: Any) -> User:
        return User(username=getpass.getuser())


def _application(app: "ServerApp") -> web.Application:
    """Its handler of rooms, and nothing else, with the settings of the server."""
    for extension in app.extension_manager.extension_apps.get(collaboration.EXTENSION, ()):
        for pattern, handler, *options in getattr(extension, "handlers", ()):
            if "collaboration/room/" in pattern:
                own = {"identity_provider": _Own(parent=app), "authorizer": AllowAllAuthorizer(parent=app)}
                return web.Application([(pattern, _guarded(handler), *options)], **{**app.web_app.settings, **own})
    raise NotSupportedError("this version of jupyter-collaboration has no rooms that are known")


def _guarded(handler: Any) -> Any:
    """That handler, which knows nobody who may only look, with those kept from editing and saving."""

    class Guarded(handler):  # type: ignore[misc]
        async def on_message(self, message: bytes) -> None:
            edits = message[:1] == SAVE or message[:2] in (STEP_TWO, UPDATE)
            if not edits or self.get_query_argument("mode") == "rw":
                await super().on_message(message)

    return Guarded
