"""From the PTY into the ring: reads while somebody can take it, in slices, at a pace that leaves room for others."""

from asyncio import AbstractEventLoop, TimerHandle
from collections.abc import Callable

from orchflow_jupyter.settings import TerminalSettings
from orchflow_jupyter.terminals.batching import Batching
from orchflow_jupyter.terminals.pty import Pty
from orchflow_jupyter.terminals.ring import Ring

__all__ = ["OutputReader", "Pace"]

POLITE_SLICE = 16 * 1024
POLITE_PAUSE = 0.001
LAST = 1024 * 1024
"""Bytes read at the end at most. It is more than the kernel holds (640 KiB, tty_buffer.c), so nothing of the program's
is lost, and one that it left behind in the background and that floods cannot keep us here."""
TOLD = 128 * 1024
"""Bytes of one terminal after which it is told that they were printed."""
TYPING = 0.25
"""Seconds after a key in another terminal during which a flooding one is read politely."""


class Pace:
    """Who typed last, shared by all terminals of an engine: a flood makes way for a sibling's keys.

    `printed` is told now and then how much they have printed.
    """

    __slots__ = ("printed", "typed_at", "typed_in")

    def __init__(self, printed: Callable[[int], None] = lambda size: None) -> None:
        self.printed = printed
        self.typed_in: object = None
        self.typed_at = -1.0

    def typed(self, terminal: object, now: float) -> None:
        """A key came in for `terminal`."""
        self.typed_in = terminal
        self.typed_at = now

    def polite(self, terminal: object, now: float) -> bool:
        """Whether `terminal` should leave room for another one."""
        return now - self.typed_at < TYPING and self.typed_in is not terminal


class OutputReader:
    """Reads a terminal's output into its ring and says so to `arrived`; `allowed` is asked before each slice."""

    def __init__(
        self,
        loop: AbstractEventLoop,
        pty: Pty,
        ring: Ring,
        settings: TerminalSettings,
        pace: Pace,
        allowed: Callable[[], bool],
        arrived: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._pty = pty
        self._ring = ring
        # A window and a slice fit into the ring together, or who keeps up would be overtaken.
        self._most = self.slice = min(settings.slice_bytes, settings.ring_bytes // 4)
        self._reads = settings.batch.max_messages
        self._pace = pace
        self._allowed = allowed
        self._arrived = arrived
        self._registered = False
        self._pause: TimerHandle | None = None
        self._ended = False
        self._printed = 0
        self.batching = Batching(settings.batch)

    def limit(self, size: int) -> None:
        """Read no more than `size` bytes at once, nor more than a slice; a little at least."""
        self.slice = min(self._most, max(POLITE_SLICE, size))

    def update(self) -> None:
        """Read on, or stop reading, as is allowed now."""
        if self._ended:
            return
        wanted = self._pause is None and self._allowed()
        if wanted != self._registered:
            self._registered = wanted
            if wanted:
                self._loop.add_reader(self._pty.fd, self._readable)
            else:
                self._loop.remove_reader(self._pty.fd)

    def drain(self) -> None:
        """Read all that is left, at the program's end; then never again."""
        self.stop()
        self._pty.let_go()
        size = 0
        while size < LAST and (count := self._pty.read_into(self._ring.space(self.slice))) > 0:
            self._ring.advance(count)
            size += count

    def stop(self) -> None:
        """Never read again."""
        self._ended = True
        if self._pause:
            self._pause.cancel()
            self._pause = None
        if self._registered:
            self._registered = False
            self._loop.remove_reader(self._pty.fd)

    def _readable(self) -> None:
        now, pace = self._loop.time(), self._pace
        polite = pace.typed_in is not self and pace.polite(self, now)
        size = self._pty.read_into(self._ring.space(POLITE_SLICE if polite else self.slice), self._reads)
        if size <= 0:
            if size < 0:
                self.stop()  # no output can come any more; the program's end is told by its process
            return
        self._ring.advance(size)
        self._arrived()
        self._printed += size
        if self._printed >= TOLD:
            pace.printed(self._printed)
            self._printed = 0
        wait = self.batching.wait_after(size, now)
        if polite and size >= POLITE_SLICE:
            wait = POLITE_PAUSE
        if wait:
            self._pause = self._loop.call_later(wait, self._resume)
            self.update()
        elif not self._allowed():
            self.update()

    def _resume(self) -> None:
        self._pause = None
        self.update()
