"""One adopted socket: WebSocket frames to messages and back, on the transport's callbacks.

The WebSocket itself is websockets' sans-I/O protocol (RFC 6455, RFC 7692); what the messages mean is the business of a
`Stream`. A connection moves bytes, keeps the limits of size, and stops reading or pulling when told so.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol, cast

from websockets.datastructures import Headers
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import CONNECTING, OPEN
from websockets.typing import Subprotocol

from orchflow_jupyter.engine.frames import FrameReader, frame_head
from orchflow_jupyter.engine.websocket import WebSocket, short
from orchflow_jupyter.errors import OrchflowError, ProtocolError, TooManyError

__all__ = ["Connection", "Stream"]

ABNORMAL = 1006
DATA = (Opcode.BINARY, Opcode.TEXT, Opcode.CONT)
UNANSWERED = 64 * 1024
"""Bytes of pongs that wait at most for a client that does not read."""
PATIENCE = 3.0
"""Seconds for a client to answer a close."""


class Stream(Protocol):
    """What a connection is for: takes messages, gives messages."""

    text: bool
    """Whether messages are text; clients may then send either."""

    def opened(self, connection: "Connection") -> None:
        """The connection stands. Raises an error of ours to refuse it."""

    def received(self, messages: list[bytes]) -> None:
        """All messages that came in one turn. Raises an error of ours to end the connection."""

    def next_message(self) -> bytes | None:
        """What to send next, None for nothing now."""

    def jammed(self, is_jammed: bool) -> None:
        """The way to the client is full, or has room again."""

    def closed(self) -> None:
        """The connection is gone."""


class Connection(asyncio.Protocol):
    """The adapter between a transport and a `Stream`.

    `request` is the browser's upgrade request (`{"path", "headers"}`), answered here; None where the socket speaks
    WebSocket already. `gone` is called when the connection has ended.
    """

    transport: asyncio.Transport

    def __init__(
        self,
        stream: Stream,
        subprotocol: str | None,
        request: dict[str, Any] | None,
        compress: bool,
        max_message: int,
        send_high: int,
        gone: Callable[["Connection"], None],
    ) -> None:
        self._stream = stream
        self._request = request
        self._gone = gone
        self._text = stream.text
        self._send_high = send_high
        self._ws = WebSocket(
            subprotocols=[Subprotocol(subprotocol)] if subprotocol else None,
            extensions=[ServerPerMessageDeflateFactory()] if compress else None,
            state=OPEN if request is None else CONNECTING,
            max_size=max_message,
        )
        self._max_message = max_message
        self._frames: FrameReader | None = None  # None before the handshake, and where extensions change frames
        self._out: list[bytes] = []
        self._parts: list[bytes] = []
        self._jammed = False
        self._pongs = 0
        self._holds = False
        self._open = False
        self.error: str | None = None
        """The reason of the error of ours that ended it."""
        self._patience: asyncio.TimerHandle | None = None

    # -- transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Answer the handshake, if one is due, and open the stream."""
        self.transport = cast("asyncio.Transport", transport)
        self.transport.set_write_buffer_limits(self._send_high)
        if self._request is not None and not self._answer(self._request):
            self._end()
            return
        self._open = True
        self._flush()  # the answer to the handshake goes before all frames
        if not self._ws.extensions:
            self._frames = FrameReader(self._max_message)
        try:
            self._stream.opened(self)
        except OrchflowError as error:
            self._fail(error)
        else:
            self.pump()

    def data_received(self, data: bytes) -> None:
        """Bytes came: the messages that are whole now go to the stream, in this turn."""
        ws, frames = self._ws, self._frames
        if frames is None:
            ws.receive_data(data)
        else:
            frames.feed(data)
        try:
            while self._open and (messages := self._messages() if frames is None else self._cut(frames)):
                self._stream.received(messages)
            if self._pongs > UNANSWERED:
                raise TooManyError("pings whose answers are not read: read before you send more")
        except OrchflowError as error:
            self._fail(error)
        self.pump()
        if not self._open:
            if frames is not None:
                self._frames = None  # what comes now is the closing handshake's
                ws.receive_data(frames.rest())
            ws.events_received()  # what comes after the end is nobody's
        if ws.close_expected():
            self._end()

    def eof_received(self) -> bool:
        """The client will send nothing more, so it is gone."""
        self._ws.receive_eof()
        self._end()
        self.transport.close()
        return False

    def pause_writing(self) -> None:
        """The transport's buffer is full."""
        self._jammed = True
        self._stream.jammed(True)

    def resume_writing(self) -> None:
        """The transport's buffer has room again."""
        self._jammed = False
        self._pongs = 0
        self._stream.jammed(False)
        self.pump()

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is closed, by whom ever."""
        self._leave()
        if self._patience:
            self._patience.cancel()
        self._gone(self)

    # -- for the stream

    def pump(self) -> None:
        """Send what the stream has, until it has nothing more or the way is full."""
        ws, out, next_message, size = self._ws, self._out, self._stream.next_message, 0
        plain, text = self._frames is not None and not self._text, self._text
        while self._open and not self._jammed and ws.state is OPEN and (message := next_message()) is not None:
            if plain:
                out.append(frame_head(len(message)))
                out.append(message)
            elif text:
                ws.send_text(message)
            else:
                ws.send_binary(message)
            size += len(message)
            if size >= self._send_high:
                self._flush()
                size = 0
        self._flush()

    def hold_input(self, held: bool) -> None:
        """Stop reading from the client, or go on."""
        if held is self._holds or self.transport.is_closing():
            return
        self._holds = held
        if held:
            self.transport.pause_reading()
        else:
            self.transport.resume_reading()

    def close(self, code: int, reason: str = "") -> None:
        """Say why, and end the connection once the client has had it."""
        self._leave()
        if self._ws.state is OPEN:
            self._ws.send_close(code, short(reason))
            self._end()

    @property
    def close_code(self) -> int | None:
        """The code of whoever closed first, once it has ended (RFC 6455, section 7.4); None where it never stood."""
        ws = self._ws
        if ws.handshake_exc is not None:
            return None
        frame = ws.close_rcvd if ws.close_rcvd_then_sent else ws.close_sent
        return ABNORMAL if frame is None else frame.code

    # -- within

    def _fail(self, error: OrchflowError) -> None:
        self.error = error.reason
        self.close(error.close_code, error.message)

    def _answer(self, request: dict[str, Any]) -> bool:
        ws = self._ws
        received = Request(request["path"], Headers([(name, value) for name, value in request["headers"]]))
        ws.receive_data(received.serialize())
        for event in ws.events_received():
            if isinstance(event, Request):
                ws.send_response(ws.accept(event))
        return ws.state is OPEN

    def _cut(self, frames: FrameReader) -> list[bytes]:
        messages: list[bytes] = []
        while True:
            if not self._parts and frames.take(messages):
                return messages
            other = frames.other()
            if not other:
                return messages
            self._ws.receive_data(other)
            messages += self._messages()
            if self._ws.state is not OPEN:
                return messages

    def _messages(self) -> list[bytes]:
        messages = []
        for frame in cast("list[Frame]", self._ws.events_received()):  # the handshake is over
            opcode, data = frame.opcode, frame.data
            if opcode is Opcode.TEXT and not self._text:
                raise ProtocolError("messages are binary, and this one is text")
            if opcode in DATA and frame.fin and opcode is not Opcode.CONT:
                messages.append(bytes(data))
            elif opcode in DATA:
                self._parts.append(bytes(data))
                if frame.fin:
                    messages.append(b"".join(self._parts))
                    self._parts.clear()
        return messages

    def _flush(self) -> None:
        out = self._out
        if said := self._ws.data_to_send():
            out += filter(None, said)
            if self._jammed:
                self._pongs += sum(map(len, out))
        if not out:
            return
        if not self.transport.is_closing():
            self.transport.writelines(out)
        out.clear()

    def _leave(self) -> None:
        if self._open:
            self._open = False
            self._stream.closed()

    def _end(self) -> None:
        """Bring the closing handshake to its end (RFC 6455, section 7.1.1).

        Closing a socket with unread bytes in it makes the kernel reset the connection, and the client would lose the
        close frame that tells it why. So what still comes is read and dropped, for a while.
        """
        self._leave()
        self._flush()
        if self.transport.is_closing() or self._patience:
            return
        if self._ws.close_rcvd is not None:
            self.transport.close()
            return
        self.hold_input(False)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._patience = asyncio.get_running_loop().call_later(PATIENCE, self.transport.abort)
