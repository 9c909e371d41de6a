"""A WebSocket client that is as thin as it can be, so that it is not what is measured (RFC 6455).

One blocking socket, frames cut out of large reads, no threads, no loop. The same one talks to both servers.
"""

import base64
import os
import socket
import struct

from websockets.speedups import apply_mask

__all__ = ["BINARY", "TEXT", "ClosedError", "WebSocket"]

TEXT, BINARY = 1, 2
CONTINUATION, CLOSE, PING, PONG = 0, 8, 9, 10
FIN, MASKED = 0x80, 0x80
RECEIVE = 256 * 1024
TIMEOUT = 60
"""Seconds without a byte, after which a measurement is given up."""


class ClosedError(ConnectionError):
    """The server ended the connection, or refused it."""


class WebSocket:
    """A connection to `path` on this machine; `headers` go along with the upgrade request."""

    def __init__(self, port: int, path: str, headers: dict[str, str]) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), TIMEOUT)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # The kernel keeps the time, since Python's timeout asks poll(2) before each call.
        self.sock.settimeout(None)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", TIMEOUT, 0))
        self._buffer = bytearray(RECEIVE)
        self._view = memoryview(self._buffer)
        self._mask = os.urandom(4)
        self._rest = b""
        self._parts: list[bytes] = []
        lines = {
            "Host": f"127.0.0.1:{port}",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        } | headers
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self.sock.sendall(f"GET {path} HTTP/1.1\r\n{head}\r\n".encode())
        while b"\r\n\r\n" not in self._rest:
            self._more()
        answer, _, self._rest = self._rest.partition(b"\r\n\r\n")
        if b" 101 " not in answer.partition(b"\r\n")[0]:
            raise ClosedError(answer.decode(errors="replace"))

    def frame(self, data: bytes, opcode: int = BINARY) -> bytes:
        """One whole message as it goes over the wire, masked as a client must."""
        size = len(data)
        if size < 126:
            head = bytes((FIN | opcode, MASKED | size))
        elif size < 65536:
            head = struct.pack("!BBH", FIN | opcode, MASKED | 126, size)
        else:
            head = struct.pack("!BBQ", FIN | opcode, MASKED | 127, size)
        return head + self._mask + apply_mask(data, self._mask)

    def send(self, data: bytes, opcode: int = BINARY) -> None:
        """One message."""
        self.sock.sendall(self.frame(data, opcode))

    def receive(self) -> list[bytes]:
        """The messages that are whole now; waits for the first. Raises `ClosedError`, or `TimeoutError`."""
        messages: list[bytes] = []
        while not messages:
            self._more()
            self._cut(messages)
        return messages

    def take_early(self) -> list[bytes]:
        """Messages that came in one segment with the answer to the upgrade."""
        messages: list[bytes] = []
        self._cut(messages)
        return messages

    def close(self) -> None:
        """Leave, as a browser's tab does."""
        self.sock.close()

    def _more(self) -> None:
        try:
            size = self.sock.recv_into(self._buffer)  # a new buffer of this size each time costs more than a key
        except BlockingIOError:
            raise TimeoutError(f"nothing came for {TIMEOUT} s") from None
        if not size:
            raise ClosedError("the server closed the connection")
        data = self._view[:size]
        self._rest = b"".join((self._rest, data))

    def _cut(self, messages: list[bytes]) -> None:
        data, at, end = self._rest, 0, len(self._rest)
        while end - at >= 2:
            first, size, start = data[at], data[at + 1], at + 2
            if size == 126:
                size, start = int.from_bytes(data[start : start + 2]), start + 2
            elif size == 127:
                size, start = int.from_bytes(data[start : start + 8]), start + 8
            if start + size > end:
                break
            self._take(first, data[start : start + size], messages)
            at = start + size
        self._rest = data[at:]

    def _take(self, first: int, payload: bytes, messages: list[bytes]) -> None:
        opcode = first & 0x0F
        if opcode == PING:
            self.send(payload, PONG)
        elif opcode == CLOSE:
            raise ClosedError(payload[2:].decode(errors="replace") or "closed")
        elif opcode == PONG:
            return
        elif first & FIN and not self._parts:
            messages.append(payload)
        else:
            self._parts.append(payload)
            if first & FIN:
                messages.append(b"".join(self._parts))
                self._parts.clear()
