"""A client of a document, byte by byte: a Y.Doc of its own that follows a room of a real engine."""

import socket
import time

from pycrdt import Doc, Map, Text
from websockets.frames import Frame, Opcode
from websockets.protocol import OPEN, Protocol, Side

from orchflow_jupyter.protocol.documents import (
    QUERY,
    Awareness,
    Call,
    Face,
    StepOne,
    Update,
    decode,
    encode_awareness,
    encode_call,
    encode_step_one,
    encode_step_two,
    encode_update,
)
from tests.support.waiting import GENEROUS

__all__ = ["Editing"]


class Editing:
    """Joins `room`; what is changed in `doc` is sent at once, and what comes is applied while one waits for something.

    `messages` are all that came, decoded; `faces` is what others show, by their numbers.
    """

    def __init__(self, engine, room, *, doc=None, **parameters):
        self.socket, theirs = socket.socketpair()
        self.socket.settimeout(GENEROUS)
        self.ws = Protocol(Side.CLIENT, state=OPEN, max_size=None)
        self.doc = doc or Doc()
        self.text = self.doc.get("source", type=Text)
        self.state = self.doc.get("state", type=Map)
        self.messages = []
        self.sent = 0
        """Updates, whether they were asked for or not."""
        self.faces = {}
        self.synced = False
        self.close_code = None
        self._parts = b""
        self._hears = True
        self._calls = 0
        with theirs:
            params = {"resource": f"documents/{room}", "parameters": parameters, "principal": "tests"}
            engine.call("adopt", params, [theirs.fileno()])
        self._subscription = self.doc.observe(self._changed)
        self.send(encode_step_one(self.doc.get_state()))

    @classmethod
    def of(cls, engine, path, **parameters):
        """A client that has all there is of the document at `path`."""
        client = cls(engine, engine.call("documents.open", {"path": path})["room"], **parameters)
        client.until(lambda: client.synced)
        return client

    def send(self, message):
        """One message, whatever it says."""
        self.sent += message[:2] in (b"\x00\x01", b"\x00\x02")
        self.ws.send_frame(Frame(Opcode.BINARY, message))
        self.socket.sendall(b"".join(self.ws.data_to_send()))

    def show(self, state, clock=1):
        """Show others what is JSON text; None for that one goes."""
        self.send(encode_awareness([Face(self.doc.client_id, clock, state)]))

    def query(self):
        """Ask for everybody's face."""
        self.send(QUERY)

    def call(self, call, **fields):
        """The answer to a call of ours: `{"result"}` or `{"error"}`."""
        self._calls += 1
        number = self._calls
        self.send(encode_call({"id": number, "call": call, **fields}))
        return self.until(lambda: next((one for one in self.said() if one.get("id") == number), None))

    def said(self):
        """All messages of ours that came."""
        return [message.value for message in self.messages if isinstance(message, Call)]

    @property
    def safe(self):
        """How many of the updates that were sent are on disk, as the engine says; `hello` makes it say so."""
        return max((one["updates"] for one in self.said() if one.get("event") == "safe"), default=0)

    def secure(self):
        """Wait until all is safe that was sent."""
        self.until(lambda: self.safe >= self.sent)

    def updates(self):
        """All updates that came unasked."""
        return [one.update for one in self.messages if isinstance(one, Update) and not one.answers]

    def until(self, check):
        """Read until `check()` is true; its answer. Fails at the end of the stream and after a generous while."""
        deadline = time.monotonic() + GENEROUS
        while not (answer := check()):
            assert time.monotonic() < deadline, f"in vain waited; the last messages: {self.messages[-5:]}"
            assert self.close_code is None, f"closed with {self.close_code}"
            self.step()
        return answer

    def step(self):
        """Read once."""
        data = self.socket.recv(1 << 18)
        self.ws.receive_data(data) if data else self.ws.receive_eof()
        for frame in self.ws.events_received():
            if frame.opcode in (Opcode.BINARY, Opcode.CONT):
                self._parts += frame.data
                if frame.fin:
                    whole, self._parts = self._parts, b""
                    self._understand(decode(whole))
        if self.ws.close_rcvd is not None or not data:
            self.close_code = self.ws.close_rcvd.code if self.ws.close_rcvd else 1006

    def close(self):
        """Go away without a word; the document may go on with another client."""
        self.doc.unobserve(self._subscription)
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _changed(self, event):
        if self._hears:
            self.send(encode_update(event.update))

    def _understand(self, message):
        self.messages.append(message)
        match message:
            case StepOne(state):
                self.send(encode_step_two(self.doc.get_update(state)))
            case Update(update, answers):
                self._hears = False
                self.doc.apply_update(update)
                self._hears = True
                self.synced = self.synced or answers
            case Awareness(faces):
                self.faces |= {face.client: face.state for face in faces}
