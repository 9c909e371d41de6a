"""Gives memory back to the system: what large documents, large watched trees and much output leave behind.

A document's parts refer to one another, so only the garbage collector frees them, which an idle engine hardly ever
runs; and glibc keeps what was freed, in pieces, until it is asked (malloc_trim(3)). That does not reach the end of the
heaps of other threads, of which glibc keeps twice the largest block that it ever saw (mallopt(3), M_TRIM_THRESHOLD): so
all threads have one heap, once anything here is large.
"""

import asyncio
import ctypes
import gc
import sys
from typing import Any

__all__ = ["Release"]

LARGE = 128 * 1024
"""Bytes of a document, its history, or what is watched, that are worth the milliseconds that this takes."""
LARGE_ELSEWHERE = 1024 * 1024
"""The same at the end in a process that is not the engine's alone, where this takes ten times as long."""
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
BLOCK = 4 * 1024 * 1024
"""Bytes from which a block has pages of its own, and which the heap may have free at its end. Below that, the copies of
a text of 1 MB that a save makes have pages that are there already; new ones take ten times as long as the copying."""
TUNING = ((M_TRIM_THRESHOLD, BLOCK), (M_MMAP_THRESHOLD, BLOCK), (M_ARENA_MAX, 1))
MUCH = 1024 * 1024
"""Bytes of output that leave behind as much as is worth looking after."""
WAIT = 1.0
"""Seconds after which nothing of it is under way any more."""


class Release:
    """Of what one loop opens and closes; the first in the engine's own process tunes glibc for all of it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._printed = 0
        self._quiet: asyncio.TimerHandle | None = None
        self._due = self._again = False
        self._own = gc.get_freeze_count() > 0  # the engine's process did so when it began
        if self._own and (mallopt := _libc("mallopt")):
            for parameter, value in TUNING:
                mallopt(parameter, value)

    def later(self, size: int, *, closed: bool = False) -> None:
        """Soon free what was left over of so many bytes, if that is worth it."""
        if not (size >= LARGE if self._own else closed and size >= LARGE_ELSEWHERE):
            return
        self._again = self._due
        if not self._due:
            self._due = True
            self._loop.call_later(WAIT, self._release)

    def printed(self, size: int) -> None:
        """So much output went through: what it took is given back once it is quiet."""
        self._printed += size
        if self._quiet is None and self._printed >= MUCH and self._own:
            self._wait()

    def _wait(self) -> None:
        self._printed = 0
        self._quiet = self._loop.call_later(WAIT, self._look)

    def _look(self) -> None:
        self._quiet = None
        if self._printed >= LARGE:
            self._wait()  # it goes on, and would take again what it gave back
        else:
            _trim()

    def _release(self) -> None:
        gc.collect()
        _trim()
        self._due, self._again = self._again, False
        if self._due:
            self._loop.call_later(WAIT, self._release)


def _trim() -> None:
    if trim := _libc("malloc_trim"):
        trim(0)


def _libc(function: str) -> Any:
    """That of the C library; None where it has none, as other libraries than glibc."""
    return getattr(ctypes.CDLL(None), function, None) if sys.platform == "linux" else None
