"""The last output of a terminal, addressed by its absolute offset since the terminal's birth.

The memory is an anonymous map, so that only what has been filled is ever touched (mmap(2), MAP_ANONYMOUS).
"""

import mmap

__all__ = ["Ring"]

LINE_SEARCH = 64 * 1024
"""Bytes within which the start of a line is looked for."""


class Ring:
    """Holds the bytes `start` to `end`; `end` counts all bytes that ever came.

    Filled either by `append`, or by writing into `space()` and telling how much with `advance`.
    """

    __slots__ = ("_map", "_view", "capacity", "end")

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.end = 0
        self._map = mmap.mmap(-1, capacity)
        self._view = memoryview(self._map)

    @property
    def start(self) -> int:
        """The offset of the oldest byte that is held."""
        return max(0, self.end - self.capacity)

    def space(self, limit: int) -> memoryview:
        """Where the next bytes go: at most `limit`, fewer before the map's own end; what is oldest lies there."""
        at = self.end % self.capacity
        return self._view[at : min(at + limit, self.capacity)]

    def advance(self, count: int) -> None:
        """Say that the first `count` bytes of `space()` were written."""
        self.end += count

    def append(self, data: bytes) -> None:
        """Take `data` in; of more than the capacity, the end is kept and all is counted."""
        self.end += max(0, len(data) - self.capacity)
        rest = memoryview(data)[-self.capacity :]
        while rest:
            space = self.space(len(rest))
            space[:] = rest[: len(space)]
            self.end += len(space)
            rest = rest[len(space) :]

    def read(self, offset: int, limit: int, head: bytes = b"") -> bytes:
        """A copy of at most `limit` bytes from `offset` on, after `head`, which saves copying it once more.

        Raises `IndexError` for an offset that is not held.
        """
        if not self.start <= offset <= self.end:
            raise IndexError(f"offset {offset} is not held: {self.start} to {self.end} are")
        at = offset % self.capacity
        size = min(limit, self.end - offset)
        around = at + size - self.capacity
        if around <= 0:
            return b"".join((head, self._view[at : at + size]))
        return b"".join((head, self._view[at:], self._view[:around]))

    def line_start(self, offset: int) -> int:
        """The first start of a line at or after `offset`; where none is near, the first start of a character.

        A stream may begin there without a half escape sequence or a half character before its first line.
        """
        offset = max(offset, self.start)
        if offset == 0:
            return 0
        data = self.read(offset - 1, LINE_SEARCH) if offset > self.start else b"\0" + self.read(offset, LINE_SEARCH)
        newline = data.find(b"\n")
        if newline >= 0:
            return offset + newline
        continuation = 1
        while continuation < min(4, len(data)) and data[continuation] & 0xC0 == 0x80:
            continuation += 1
        return offset + continuation - 1

    def close(self) -> None:
        """Give the memory back."""
        self._view.release()
        self._map.close()
