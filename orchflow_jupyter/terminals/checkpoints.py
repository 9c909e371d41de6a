"""When the emulator of `screen.py` parses, and how far: behind the stream, off the way of keys and output.

It is loaded for the first client that needs it, or before the ring would lose what matters and nobody parsed. It
follows at a distance of `checkpoint_back` while the terminal is idle. A flood of plain text is not parsed at all: what
of it is still to be seen at its end lies in the ring (`plain.py`).
"""

from asyncio import AbstractEventLoop, TimerHandle
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from orchflow_jupyter.settings import TerminalSettings
from orchflow_jupyter.terminals.emulator import emulator
from orchflow_jupyter.terminals.plain import PEN, lines_ended, pen_after, plain_part
from orchflow_jupyter.terminals.ring import Ring
from orchflow_jupyter.terminals.sizes import Sizes

if TYPE_CHECKING:
    from orchflow_jupyter.terminals.screen import Screen

__all__ = ["Checkpoint", "Checkpoints"]

IDLE = 0.02
"""Seconds between two pieces that are parsed while nothing hurries."""
PIECE = 64 * 1024
NEVER = 1 << 62
FORGET = b"\x1b[3J"
"""Empties the scrollback (xterm's control sequences, ED)."""
CUT_SEARCH = 4096
"""Bytes within which a place for the cut is looked for: the start of a line, else the end of a sequence."""


class Checkpoint(NamedTuple):
    """The state of a terminal before the byte at `offset`, as bytes that paint it on a reset terminal of its size."""

    offset: int
    size: tuple[int, int]
    data: bytes


class Checkpoints:
    """The emulator of one terminal, and the checkpoints that are made with it."""

    def __init__(self, loop: AbstractEventLoop, ring: Ring, sizes: Sizes, settings: TerminalSettings) -> None:
        self._loop = loop
        self._ring = ring
        self._sizes = sizes
        self._settings = settings
        self._back = min(settings.checkpoint_back, ring.capacity // 4)
        self._half = ring.capacity // 2
        self._piece = min(PIECE, ring.capacity // 8)
        self._screen: Screen | None = None
        self._at = 0
        self._plain = 0
        """All between the emulator and here is text that may be left out (`plain.py`)."""
        self._pen = b""
        self._pieces: deque[tuple[int, bytes]] = deque()
        """Where pieces of that text begin, and the sequences since its beginning that make the pen there."""
        self._size = (0, 0)
        self._timer: TimerHandle | None = None
        self._idle_from = 0
        self._made: Checkpoint | None = None
        self._closed = False
        self.due = self._half if settings.snapshots else NEVER
        """The end of the output from which on `follow` is to be called."""

    @property
    def title(self) -> str:
        """The terminal's title as far as it was parsed; "" where it was not."""
        return self._screen.title if self._screen else ""

    @property
    def short(self) -> bool:
        """Whether a new client may as well have all output since birth."""
        return self._ring.start == 0 and self._ring.end <= 2 * self._back

    def follow(self) -> None:
        """Output came: see to what the ring would lose soon; the rest is parsed when there is time."""
        if self._closed or not emulator.there:
            self.due = NEVER
            return
        if self._ring.end - self._plain > self._half:
            self._save(self._ring.end - max(self._back, self._half - self._piece))
        elif self._timer is None and self._plain < self._ring.end - self._back - self._piece:
            self._idle_from = self._ring.end
            self._timer = self._loop.call_later(IDLE, self._idle)

    def latest(self) -> Checkpoint | None:
        """A checkpoint some `checkpoint_back` before the end; None where none can be made."""
        return self._checkpoint(self._ring.end)

    def _checkpoint(self, limit: int) -> Checkpoint | None:
        made, oldest = self._made, max(self._ring.start, self._ring.end - 2 * self._back)
        if made is not None and made.offset >= oldest and made.size == self._sizes.at(made.offset):
            return made
        if not self._go_to(self._ring.end - self._back) or not self._cut(limit) or self._screen is None:
            return None
        self._made = Checkpoint(self._at, self._size, self._screen.snapshot(scrollback=self._kept()))
        return self._made

    def now(self, at: int | None = None) -> "Screen | None":
        """The emulator, at the end of the output, or `at` an offset in it; None where there is none.

        It cannot go back, so a checkpoint is made first for clients that come later.
        """
        goal = self._ring.end if at is None else at
        if not self.short:
            self._checkpoint(goal)
        return self._screen if self._go_to(goal) else None

    def fork(self, scrollback: int = 0, end: int | None = None) -> "Screen | None":
        """Another emulator, at the output's end or at `end`, while ours stays behind; with `scrollback` lines above.

        None where there is none, or it is beyond `end`.
        """
        end = self._ring.end if end is None else end
        if self._closed or not emulator.there:
            return None
        if self._screen is not None or not self.short:
            self._go_to(self._ring.end - self._back)
        screen, at = None, self._at
        if self._screen is not None:  # with another size lines come back that had scrolled away
            if at > end:
                return None
            screen = self._screen.fork(scrollback=scrollback > 0 or self._next_size(at) < end)
        if screen is None:
            at = self._ring.line_start(self._ring.start)
            screen = emulator.start(*self._sizes.at(at), self._settings)
        while screen is not None and at < end:
            data = self._ring.read(at, min(end, self._next_size(at)) - at)
            at += len(data)
            if at == end:
                screen.feed_to_show(data, scrollback)
            else:
                screen.feed(data)
            screen.resize(*self._sizes.at(at))
        return screen

    def settle(self) -> None:
        """The program has ended, and its last output, however much, is about to come: be near the end."""
        if self._ring.end >= self.due:
            self._save(self._ring.end - self._back)

    def close(self) -> None:
        """Give the memory back."""
        self._closed = True
        self.rest()
        self._made = None
        if self._screen is not None:
            self._screen.close()
            self._screen = None

    def rest(self) -> None:
        """Parse no more by itself."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # -- within

    def _kept(self) -> int | None:
        """Rows above the screen of which something is left when all that came since has scrolled; None for all."""
        if self._screen is None or not self._screen.fills_scrollback:
            return None
        ended = lines_ended(self._ring.read(self._at, self._next_size(self._at) - self._at))
        return max(0, self._settings.scrollback - max(0, ended - self._size[1]))

    def _idle(self) -> None:
        self._timer = None
        goal = self._ring.end - self._back
        if (
            self._ring.end - self._idle_from <= self._piece
        ):  # with more, somebody floods: that is parsed when it is over
            self._save(min(self._plain + self._piece, goal))
        self._idle_from = self._ring.end
        if goal - self._plain >= self._piece and not self._closed:
            self._timer = self._loop.call_later(IDLE, self._idle)

    def _save(self, goal: int) -> None:
        """Make sure that the ring may lose what lies before `goal`: by parsing it, unless it is plain text."""
        while self._plain < goal:
            size = max(1, min(self._piece, self._next_size(self._plain) - self._plain))
            if not self._pass(size) and not (self._advance(self._plain + size) and self._cut(self._ring.end)):
                break  # or there is no emulator, or no end of a sequence yet
        self.due = self._plain + self._back + self._piece

    def _pass(self, size: int) -> bool:
        """Leave the next bytes unparsed where they are plain; whether they are."""
        if self._plain < self._ring.start or not (self._plain > self._at or self._scrolls()):
            return False
        data = self._ring.read(self._plain, size)
        pen, part = self._pen, plain_part(data)
        if not part or (after := pen_after(data, pen)) is None:
            return False
        self._pieces.append((self._plain, pen))
        while self._pieces[0][0] < self._ring.start:
            self._pieces.popleft()
        self._pen = after
        self._plain += part
        return True

    def _scrolls(self) -> bool:
        return self._screen.scrolls if self._screen is not None else self._at == 0

    def _go_to(self, goal: int) -> bool:
        """As `_advance`, where what comes before `goal` may not have been looked through."""
        goal = min(goal, self._ring.end)
        while self._plain < goal:
            if not self._pass(min(self._piece, goal - self._plain, self._next_size(self._plain) - self._plain)):
                break
        return self._advance(goal)

    def _advance(self, goal: int) -> bool:
        """Parse up to `goal`, each byte at the size that held for it; whether there is an emulator to do it."""
        goal = min(goal, self._ring.end)
        if self._screen is None and not self._begin():
            return False
        if self._at < goal:
            self._leave_out(goal)
        if self._at < self._ring.start:
            self._begin()  # overrun
        self._reached(self._at)
        screen = self._screen
        while screen is not None and self._at < goal:
            limit = self._next_size(self._at)
            data = self._ring.read(self._at, min(self._piece, goal - self._at, limit - self._at))
            screen.feed(data)
            self._reached(self._at + len(data))
        self.due = self._plain + self._back + self._piece
        return screen is not None

    def _begin(self) -> bool:
        """Begin with as much as is still known; whether there is an emulator now."""
        if self._screen is not None:
            self._screen.close()
            self._screen = None
        if self._closed or not self._settings.snapshots or not emulator.there:
            return False
        if self._at < self._ring.start > self._plain:
            self._reached(self._ring.line_start(self._ring.start))
        self._size = self._sizes.at(self._at)
        self._screen = emulator.start(*self._size, self._settings)
        return self._screen is not None

    def _leave_out(self, goal: int) -> None:
        """Go past plain text that is gone, or that so many lines follow before `goal` that nothing of it is left."""
        screen, end = self._screen, min(goal, self._plain)
        lines = self._settings.scrollback + 2 * self._size[1]
        chosen: tuple[int, bytes] | None = None
        for offset, pen in reversed(self._pieces):
            if offset < max(self._at + 1, self._ring.start) or lines <= 0:
                break
            if offset < end:
                chosen = offset, pen
                lines -= self._ring.read(offset, min(self._piece, end - offset)).count(b"\n")
        if screen is None or chosen is None or (lines > 0 and self._at >= self._ring.start):
            return  # or all of it is there, and not too much to be parsed
        offset, pen = chosen
        first = self._ring.read(offset, min(self._piece, end - offset))
        line = len(first) - len(first.split(b"\n", 1 + max(0, -lines))[-1])
        self._reached(offset)
        # What lies above the hole is not what came before it.
        screen.feed(b"\r\n" + pen + b"".join(PEN.findall(first[:line])) + first[line:] + FORGET)
        self._reached(offset + len(first))

    def _cut(self, limit: int) -> bool:
        """Go on to a place before `limit` where a stream may begin; whether there is one."""
        screen, end = self._screen, min(limit, self._next_size(self._at))
        if screen is None or self._at >= end:
            return screen is not None and screen.ground
        near = self._ring.read(self._at, min(CUT_SEARCH, end - self._at))
        if newline := near.find(b"\n") + 1:
            screen.feed(near[:newline])
            self._reached(self._at + newline)
        while not screen.ground and self._at < limit:
            near = self._ring.read(self._at, min(CUT_SEARCH, limit - self._at, self._next_size(self._at) - self._at))
            taken = screen.feed_until_ground(near)
            self._reached(self._at + (len(near) if taken is None else taken))
        return screen.ground

    def _next_size(self, at: int) -> int:
        offset = self._sizes.offset_of(self._sizes.after(at))
        return self._ring.end if offset is None else offset

    def _reached(self, offset: int) -> None:
        self._at = offset
        if offset >= self._plain:
            self._plain, self._pen = offset, b""
            self._pieces.clear()
        size = self._sizes.at(offset)
        if self._screen is not None and size != self._size:
            self._size = size
            self._screen.resize(*size)
