"""The ring of what a room has said: entries by number, the oldest go where there is no room for them."""

from collections import deque
from time import perf_counter
from typing import NamedTuple

from orchflow_jupyter.protocol.files import Resync

__all__ = ["Entry", "Ring"]


class Entry(NamedTuple):
    """A batch as the text of its events, or a resync, without events."""

    number: int
    events: str
    first_seen: int
    resync: Resync | None
    at: float
    """When it was put here, by the clock of `time.perf_counter`."""


class Ring:
    """Entries are numbered from 1; `limit` is their size in characters."""

    __slots__ = ("_entries", "_limit", "last", "size")

    def __init__(self, limit: int) -> None:
        self._entries: deque[Entry] = deque()
        self._limit = limit
        self.size = 0
        self.last = 0
        """The number of the newest entry that there ever was; 0 for none."""

    def add(self, events: str, first_seen: int, resync: Resync | None = None) -> None:
        """One more; it stays even where it alone is too large."""
        self.last += 1
        self._entries.append(Entry(self.last, events, first_seen, resync, perf_counter()))
        self.size += len(events)
        while self.size > self._limit and len(self._entries) > 1:
            self.size -= len(self._entries.popleft().events)

    def holds(self, number: int) -> bool:
        """Whether everything that came after `number` is still there."""
        return number <= self.last and (not self._entries or number >= self._entries[0].number - 1)

    def after(self, number: int) -> Entry | None:
        """The entry that follows `number`, which is held."""
        if number >= self.last:
            return None
        return self._entries[number + 1 - self._entries[0].number]
