"""When the emulator of `screen.py` parses, and how far: behind the stream, off the way of keys and output.

It is imported for the first client that needs a snapshot, or before the ring would lose bytes that nobody parsed. From
then on it follows at a distance of `checkpoint_back`: when the terminal is idle, and before the ring overruns it.
"""

import importlib.util
import logging
from asyncio import AbstractEventLoop, TimerHandle
from typing import TYPE_CHECKING, NamedTuple

from orchflow_jupyter.settings import TerminalSettings
from orchflow_jupyter.terminals.ring import Ring
from orchflow_jupyter.terminals.sizes import Sizes

if TYPE_CHECKING:
    from orchflow_jupyter.terminals.screen import Screen

__all__ = ["Checkpoint", "Checkpoints", "emulator"]

log = logging.getLogger(__name__)

IDLE = 0.02
"""Seconds between two pieces that are parsed while nothing hurries."""
PIECE = 64 * 1024
NEVER = 1 << 62
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
        self._screen: Screen | None = None
        self._at = 0
        self._size = (0, 0)
        self._timer: TimerHandle | None = None
        self._made: Checkpoint | None = None
        self._closed = False
        self.due = ring.capacity // 2 if settings.snapshots else NEVER
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
        """Output came: parse now what the ring would lose soon, the rest when there is time."""
        if self._closed or not self._wake():
            self.due = NEVER
            return
        if self._ring.end - self._at > self._ring.capacity // 2:
            self._advance(self._ring.end - max(self._back, self._ring.capacity // 2 - PIECE))
        elif self._timer is None:
            self._timer = self._loop.call_later(IDLE, self._idle)

    def latest(self) -> Checkpoint | None:
        """A checkpoint some `checkpoint_back` before the end; None where none can be made."""
        if self._closed or not self._wake():
            return None
        made, oldest = self._made, max(self._ring.start, self._ring.end - 2 * self._back)
        if made is not None and made.offset >= oldest and made.size == self._sizes.at(made.offset):
            return made
        self._advance(self._ring.end - self._back)
        if not self._cut() or self._screen is None:
            return None
        self._made = Checkpoint(self._at, self._size, self._screen.snapshot())
        return self._made

    def settle(self) -> None:
        """The program has ended, and its last output, however much, is about to come: be near the end."""
        if self._screen is not None:
            self._advance(self._ring.end - self._back)

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

    def _idle(self) -> None:
        self._timer = None
        goal = self._ring.end - self._back
        self._advance(min(self._at + PIECE, goal))
        if goal - self._at >= PIECE:
            self._timer = self._loop.call_later(IDLE, self._idle)

    def _wake(self) -> bool:
        """Whether there is an emulator now."""
        if self._screen is None and self._settings.snapshots and emulator.there:
            self._begin()
        return self._screen is not None

    def _begin(self) -> None:
        """Begin with as much as is still known."""
        if self._screen is not None:
            self._screen.close()
        self._at = self._ring.line_start(self._ring.start)
        self._size = self._sizes.at(self._at)
        self._screen = emulator.start(*self._size, self._settings)

    def _advance(self, goal: int) -> None:
        """Parse up to `goal`, each byte at the size that held for it."""
        if self._at < self._ring.start:
            self._begin()  # overrun
        self._reached(self._at)
        screen = self._screen
        goal = min(goal, self._ring.end)
        while screen is not None and self._at < goal:
            limit = self._next_size()
            data = self._ring.read(self._at, min(PIECE, goal - self._at, limit - self._at))
            screen.feed(data)
            self._reached(self._at + len(data))
        self.due = self._at + self._back + PIECE

    def _cut(self) -> bool:
        """Go on to a place where a stream may begin; whether there is one."""
        screen, end = self._screen, min(self._ring.end, self._next_size())
        if screen is None or self._at >= end:
            return screen is not None and screen.ground
        near = self._ring.read(self._at, min(CUT_SEARCH, end - self._at))
        if newline := near.find(b"\n") + 1:
            screen.feed(near[:newline])
            self._reached(self._at + newline)
        while not screen.ground and self._at < self._ring.end:
            near = self._ring.read(self._at, min(CUT_SEARCH, self._next_size() - self._at))
            taken = screen.feed_until_ground(near)
            self._reached(self._at + (len(near) if taken is None else taken))
        return screen.ground

    def _next_size(self) -> int:
        offset = self._sizes.offset_of(self._sizes.after(self._at))
        return self._ring.end if offset is None else offset

    def _reached(self, offset: int) -> None:
        self._at = offset
        size = self._sizes.at(offset)
        if self._screen is not None and size != self._size:
            self._size = size
            self._screen.resize(*size)


class _Emulator:
    """The library, looked for without loading it, loaded once."""

    def __init__(self) -> None:
        self.there = importlib.util.find_spec("pyghostty") is not None

    def start(self, cols: int, rows: int, settings: TerminalSettings) -> "Screen | None":
        """A screen of this size; None where the library does not load here."""
        try:
            from orchflow_jupyter.terminals.screen import Screen
        except (ImportError, OSError) as error:
            log.warning("no snapshots: pyghostty does not load: %s", error)
            self.there = False
            return None
        return Screen(cols, rows, settings.scrollback, settings.scrollback_bytes)

    @property
    def name(self) -> str | None:
        """What makes the snapshots; None where nothing does."""
        return "libghostty-vt" if self.there else None


emulator = _Emulator()
