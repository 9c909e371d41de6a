"""One listener of a terminal: an offset into its ring, a window, and the messages that come next.

A listener pulls. Whoever owns it calls `pull` while the client can take more, and is told by `wake` when there may be
more to pull. It holds no output: what it has not pulled lies in the terminal's ring, and when the ring has moved past
it the client is told by GAP.
"""

from collections import deque
from collections.abc import Callable
from time import perf_counter, time_ns
from typing import TYPE_CHECKING, Any

from orchflow_jupyter.protocol.terminal import HEAD, HEAD_SIZE, PROTOCOL, Message, Op, encode
from orchflow_jupyter.terminals.events import Events

if TYPE_CHECKING:
    from orchflow_jupyter.terminals.ownership import Claim
    from orchflow_jupyter.terminals.session import Session

__all__ = ["Listener"]

OUTPUT = int(Op.OUTPUT)
AHEAD = 0.03
"""Seconds of work that lie before a client, at its own pace: a key that ends a flood shows not much later."""
LEAST = 128 * 1024
"""Bytes that a window has at least: a message, and what a client may leave unacknowledged (docs/protocol.md)."""
SAMPLE = 0.05
"""Seconds for which a client's pace is taken."""
FAR = 1.0
"""Seconds to a client and back that are believed; where none are known, it may take `AHEAD`."""


class Listener:
    """What one attached client is sent, message by message.

    `since` is the offset that the client has read to, or None for one that has nothing.
    """

    def __init__(
        self,
        session: "Session",
        wake: Callable[[], None],
        evict: Callable[[], None],
        since: int | None,
        attachment: str,
        writable: bool,
        answers: bool = True,
    ) -> None:
        self.session = session
        self.wake = wake
        self.evict = evict
        self.attachment = attachment
        self.writable = writable
        self.answers = writable and answers
        """Whether its emulator answers what the program asks its terminal."""
        self._drives = not answers
        """Whether it is code that types lines: it is told who types at the prompt."""
        self.claim: Claim | None = None
        """What it says about the terminal's size; None for who may only watch."""
        self.input_held = False
        self.jammed = False
        """Set by the owner while the way to the client is full."""
        self.finished = False
        self._greeted = False
        self._before = True
        self.window = session.window
        """Bytes that may be under way now."""
        self._sampled = 0
        self._sampled_at = 0.0
        self._way = FAR
        """Seconds to the client and back, its work on a little output included: the fewest that were seen."""
        ring = session.ring
        known = since is not None and since <= ring.end
        self._gaps: deque[tuple[int, int]] = deque()
        self._left_out = 0
        self._lost = known and since is not None and since < ring.start
        self._snapshot: bytes | None = None
        if known and since is not None and not self._lost:
            self.offset = since
        elif session.checkpoints.short:
            self.offset = 0
        else:
            self.offset = self._go_to_checkpoint(ring.line_start(ring.start))
        self.acked = self.offset
        self._size = session.sizes.at(self.offset)
        self._announce = self._size != (session.cols, session.rows)
        self._next_size = session.sizes.after(self.offset)
        # What happened at `since` itself may not have reached the client with the output before it.
        self._next_event = session.events.since(self.offset) if session.events is not None else 0

    @property
    def under_way(self) -> int:
        """Bytes of output that were sent and not acknowledged."""
        return self.offset - self.acked - self._left_out

    def has_room(self) -> bool:
        """Whether the window has room for more output."""
        return self.under_way < self.window

    def can_take(self) -> bool:
        """Whether more output is wanted for this client: what it has not finished with, sent or not, is no window yet.

        What waits in the ring counts too: it lies between a key that ends a flood and what the flood leaves.
        """
        return not self.jammed and self.session.ring.end - self.acked - self._left_out < self.window

    def acknowledge(self, offset: int) -> None:
        """The client has finished with the output before `offset`."""
        had_room, could_take = self.has_room(), self.can_take()
        self.acked = max(self.acked, min(offset, self.offset))
        self._settle_gaps()
        self._follow_pace()
        if not could_take and self.can_take():
            self.session.update()
        if not had_room and self.has_room():
            self.wake()

    def _follow_pace(self) -> None:
        """Let the window be what the client does in a short while."""
        session, now = self.session, perf_counter()
        if self.acked == session.ring.end:
            self._sampled_at = 0.0  # it waits for the program, and that says nothing of its own pace
            self._way = min(self._way, now - session.tally.read_at)
            return
        if self._sampled_at == 0.0:
            self._sampled, self._sampled_at = self.acked, now
        elif (took := now - self._sampled_at) >= SAMPLE:
            way = self._way if self._way < FAR else AHEAD
            wanted = int((self.acked - self._sampled) / took * (way + AHEAD))
            self.window = min(session.window, max(LEAST, wanted))
            self._sampled, self._sampled_at = self.acked, now
            session.paced()

    def pull(self) -> bytes | None:
        """The next message, encoded; None where there is none now, or the window is full."""
        if self._before and (message := self._first()) is not None:
            return message
        session, offset = self.session, self.offset
        ring = session.ring
        end = ring.end
        if offset < end - ring.capacity:
            return self._skip()
        limit = session.sizes.offset_of(self._next_size)
        if limit is not None:
            if limit <= offset:
                self._next_size = session.sizes.after(limit)
                return encode(Message(Op.RESIZED, limit, _now(), session.sizes.at(limit)))
            end = limit
        if session.events is not None and (due := session.events.offset_of(self._next_event)) is not None:
            if due <= offset:
                return self._event(session.events, due)
            end = min(end, due)
        if offset < end:
            room = min(self.window - offset + self.acked + self._left_out, session.piece, end - offset)
            if room <= 0:
                return None
            message = ring.read(offset, room, HEAD.pack(OUTPUT, offset, time_ns() // 1000))
            self.offset = offset + len(message) - HEAD_SIZE
            return message
        if session.exit is not None and not self.finished:
            self.finished = True
            return encode(Message(Op.EXIT, self.offset, _now(), session.exit.as_json()))
        return None

    def _first(self) -> bytes | None:
        """What comes before the output: at the beginning, and after a gap."""
        if not self._greeted:
            self._greeted = True
            return self._hello()
        if self._lost:
            self._lost = False
            self.session.gaps += 1
            return self._head(Op.GAP, self.offset)
        if self._announce:
            self._announce = False
            return encode(Message(Op.RESIZED, self.offset, _now(), self._size))
        self._before = False
        if self._snapshot is None:
            return None
        snapshot, self._snapshot = self._snapshot, None
        self.session.snapshots += 1
        return self._head(Op.SNAPSHOT, self.offset) + snapshot

    def _event(self, events: Events, offset: int) -> bytes | None:
        self._next_event, at, event = events.take(self._next_event)
        while event["kind"] == "editing" and not self._drives:
            due = events.offset_of(self._next_event)
            if due is None or due > offset:
                return self.pull()
            self._next_event, at, event = events.take(self._next_event)
        if event["kind"] == "editing":
            # A name is an attachment's key: others are not told it.
            event = {"kind": "editing", "yours": event["author"] == self.attachment}
        return encode(Message(Op.EVENT, offset, at, event))

    def _skip(self) -> bytes | None:
        if not self.has_room():
            return None
        ring = self.session.ring
        resumed = self._go_to_checkpoint(ring.line_start(max(ring.start, ring.end - self.session.slow_resume)))
        begin = self._gaps.pop()[0] if self._gaps and self._gaps[-1][1] == self.offset else self.offset
        self._gaps.append((begin, resumed))
        self._left_out += resumed - self.offset
        self._sampled_at = 0.0
        self.offset = resumed
        self._settle_gaps()
        self._next_size = self.session.sizes.after(resumed)
        self._size = self.session.sizes.at(resumed)
        self._announce = self._before = True
        self.session.gaps += 1
        return self._head(Op.GAP, resumed)

    def _go_to_checkpoint(self, otherwise: int) -> int:
        """Where to go on with a snapshot to send first; `otherwise` where none can be made."""
        checkpoint = self.session.checkpoints.latest()
        if checkpoint is None:
            return otherwise
        self._snapshot = checkpoint.data
        return checkpoint.offset

    def _settle_gaps(self) -> None:
        """Who has finished with all before a gap has finished with the gap."""
        while self._gaps and self._gaps[0][0] <= self.acked:
            begin, end = self._gaps.popleft()
            self._left_out -= end - begin
            self.acked = max(self.acked, end)

    def _hello(self) -> bytes:
        session = self.session
        extra: dict[str, Any] = {
            "attachment": self.attachment,
            "writable": self.writable,
            "window": self.session.window,
            "input": session.attachments.get(self.attachment, 0),
            "protocol": PROTOCOL,
        }
        if self._drives:
            shell = session.integration
            extra["editing"] = shell is not None and shell.editing.author is not None
            extra["narrow"] = shell is not None and shell.narrow
        return encode(Message(Op.HELLO, self.offset, _now(), session.model() | extra))

    def _head(self, op: Op, sequence: int) -> bytes:
        return HEAD.pack(op, sequence, _now())


def _now() -> int:
    return time_ns() // 1000
