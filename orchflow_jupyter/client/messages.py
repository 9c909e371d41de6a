"""Protocol messages over a socket that speaks WebSocket already: frames to messages and back, no I/O of its own."""

from typing import cast

from websockets.frames import Frame, Opcode
from websockets.protocol import CLIENT, OPEN, Protocol

__all__ = ["Messages"]

LOST = 1006
"""RFC 6455's code for a connection that ended without a close frame."""


class Messages:
    """The client's end of one stream.

    `closed` is `(code, reason)` once the other side has ended it.
    """

    def __init__(self) -> None:
        self._ws = Protocol(CLIENT, state=OPEN, max_size=None)
        self._parts: list[bytes] = []
        self.closed: tuple[int, str] | None = None

    def receive(self, data: bytes) -> list[bytes]:
        """The messages that are whole now; no data is the end of the stream."""
        ws = self._ws
        if data:
            ws.receive_data(data)
        else:
            ws.receive_eof()
        messages = []
        for frame in cast("list[Frame]", ws.events_received()):
            if frame.opcode in (Opcode.BINARY, Opcode.TEXT, Opcode.CONT):
                self._parts.append(bytes(frame.data))
                if frame.fin:
                    messages.append(b"".join(self._parts))
                    self._parts.clear()
        if ws.close_rcvd is not None:
            self.closed = (ws.close_rcvd.code, ws.close_rcvd.reason)
        elif not data:
            self.closed = self.closed or (LOST, "the connection to the engine was lost")
        return messages

    def send(self, message: bytes) -> None:
        """Put one message among what is to be sent; nothing, once the stream is closed."""
        if self._ws.state is OPEN:
            self._ws.send_binary(message)

    def send_text(self, message: str) -> None:
        """The same for a message that is text."""
        if self._ws.state is OPEN:
            self._ws.send_text(message.encode())

    def close(self) -> None:
        """Say goodbye."""
        if self._ws.state is OPEN:
            self._ws.send_close(1000)

    def data_to_send(self) -> bytes:
        """What is to be sent, once."""
        return b"".join(self._ws.data_to_send())
