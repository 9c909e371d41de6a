"""A real engine process in a folder of its own, and clients that speak to it byte by byte."""

import contextlib
import json
import os
import select
import socket
import subprocess
import sys
import time
from pathlib import Path

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidState
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import OPEN, Protocol, Side
from websockets.uri import parse_uri

from orchflow_jupyter import rendezvous
from orchflow_jupyter.errors import EngineUnavailableError, OrchflowError
from orchflow_jupyter.protocol.control import LineReader, decode_reply, encode_request
from orchflow_jupyter.protocol.terminal import SUBPROTOCOL, Message, Op, decode, encode
from tests.support.waiting import GENEROUS, eventually

__all__ = ["PYTHON", "Control", "EngineProcess", "Stream", "children", "descriptors", "raw"]

ADDRESS = parse_uri("ws://localhost/orchflow/ws/terminals/x")
PYTHON = [sys.executable, "-I", "-S", "-c"]
"""Starts a small program quickly."""


def raw(then):
    """A command that puts its terminal into raw mode, says so, and goes on as `then`."""
    return ["sh", "-c", f"stty raw -echo; printf 'ready;'; {then}"]


def descriptors(pid):
    """How many descriptors a process has open."""
    return len(os.listdir(f"/proc/{pid}/fd"))


def children(pid):
    """The processes that a process has started and not reaped."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


class EngineProcess:
    """An engine in `folder`/engine with the root `folder`/root; leaving the context ends it.

    `settings` are those that differ from the defaults, `before` runs in the child before it becomes the engine.
    """

    def __init__(self, folder, *, before=None, **settings):
        self.folder = Path(folder)
        self.directory = str(self.folder / "engine")
        self.root = self.folder / "root"
        self.settings = settings
        self.program = ["-m", "orchflow_jupyter.engine"]
        self.process = None
        self._before = before
        self._control = None
        self._opened = []
        self.root.mkdir(exist_ok=True)

    # -- its life

    def spawn(self):
        """Start the process, and do not wait for it."""
        command = [sys.executable, *self.program, "--directory", self.directory]
        command += ["--root", str(self.root), "--settings", json.dumps(self.settings)]
        with open(self.folder / "engine.log", "ab") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=self._before,
                env=os.environ
                | {
                    "SHELL": "/bin/sh",
                    "ENV": "",
                    "HOME": str(self.folder),
                    "JUPYTER_DATA_DIR": str(self.folder / "data"),
                },
                cwd=Path(__file__).parents[2],
            )
        return self.process

    def start(self):
        """Start it, and wait until it answers."""
        self.spawn()
        eventually(self._answers, f"an engine; its log: {self.log}")
        return self

    def stop(self):
        """End it and all that it holds."""
        for closable in self._opened:
            closable.close()
        self._opened.clear()
        self.stop_talking()
        if self.process is not None:
            if self.process.poll() is None:
                self.process.terminate()
            try:
                self.process.wait(GENEROUS)
            finally:
                if self.process.poll() is None:
                    self.process.kill()
                    self.process.wait()

    def kill9(self):
        """Kill it without a chance to clean up."""
        self.process.kill()
        self.process.wait()
        self.stop_talking()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    @property
    def pid(self):
        return self.process.pid

    @property
    def log(self):
        return (self.folder / "engine.log").read_text(errors="replace")

    # -- talking to it

    @property
    def control(self):
        """The connection that `call` uses."""
        if self._control is None:
            self._control = Control(self.directory)
        return self._control

    def stop_talking(self):
        """Close the connection that `call` uses."""
        if self._control is not None:
            self._control.close()
            self._control = None

    def connect(self):
        """One more control connection."""
        control = Control(self.directory)
        self._opened.append(control)
        return control

    def call(self, method, params=None, fds=()):
        """The result of a control call; raises what the engine refuses with."""
        return self.control.call(method, params, fds)

    def status(self):
        return self.call("status")

    def create(self, command=None, **fields):
        """A new terminal's id."""
        return self.call("terminals.create", ({"command": command} if command else {}) | fields)["id"]

    def model(self, terminal):
        return self.call("terminals.get", {"id": terminal})

    def delete(self, terminal):
        return self.call("terminals.delete", {"id": terminal})

    def attach(self, terminal, *, acknowledges=True, reads=True, **parameters):
        """A stream of a terminal, on a socketpair of its own."""
        return self._adopt(terminal, parameters, {}, acknowledges=acknowledges, reads=reads)

    def upgrade(self, terminal, client=None, *, compress=False, headers=(), **parameters):
        """The same by way of a browser's upgrade request, with some of its headers changed, or left out where None."""
        client = client or ClientProtocol(ADDRESS, subprotocols=[SUBPROTOCOL])
        sent = client.connect()
        changed = dict(headers)
        for name in changed:
            del sent.headers[name]
        pairs = [*sent.headers.raw_items(), *((name, value) for name, value in changed.items() if value is not None)]
        client.send_request(sent)
        client.data_to_send()  # the server has read it already
        request = {"path": sent.path, "headers": pairs}
        return self._adopt(terminal, parameters, {"request": request, "compress": compress}, ws=client)

    def run(self, command, **parameters):
        """A stream of a new terminal that runs `command`."""
        return self.attach(self.create(command), **parameters)

    def settled(self, terminals=0):
        """Wait until only so many programs and no streams are left."""
        eventually(
            lambda: (s := self.status())["terminals"]["running"] == terminals and s["connections"] == 0,
            "the end of terminals and streams",
        )

    def clear(self):
        """Close all streams and terminals, and wait until nothing is left of them."""
        for closable in self._opened:
            closable.close()
        self._opened.clear()
        for model in self.call("terminals.list"):
            self.delete(model["id"])
        self.settled()

    def _adopt(self, terminal, parameters, more, **options):
        ours, theirs = socket.socketpair()
        stream = Stream(ours, **options)
        self._opened.append(stream)
        with theirs:
            params = {"resource": f"terminals/{terminal}", "parameters": parameters, "principal": "tests"}
            self.call("adopt", params | more, [theirs.fileno()])
        return stream

    def _answers(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the engine ended with exit code {self.process.returncode}; its log: {self.log}")
        try:
            self.call("hello", {"role": "tool"})
        except (EngineUnavailableError, OSError):
            return False
        return rendezvous.read_description(self.directory) is not None


class Control:
    """One connection to an engine's control socket."""

    def __init__(self, directory):
        self.socket = rendezvous.connect(directory)
        self.socket.settimeout(GENEROUS)
        self._lines = LineReader()
        self._replies = []
        self._number = 0
        self.spoken = []
        """What the engine said by itself."""

    def put(self, data, fds=()):
        """Send bytes as they are."""
        sent = socket.send_fds(self.socket, [data], fds) if fds else 0
        self.socket.sendall(data[sent:])

    def reply(self):
        """The next reply; None at the end of the connection."""
        while not self._replies:
            try:
                data = self.socket.recv(1 << 16)
            except ConnectionResetError:
                return None
            if not data:
                return None
            for line in self._lines.feed(data):
                (self.spoken if "method" in line else self._replies).append(line)
        return self._replies.pop(0)

    def call(self, method, params=None, fds=()):
        """The result of a call; raises what the engine refuses with."""
        self._number += 1
        self.put(encode_request(self._number, method, params), fds)
        reply = self.reply()
        if reply is None:
            raise ConnectionError("the engine closed the connection")
        assert reply["id"] == self._number
        return decode_reply(reply)

    def refusal(self, method, params=None, fds=()):
        """The error with which the engine refuses a call."""
        try:
            result = self.call(method, params, fds)
        except OrchflowError as error:
            return error
        raise AssertionError(f"{method} was not refused: {result}")

    def close(self):
        self.socket.close()


class Stream:
    """One end of a terminal's stream: checks that the output has no hole and no overlap while it reads.

    `output` holds the bytes from the offset `start` on; a GAP begins them anew. Sending never waits without reading,
    and reading acknowledges, unless told otherwise.
    """

    def __init__(self, sock, *, acknowledges=True, reads=True, ws=None):
        sock.setblocking(False)
        self.socket = sock
        self.acknowledges = acknowledges
        self.reads = reads
        self.messages = []
        self.hello = None
        self.start = 0
        self.output = bytearray()
        self.acked = 0
        self.number = 0
        self.exit = None
        self.response = None
        self.ws = ws or Protocol(Side.CLIENT, state=OPEN, max_size=None)
        self.eof = False
        self._unsent = bytearray()
        self._parts = bytearray()

    # -- what came

    @property
    def end(self):
        """The offset that has been read to."""
        return self.start + len(self.output)

    @property
    def close_code(self):
        """The code that the engine closed with; None before."""
        return self.ws.close_rcvd.code if self.ws.close_rcvd else None

    @property
    def full(self):
        """Whether as much has come as may, while nothing is acknowledged."""
        return self.hello is not None and self.end == self.start + self.hello["window"]

    @property
    def unsent(self):
        """Bytes that the engine has not let us send yet."""
        return len(self._unsent)

    def of(self, op):
        """All messages of one op so far."""
        return [message for message in self.messages if message.op is op]

    # -- sending

    def put(self, data, *, wait=True):
        """Bytes onto the socket, as they are; without waiting, they go as the stream is read."""
        self._unsent += data
        if wait:
            self.until(lambda: not self._unsent, "room in the socket")

    def frame(self, data, *, opcode=Opcode.BINARY, fin=True, wait=True):
        """One frame, whatever it says."""
        self.ws.send_frame(Frame(opcode, data, fin))
        self.put(b"".join(self.ws.data_to_send()), wait=wait)

    def send(self, op, sequence=0, value=None, *, timestamp=1, wait=True):
        """One message of the protocol."""
        self.frame(encode(Message(op, sequence, timestamp, value)), wait=wait)

    def type(self, data, *, wait=True):
        """Input, with the next number, which HELLO tells; the number."""
        self.greet()
        self.number += 1
        self.send(Op.INPUT, self.number, data, timestamp=time.time_ns() // 1000, wait=wait)
        return self.number

    def ack(self, offset):
        self.send(Op.ACK, offset)

    # -- reading

    def until(self, check, what="what should come"):
        """Read until `check()` is true; its answer. Fails at the end of the connection, and at the deadline."""
        deadline = time.monotonic() + GENEROUS
        while not (answer := check()):
            left = deadline - time.monotonic()
            if self.eof or left < 0:
                why = "the connection ended" if self.eof else "in vain waited"
                raise AssertionError(f"{why} before {what}; {self._summary()}")
            self.step(left)
        return answer

    def greet(self):
        """Read up to HELLO; its JSON."""
        return self.until(lambda: self.hello, "HELLO")

    def text(self, wanted):
        """Read until the output holds `wanted`."""
        seen = 0

        def there():
            nonlocal seen
            at = self.output.find(wanted, max(0, seen - len(wanted)))
            seen = len(self.output)
            return at >= 0

        self.until(there, f"{wanted!r} in the output")
        return bytes(self.output)

    def next(self, op, count=1):
        """Read until `count` messages of `op` are there; the last of them."""
        self.until(lambda: len(self.of(op)) >= count, op.name)
        return self.of(op)[count - 1]

    def rest(self):
        """Read to the end of the connection; the close code."""
        self.until(lambda: self.eof, "the end")
        return self.close_code

    def quiet(self, seconds=0.1):
        """Read what comes, until nothing has come for a while."""
        while not self.eof and self.step(seconds):
            pass

    def step(self, timeout):
        """One turn of reading and writing; whether anything moved."""
        reading = [self.socket] if self.reads and not self.eof else []
        writing = [self.socket] if self._unsent and not self.eof else []
        readable, writable, _ = select.select(reading, writing, [], timeout)
        try:
            if writable:
                del self._unsent[: self.socket.send(self._unsent)]
            if readable:
                self._take(self.socket.recv(1 << 18))
        except (BrokenPipeError, ConnectionResetError):
            self._take(b"")
        return bool(readable or writable)

    def close(self):
        """Go away without a word."""
        self.socket.close()

    def _take(self, data):
        if data:
            self.ws.receive_data(data)
        elif not self.eof:
            self.eof = True
            self._unsent.clear()
            self.socket.close()
            with contextlib.suppress(EOFError):
                self.ws.receive_eof()
        for frame in self.ws.events_received():
            if isinstance(frame, Response):
                self.response = frame
            elif frame.opcode in (Opcode.BINARY, Opcode.CONT):
                self._parts += frame.data
                if frame.fin:
                    whole, self._parts = bytes(self._parts), bytearray()
                    self._understand(decode(whole))
        if not self.eof:
            if self.acknowledges and self.acked < self.end:
                self.acked = self.end
                with contextlib.suppress(InvalidState):
                    self.ws.send_binary(encode(Message(Op.ACK, self.end, 0)))
            self._unsent += b"".join(self.ws.data_to_send())

    def _understand(self, message):
        self.messages.append(message)
        op, sequence = message.op, message.sequence
        if op is Op.HELLO:
            self.hello = message.value
            self.number = message.value["input"]
            self.start = self.acked = sequence
        elif op is Op.GAP:
            assert sequence >= self.end
            self.start, self.output = sequence, bytearray()
        elif op is Op.OUTPUT:
            assert sequence == self.end
            self.output += message.value
        elif op is Op.RESIZED:
            assert sequence == self.end
        elif op is Op.EXIT:
            assert sequence == self.end
            self.exit = message.value

    def _summary(self):
        ops = [message.op.name for message in self.messages][-12:]
        return f"close {self.close_code}, last {ops}, {self.start}…{self.end}: {bytes(self.output[-200:])!r}"
