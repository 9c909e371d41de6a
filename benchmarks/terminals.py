"""Three kinds of terminal with one face: ours, Jupyter's own, and a bare PTY, which is the floor.

`send` types, `receive` waits for output and gives it, `skip` waits for a number of bytes and only counts them.
"""

import json
import os
import pty
import signal
import socket
import struct
import subprocess
import sys
import time

from benchmarks import relay
from benchmarks.programs import READY
from benchmarks.wire import TEXT, WebSocket

__all__ = ["BarePty", "JupyterTerminal", "OrchflowTerminal", "RelayedPty", "Terminal", "ready"]

HEAD = struct.Struct("!BQQ")
INPUT, ACK, OUTPUT = 0x01, 0x03, 0x81
ACK_EVERY = 64 * 1024
"""Bytes after which a client must have acknowledged (docs/protocol.md)."""
PIECE = 64 * 1024
"""Bytes of one message where much is sent."""
STDOUT = b'["stdout", "'
AROUND = len(STDOUT) + len(b'"]')


class Terminal:
    """What the measurements see."""

    def send(self, data: bytes) -> None:
        """One message."""
        raise NotImplementedError

    def pack(self, pieces: list[bytes]) -> list[bytes]:
        """What `post` sends for these messages; made beforehand, so that making it is not measured."""
        raise NotImplementedError

    def post(self, packed: list[bytes]) -> None:
        """Send what `pack` made, each piece a message of its own."""
        raise NotImplementedError

    def receive(self) -> bytes:
        """The output that comes next; empty where a message carried none."""
        raise NotImplementedError

    def received_size(self) -> int:
        """As `receive`, but only how much it was; output must be plain letters."""
        return len(self.receive())

    def skip(self, size: int) -> None:
        """Wait until `size` bytes of plain letters have come."""
        while size > 0:
            size -= self.received_size()

    def expect(self, text: bytes) -> bytes:
        """Wait until the output holds `text`; all that came."""
        came = b""
        while text not in came:
            came += self.receive()
        return came

    def expect_size(self, size: int) -> bytes:
        """Wait until `size` bytes have come; all that came."""
        came = b""
        while len(came) < size:
            came += self.receive()
        return came

    def close(self) -> None:
        """Let go of the connection."""
        raise NotImplementedError


class _Remote(Terminal):
    ws: WebSocket

    def post(self, packed):
        for data in packed:
            self.ws.sock.sendall(data)

    def close(self):
        self.ws.close()

    def _joined(self, frames):
        """Frames together in large writes: what is measured is the server, not our system calls."""
        data = b"".join(frames)
        return [data[at : at + PIECE] for at in range(0, len(data), PIECE)]


class OrchflowTerminal(_Remote):
    """Binary messages of a 17-byte head and data; acknowledges what it has read."""

    def __init__(self, port: int, path: str, token: str) -> None:
        headers = {"Authorization": f"token {token}", "Sec-WebSocket-Protocol": "orchflow.terminal.v1"}
        self.ws = WebSocket(port, path, headers)
        self.offset = self._acked = 0
        self._inputs = 0
        self._early = self.ws.take_early()

    def _number(self):
        self._inputs += 1
        return self._inputs

    def send(self, data):
        self.ws.send(HEAD.pack(INPUT, self._number(), time.time_ns() // 1000) + data)

    def pack(self, pieces):
        return self._joined([self.ws.frame(HEAD.pack(INPUT, self._number(), 0) + piece) for piece in pieces])

    def _outputs(self):
        early, self._early = self._early, []
        outputs = []
        for message in early or self.ws.receive():
            if message[0] == OUTPUT:
                outputs.append(message)
                self.offset = HEAD.unpack_from(message)[1] + len(message) - HEAD.size
        if self.offset - self._acked >= ACK_EVERY:
            self._acked = self.offset
            self.ws.send(HEAD.pack(ACK, self.offset, 0))
        return outputs

    def receive(self):
        return b"".join(message[HEAD.size :] for message in self._outputs())

    def received_size(self):
        return sum(len(message) - HEAD.size for message in self._outputs())


class JupyterTerminal(_Remote):
    """JSON text, `["stdin", text]` there and `["stdout", text]` back."""

    def __init__(self, port: int, path: str, token: str) -> None:
        self.ws = WebSocket(port, path, {"Authorization": f"token {token}"})
        self._early = self.ws.take_early()

    def send(self, data):
        self.ws.send(json.dumps(["stdin", data.decode()]).encode(), TEXT)

    def pack(self, pieces):
        return self._joined([self.ws.frame(json.dumps(["stdin", p.decode()]).encode(), TEXT) for p in pieces])

    def _messages(self):
        early, self._early = self._early, []
        return early or self.ws.receive()

    def receive(self):
        messages = map(json.loads, self._messages())
        return b"".join(text.encode() for kind, text in messages if kind == "stdout")

    def received_size(self):
        # Parsing JSON here would be measured as if it were the server's slowness.
        return sum(len(message) - AROUND for message in self._messages() if message.startswith(STDOUT))


class _Plain(Terminal):
    """Bytes as they are."""

    def pack(self, pieces):
        return pieces

    def post(self, packed):
        for data in packed:
            self.send(data)


class BarePty(_Plain):
    """A program behind a PTY of our own, read and written by the one who measures."""

    def __init__(self, command: list[str]) -> None:
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.execv(command[0], command)
        self._buffer = bytearray(PIECE)

    def send(self, data):
        while data:
            data = data[os.write(self._fd, data) :]

    def receive(self):
        return os.read(self._fd, PIECE)

    def received_size(self):
        return os.readv(self._fd, (self._buffer,))

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.close(self._fd)
        os.waitpid(self.pid, 0)


class RelayedPty(_Plain):
    """The same behind a process that only passes bytes on, by a socket."""

    def __init__(self, command: list[str]) -> None:
        words = [sys.executable, "-S", "-E", relay.__file__, *command]
        self._process = subprocess.Popen(words, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        self._socket = socket.create_connection(("127.0.0.1", int(self._process.stdout.readline())))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, data):
        self._socket.sendall(data)

    def receive(self):
        return self._socket.recv(PIECE)

    def close(self):
        self._socket.close()
        self._process.wait()
        self._process.stdout.close()


def ready(terminal: Terminal) -> Terminal:
    """Wait until the terminal's program is there."""
    terminal.expect(READY)
    return terminal
