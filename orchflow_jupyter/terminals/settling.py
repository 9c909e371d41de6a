"""Changes of size: at once, but in a storm of them only the last one, when it has settled."""

from asyncio import AbstractEventLoop, TimerHandle
from collections.abc import Callable

__all__ = ["Settling"]

HEARD = 1.0
"""Seconds after a change of size in which a prompt tells nothing of whether its shell has heard of it."""


class Settling:
    """Calls `apply` with a new size, at most once in `settle` seconds; `at` is when it last did.

    `repeat` is called at the first prompt soon after it: bash does not hear of a size that changes while it makes its
    line editor ready (38 of 600 that changed in the milliseconds before its first prompt), and would go on to break
    lines at the old width.
    """

    __slots__ = ("_apply", "_closed", "_loop", "_repeat", "_settle", "_timer", "_told", "at", "size", "wanted")

    def __init__(
        self,
        loop: AbstractEventLoop,
        settle: float,
        size: tuple[int, int],
        apply: Callable[[int, int], None],
        repeat: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._settle = settle
        self._apply = apply
        self._repeat = repeat
        self._told = True
        self._timer: TimerHandle | None = None
        self._closed = False
        self.size = self.wanted = size
        """The size that was applied last, and the one that is to be: of a storm the last so far."""
        self.at = -1.0

    def change(self, cols: int, rows: int) -> None:
        """This is the size that is wanted now."""
        self._forget()
        self.wanted = cols, rows
        if self.wanted == self.size or self._closed:
            return
        wait = self.at + self._settle - self._loop.time()
        if wait > 0:
            self._timer = self._loop.call_later(wait, self.change, cols, rows)
            return
        self.at = self._loop.time()
        self.size = cols, rows
        self._told = False
        self._apply(cols, rows)

    def prompted(self) -> None:
        """The program waits for a line."""
        if not self._told and self._loop.time() < self.at + HEARD and not self._closed:
            self._repeat()
        self._told = True

    def close(self) -> None:
        """Change nothing any more."""
        self._closed = True
        self.wanted = self.size
        self._forget()

    def _forget(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
