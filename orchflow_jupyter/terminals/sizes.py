"""The sizes that a terminal has had, each with the output offset from which it holds."""

from bisect import bisect_right

__all__ = ["Sizes"]

KEPT = 1024
"""Changes of size that are remembered; a terminal changes its size at most some twenty times a second."""


class Sizes:
    """A list of `(offset, (cols, rows))` in order; entries are named by a number that never changes."""

    __slots__ = ("_base", "_offsets", "_sizes")

    def __init__(self, cols: int, rows: int) -> None:
        self._base = 0
        self._offsets = [0]
        self._sizes = [(cols, rows)]

    def add(self, offset: int, cols: int, rows: int) -> None:
        """From `offset` on the terminal has this size."""
        self._offsets.append(offset)
        self._sizes.append((cols, rows))
        if len(self._offsets) > KEPT:
            del self._offsets[: KEPT // 2], self._sizes[: KEPT // 2]
            self._base += KEPT // 2

    def at(self, offset: int) -> tuple[int, int]:
        """The size in force for the byte at `offset`."""
        return self._sizes[max(0, bisect_right(self._offsets, offset) - 1)]

    def after(self, offset: int) -> int:
        """The number of the first change that lies beyond `offset`."""
        return self._base + bisect_right(self._offsets, offset)

    def offset_of(self, number: int) -> int | None:
        """Where change `number` lies; the oldest that is known for one that is forgotten, None for one to come."""
        index = max(0, number - self._base)
        return self._offsets[index] if index < len(self._offsets) else None
