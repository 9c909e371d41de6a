"""Changes of size: at once, but in a storm of them only the last one, when it has settled."""

from asyncio import AbstractEventLoop, TimerHandle
from collections.abc import Callable

__all__ = ["Settling"]


class Settling:
    """Calls `apply` with a new size, at most once in `settle` seconds; `at` is when it last did."""

    __slots__ = ("_apply", "_closed", "_loop", "_settle", "_timer", "at", "size")

    def __init__(
        self, loop: AbstractEventLoop, settle: float, size: tuple[int, int], apply: Callable[[int, int], None]
    ) -> None:
        self._loop = loop
        self._settle = settle
        self._apply = apply
        self._timer: TimerHandle | None = None
        self._closed = False
        self.size = size
        self.at = -1.0

    def change(self, cols: int, rows: int) -> None:
        """This is the size that is wanted now."""
        self._forget()
        if (cols, rows) == self.size or self._closed:
            return
        wait = self.at + self._settle - self._loop.time()
        if wait > 0:
            self._timer = self._loop.call_later(wait, self.change, cols, rows)
            return
        self.at = self._loop.time()
        self.size = cols, rows
        self._apply(cols, rows)

    def close(self) -> None:
        """Change nothing any more."""
        self._closed = True
        self._forget()

    def _forget(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
