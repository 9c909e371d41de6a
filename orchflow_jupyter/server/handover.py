"""The WebSockets of streams: asked for here, served by the engine.

The Jupyter server decides who may have the stream. Then it lets go of the connection and hands its descriptor to the
engine, with the browser's request: the engine completes the handshake (RFC 6455, section 4.2) and is alone with the
client from the first byte on. Refusals are WebSockets that close at once with a code of ours, because browsers do not
show their scripts the HTTP status of an upgrade that failed.
"""

import contextlib
import re
import socket
from typing import TYPE_CHECKING, Any, ClassVar, cast

from jupyter_core.utils import ensure_async
from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from tornado.iostream import IOStream, SSLIOStream, StreamClosedError
from tornado.web import HTTPError
from tornado.websocket import WebSocketHandler

from orchflow_jupyter.errors import (
    EngineUnavailableError,
    InvalidRequestError,
    NotAllowedError,
    NotAuthenticatedError,
    OrchflowError,
)
from orchflow_jupyter.protocol.terminal import SUBPROTOCOL
from orchflow_jupyter.server.answers import JsonAnswers
from orchflow_jupyter.server.local import same_machine
from orchflow_jupyter.server.relay import Relay, plain_answer

if TYPE_CHECKING:
    from orchflow_jupyter.server.extension import Services

__all__ = ["RESOURCE", "Handover", "TerminalStream"]

RESOURCE = "orchflow:terminals"
"""What Jupyter's authorizer is asked about."""

MAX_ATTACHMENT = 128
"""Characters of an attachment's name."""

MAX_OFFSET = 2**64 - 1
"""The greatest offset that the protocol can say."""

MAX_CLOSE_REASON = 123
"""Bytes that fit into a close frame beside its code (RFC 6455, section 5.5)."""

HANDSHAKE = {"host", "upgrade", "connection"}
"""The headers that the engine needs for the handshake, besides `Sec-WebSocket-*`; cookies and tokens stay here."""


class Handover(JsonAnswers, WebSocketMixin, WebSocketHandler, JupyterHandler):
    """What the streams have in common; each says what it is and what its query means."""

    subprotocol: ClassVar[str]
    resource: ClassVar[str]
    """What Jupyter's authorizer is asked about."""
    refusal: OrchflowError | None = None

    def parameters(self) -> dict[str, Any]:
        """The parameters of the stream, out of the query. Raises `InvalidRequestError`."""
        raise NotImplementedError

    def action(self, parameters: dict[str, Any]) -> str:
        """What Jupyter's authorizer is asked for: read, write or execute."""
        raise NotImplementedError

    def name_of(self, *identity: str) -> str:
        """The engine's name of what the address names."""
        raise NotImplementedError

    def initialize(self, services: "Services") -> None:
        """Take the services that the extension made."""
        self.services = services

    # Without an identity the upgrade is completed too, and closed with 4401: that is what a browser can see.
    @allow_unauthenticated
    async def get(self, *identity: str) -> None:
        """Let the client through to the engine, or say why not."""
        if self.request.headers.get("Upgrade", "").lower() != "websocket":
            self._not_an_upgrade()
        if not self.check_origin():
            raise HTTPError(403, "this origin may not open streams; see ServerApp.allow_origin")
        try:
            parameters = await self._admitted()
        except OrchflowError as error:
            self.refusal = error
            await super().get(*identity)
            return
        call = {
            "resource": self.name_of(*identity),
            "parameters": parameters,
            "principal": self.current_user.username,
            "request": self._handshake(),
            "compress": self._compress(),
        }
        await self._pass_on(call)

    def _not_an_upgrade(self) -> None:
        if not self.current_user:
            raise HTTPError(403)
        self.set_header("Upgrade", "websocket")
        raise HTTPError(426, f"this is a WebSocket with the subprotocol {self.subprotocol}")

    async def _admitted(self) -> dict[str, Any]:
        """The parameters of the stream, for a client that may have it; else raises why it may not."""
        if not self.current_user:
            raise NotAuthenticatedError("the server does not know you: no token, or a wrong one")
        try:
            parameters = self.parameters()
        except HTTPError as error:
            raise InvalidRequestError(f"the query makes no sense: {error.log_message}") from error
        action, resource = self.action(parameters), self.resource
        if not await ensure_async(self.authorizer.is_authorized(self, self.current_user, action, resource)):
            raise NotAllowedError(f"The server's authorizer does not let you {action} {resource}.")
        return parameters

    def _handshake(self) -> dict[str, Any]:
        return {
            "path": self.request.path,  # the query may hold a token
            "headers": [
                [name, value]
                for name, value in self.request.headers.get_all()
                if name.lower() in HANDSHAKE or name.lower().startswith("sec-websocket-")
            ],
        }

    def _compress(self) -> bool:
        return self.services.config.compression == "auto" and not same_machine(self.request)

    async def _pass_on(self, call: dict[str, Any]) -> None:
        stream = self._let_go()
        if stream.closed():
            return
        setting = self.services.config.relay
        encrypted = isinstance(stream, SSLIOStream)
        try:
            with contextlib.suppress(OSError):  # a Unix socket has no such option
                stream.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            # What a client sent before it had an answer is in the stream already, where only a relay can take it from.
            if setting == "always" or (setting == "auto" and encrypted) or (_has_read(stream) and not encrypted):
                await Relay(stream, self.services.relays).run(lambda fd: self._adopt(call, fd))
            elif encrypted:
                refusal = EngineUnavailableError("this server ends TLS, and OrchFlow.relay is 'never'")
                await stream.write(plain_answer(refusal))
            else:
                await self._give_away(stream, call)
        except StreamClosedError:
            self.log.debug("the client of %s went before it was served", call["resource"])
        finally:
            stream.close()

    async def _give_away(self, stream: IOStream, call: dict[str, Any]) -> None:
        with stream.socket.dup() as connection:
            # Tornado watches its descriptor and would read what is the engine's.
            stream.close()
            try:
                await self._adopt(call, connection.fileno())
            except OrchflowError as error:
                with contextlib.suppress(OSError):
                    connection.send(plain_answer(error))
                    connection.shutdown(socket.SHUT_WR)

    async def _adopt(self, call: dict[str, Any], fd: int) -> None:
        try:
            await self.services.engine.call("adopt", call, [fd])
        except OrchflowError as error:
            self.log.warning("OrchFlow could not hand %s over: %s", call["resource"], error)
            raise

    def _let_go(self) -> IOStream:
        """Take the connection out of Tornado's hands: it writes no answer, and expects no other request."""
        self.set_status(101)
        self.application.log_request(self)
        self._auto_finish = False
        self._finished = True
        return self.detach()

    # -- a refusal, which is a WebSocket of Tornado's own --------------------------------------------------------------

    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        """Ours, where it is offered: browsers take an answer without it for a failure."""
        return self.subprotocol if self.subprotocol in subprotocols else None

    def open(self, *_: str) -> None:
        """Close at once, and say why."""
        error = cast("OrchflowError", self.refusal)
        self.close(error.close_code, error.message.encode()[:MAX_CLOSE_REASON].decode(errors="ignore"))

    def on_message(self, message: str | bytes) -> None:
        """Ignore what a refused client says."""


class TerminalStream(Handover):
    """`GET orchflow/ws/terminals/{id}?since=…&attachment=…&mode=rw|ro`."""

    subprotocol = SUBPROTOCOL
    resource = RESOURCE

    def name_of(self, *identity: str) -> str:
        """The terminal."""
        return f"terminals/{identity[0]}"

    def action(self, parameters: dict[str, Any]) -> str:
        """To type is to execute."""
        return "read" if parameters["mode"] == "ro" else "execute"

    def parameters(self) -> dict[str, Any]:
        """`mode`, `since` and `attachment`."""
        parameters: dict[str, Any] = {"mode": self.get_query_argument("mode", "rw", strip=False)}
        if parameters["mode"] not in ("rw", "ro"):
            raise InvalidRequestError("mode must be rw or ro")
        since = self.get_query_argument("since", None, strip=False)
        if since is not None:
            if not re.fullmatch("[0-9]{1,20}", since) or int(since) > MAX_OFFSET:
                raise InvalidRequestError("since must be an offset: a whole number from 0 to 2^64 - 1")
            parameters["since"] = int(since)
        attachment = self.get_query_argument("attachment", None, strip=False)
        if attachment is not None:
            if not re.fullmatch(f"[ -~]{{1,{MAX_ATTACHMENT}}}", attachment):
                raise InvalidRequestError(f"attachment must have 1 to {MAX_ATTACHMENT} printable ASCII characters")
            parameters["attachment"] = attachment
        if (answers := self.get_query_argument("answers", None)) is not None:
            parameters["answers"] = answers
        return parameters


def _has_read(stream: IOStream) -> bool:
    return bool(getattr(stream, "_read_buffer_size", 0))
