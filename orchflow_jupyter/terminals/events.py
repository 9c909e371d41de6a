"""What happened in a terminal beside its output, each with the output offset at which it happened."""

import time
from bisect import bisect_left
from typing import Any

__all__ = ["Events"]

KEPT = 2048
"""Events that are remembered for those who come late; a command has some five."""


class Events:
    """Events in order; each is named by a number that never changes."""

    __slots__ = ("_base", "_events", "_offsets")

    def __init__(self) -> None:
        self._base = 0
        self._offsets: list[int] = []
        self._events: list[tuple[int, dict[str, Any]]] = []

    def add(self, offset: int, event: dict[str, Any]) -> None:
        """It happened now, at `offset`, which is not before that of the last one."""
        self._offsets.append(offset)
        self._events.append((time.time_ns() // 1000, event))
        if len(self._offsets) > KEPT:
            del self._offsets[: KEPT // 2], self._events[: KEPT // 2]
            self._base += KEPT // 2

    def since(self, offset: int) -> int:
        """The number of the first one at `offset` or beyond."""
        return self._base + bisect_left(self._offsets, offset)

    def offset_of(self, number: int) -> int | None:
        """Where event `number` lies; the oldest that is known for one that is forgotten, None for one to come."""
        index = max(0, number - self._base)
        return self._offsets[index] if index < len(self._offsets) else None

    def take(self, number: int) -> tuple[int, int, dict[str, Any]]:
        """The next number, and the time (µs) and the event of `number`, or of the oldest that is known."""
        number = max(number, self._base)
        return number + 1, *self._events[number - self._base]
