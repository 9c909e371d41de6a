"""One attachment to a terminal, as pure state: what was received, what was read, what was sent and taken."""

import time
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

from orchflow_jupyter.client.interrupts import Interrupts
from orchflow_jupyter.client.messages import Messages
from orchflow_jupyter.errors import (
    InvalidRequestError,
    NotAllowedError,
    NotFoundError,
    OrchflowError,
    TakenOverError,
    TooLargeError,
    from_status,
)
from orchflow_jupyter.protocol.terminal import SIGNALS, Message, Op, check_size, decode, encode

__all__ = ["ECHO", "KEEP", "AttachmentState", "Snapshot"]

PIECE = 16 * 1024
"""Bytes of input in one message."""
INPUT_WINDOW = 128 * 1024
"""Bytes of input under way at most. An engine that is sent more than its program takes stops reading us, and then our
acknowledgements, which come behind, do not reach it either."""
ACK_EVERY = 32 * 1024
"""Bytes after which output is acknowledged at the latest; the protocol allows 64 KiB."""
KEEP = 2 * 1024 * 1024
"""Bytes of unread output that are kept while a program's end is waited for."""
EVENTS = 1024
ABOUT_LINES = ("prompt", "command_started", "command_finished", "editing")
"""Kinds of events that are kept; of others, titles above all, there may be any number."""
ECHO = 4
"""Bytes that a program may answer to each one that is typed, while nobody reads: an echo, escape sequences and all."""


class Snapshot(NamedTuple):
    """A terminal's whole state before the output at `offset`: bytes that paint it on a reset terminal of that size."""

    offset: int
    size: tuple[int, int]
    data: bytes


class AttachmentState:
    """Bytes in by `receive`, bytes out by `data_to_send`; everything in between.

    Output waits in `unread` until it is taken, and is acknowledged only then, so that a reader who is slow slows the
    program down, and nothing grows.
    """

    def __init__(self) -> None:
        self._messages = Messages()
        self._offset = 0
        self._acked = 0
        self._received = 0
        self.unread = bytearray()
        self.model: dict[str, Any] | None = None
        """The terminal's model and the attachment's own figures, once HELLO has come."""
        self.exit: dict[str, Any] | None = None
        self.sent = 0
        """The number of the input that was typed last; `taken` is that of the last one that the engine has."""
        self.taken = 0
        self.waiting = 0
        """Bytes of input that were typed and are not yet sent, because enough is under way."""
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._under_way: deque[tuple[int, int]] = deque()
        self.gaps = 0
        """How often output was gone before it could be sent."""
        self._gaps: list[tuple[int, int]] = []
        """For each gap within `unread`, how many bytes of that lie before it, and the offset at which they end."""
        self.size: tuple[int, int] | None = None
        self.snapshot: Snapshot | None = None
        """The newest state that came in the place of output: what is read from its offset on goes on from it."""
        self.events: deque[dict[str, Any]] = deque(maxlen=EVENTS)
        """What happened at the prompt since this attachment began and was not yet looked at, the newest."""
        self.prompting = False
        """Whether the shell waits at a prompt, as far as its marks tell."""
        self.busy = True
        """Whether the shell runs something, or was never at a prompt; where it is neither this nor `prompting`, it has
        a line that it has not begun."""
        self.at_work = False
        """Whether the shell is known to run something."""
        self.interrupts = Interrupts()
        """Those that were sent from here."""
        self.editing = False
        """Whether somebody has typed there what the shell does not run yet."""
        self.narrow = False
        """Whether the shell was started so that it takes text for ASCII alone."""
        self.refused: OrchflowError | None = None
        """What the engine refused to do, or could not do in whole, in its words."""

    @property
    def offset(self) -> int:
        """The output offset up to which everything came."""
        return self._offset

    @property
    def position(self) -> int:
        """The output offset up to which it was read."""
        before, end = self._gaps[0] if self._gaps else (len(self.unread), self._offset)
        return end - before

    @property
    def unmarked(self) -> bool:
        """Whether nothing will be told of commands: no shell that marks them runs, or it was replaced (`exec`)."""
        return self.model is not None and self.model.get("integration", "none") == "none"

    @property
    def closed(self) -> tuple[int, str] | None:
        """The close code and its reason, once the stream has ended."""
        return self._messages.closed

    @property
    def over(self) -> bool:
        """Whether the output is whole; a stream that ended without this was lost, and `check` says why."""
        return self.exit is not None

    def receive(self, data: bytes) -> None:
        """Bytes came from the engine; none is the end."""
        for message in self._messages.receive(data):
            self._received += 1
            self._take_in(decode(message))

    def news(self) -> Callable[[], bool]:
        """Tells whether a message has come since now."""
        before = self._received
        return lambda: self._received != before

    def data_to_send(self) -> bytes:
        """What is to go to the engine, once."""
        return self._messages.data_to_send()

    def take(self, limit: int = -1) -> bytes:
        """Unread output, at most `limit` bytes where it is not negative; acknowledged by being taken."""
        data = bytes(self.unread if limit < 0 else self.unread[:limit])
        self._drop(len(data))
        self._acknowledge()
        return data

    def take_whole(self) -> bytes:
        """Unread output, all of it but what lies before a gap; acknowledged as by `take`."""
        if self._gaps:
            self._drop(self._gaps[-1][0])
        return self.take()

    def forget(self) -> None:
        """Let go of all but the newest unread output, so that the program can run to its end."""
        self._drop(max(0, len(self.unread) - KEEP))
        self._acknowledge(received=True)

    def make_room(self, limit: int) -> None:
        """Let the program write on while nobody reads, up to `limit` bytes, lest its echo hold up what is typed."""
        if len(self.unread) < limit:
            self._acknowledge(received=True)

    def type(self, data: bytes) -> None:
        """Send input, as there is room for it under way. Raises `NotAllowedError` for who may only watch."""
        self.must_be_writable("type in it")
        self.interrupts.typed(data)
        self.editing = self.editing or self.prompting
        if b"\r" in data or b"\n" in data:
            self.prompting = False  # until the shell says so anew
        for start in range(0, len(data), PIECE):
            self.sent += 1
            self._waiting.append((self.sent, data[start : start + PIECE]))
        self.waiting += len(data)
        self._send_input()

    def resize(self, cols: int, rows: int) -> None:
        """Ask for another size. Raises `InvalidRequestError` for one that no terminal has, and as `type` does."""
        self.must_be_writable("resize it")
        self._say(Op.RESIZE, 0, check_size(cols, rows))

    def signal(self, name: str) -> None:
        """Signal the foreground. Raises `InvalidRequestError` for a signal that is not known, and as `type` does."""
        if name not in SIGNALS:
            raise InvalidRequestError(f"signal must be one of {', '.join(SIGNALS)}, and {name!r} is not")
        self.must_be_writable("send it signals")
        if name == "INT":
            self.interrupts.sent()
        self._say(Op.SIGNAL, 0, name)

    def leave(self) -> None:
        """Say goodbye; the terminal goes on."""
        self._messages.close()

    def check(self) -> None:
        """Raise the error for which nothing more can come, or the refusal that came, if there is one."""
        self.check_refused()
        if self.closed is None:
            return
        if self.exit is not None:
            raise NotFoundError("the program has ended, and takes nothing more")
        code, reason = self.closed
        if code == TakenOverError.close_code:
            raise TakenOverError(reason)
        status = code - 4000 if 4400 <= code < 4500 else 503
        raise from_status(status, reason or f"the connection to the terminal ended with {code}")

    def check_refused(self) -> None:
        """Raise the refusal that came, if there is one; once, because the stream goes on."""
        if self.refused is not None:
            refused, self.refused = self.refused, None
            raise refused

    def must_be_writable(self, what: str) -> None:
        """Raise `NotAllowedError`, that says `what` is not allowed, for who may only watch."""
        if self.model is not None and not self.model["writable"]:
            raise NotAllowedError(f"you may watch this terminal, not {what}")

    def _take_in(self, message: Message) -> None:
        op = message.op
        if op is Op.OUTPUT:
            self.unread += message.value
            self._offset = message.sequence + len(message.value)
        elif op is Op.INPUT_ACK:
            self.taken = max(self.taken, message.sequence)
            self._send_input()
        elif op is Op.HELLO:
            self.model = message.value
            self._offset = self._acked = message.sequence
            # An attachment that comes back goes on counting: numbers that were seen before are passed over.
            self.sent = self.taken = message.value["input"]
            self.prompting = message.value.get("integration") == "live" and not message.value.get("busy")
            self.busy = not self.prompting
            self.at_work = self.busy and message.value.get("integration") == "live"
            self.editing = bool(message.value.get("editing"))
            self.narrow = bool(message.value.get("narrow"))
        elif op is Op.EXIT:
            self.prompting = False
            self.exit = message.value
        elif op is Op.EVENT:
            self._happened(message.sequence, message.value)
        elif op is Op.RESIZED:
            self.size = message.value
        elif op is Op.SNAPSHOT:
            model = self.model or {}
            size = self.size or (model.get("cols", 80), model.get("rows", 24))
            self.snapshot = Snapshot(message.sequence, size, message.value)
        elif op is Op.GAP:
            self.gaps += 1
            if len(self.unread) > (self._gaps[-1][0] if self._gaps else 0):
                self._gaps.append((len(self.unread), self._offset))
            self._offset = message.sequence
        elif op is Op.ERROR:
            kind = TooLargeError if message.value.get("code") == "line_too_long" else NotAllowedError
            self.refused = kind(str(message.value.get("message", "the engine refused")))

    def _happened(self, offset: int, event: dict[str, Any]) -> None:
        kind, known = event["kind"], -1 if self.model is None else self.model.get("offset", 0)
        if self.model is None or offset < known or (offset == known and kind != "editing"):
            return  # history: the model has it already; what is typed now has no output yet
        if kind in ABOUT_LINES:
            self.events.append(event)
        if kind == "integration":
            self.model = {**self.model, "integration": event["integration"]}
            self.prompting = False
        self.interrupts.event(event)
        if kind in ("prompt", "command_started"):
            self.prompting, self.editing = kind == "prompt", False
            self.busy = self.at_work = not self.prompting
        elif kind == "editing":
            self.editing = True

    def _drop(self, count: int) -> None:
        del self.unread[:count]
        self._gaps = [(before - count, end) for before, end in self._gaps if before > count]

    def _send_input(self) -> None:
        while self._under_way and self._under_way[0][0] <= self.taken:
            self._under_way.popleft()
        room = INPUT_WINDOW - sum(length for _, length in self._under_way)
        while self._waiting and room > 0:
            number, piece = self._waiting.popleft()
            room -= len(piece)
            self.waiting -= len(piece)
            self._under_way.append((number, len(piece)))
            self._say(Op.INPUT, number, piece)

    def _acknowledge(self, *, received: bool = False) -> None:
        done = self._offset if received else self.position
        if done - self._acked >= ACK_EVERY or (done > self._acked and not self.unread):
            self._acked = done
            self._say(Op.ACK, done)

    def _say(self, op: Op, sequence: int, value: Any = None) -> None:
        try:
            self._messages.send(encode(Message(op, sequence, time.time_ns() // 1000, value)))
        except OrchflowError as error:
            raise InvalidRequestError(error.message) from error
