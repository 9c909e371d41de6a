"""Reading what inotify(7) reports: at once after a quiet spell, in ticks while much happens.

A wake-up for each of forty thousand events a second takes half of a processor from those who make them, and from
keystrokes. In ticks there are hundreds of events in a read; and what was made in a new directory meanwhile is found by
one look into it.
"""

import asyncio
import os
from collections import deque
from collections.abc import Callable
from struct import Struct
from typing import NamedTuple

from watchdog.observers.inotify_c import InotifyConstants as In

__all__ = ["Raw", "Reading"]

READ = 4 * 1024
"""Bytes of one read; whole events, which are made of it when their turn comes."""
READS = 16
"""Reads in one turn of the loop."""
HELD = 1024 * 1024
"""Bytes that wait here; what comes more waits in the kernel, which says so where that is too much for it."""
HEAD = Struct("iIII")
CHANGED = In.IN_MODIFY | In.IN_ATTRIB
PROMPT = 8
"""Reads in a row, with less than a tick between them, after which there are ticks."""
TICK = 0.01
"""Seconds."""


class Raw(NamedTuple):
    """One report, as the kernel has it."""

    wd: int
    mask: int
    cookie: int
    name: bytes


class Reading:
    """Reads the descriptor `fd`, and calls `came` when there is something; made within a running loop."""

    def __init__(self, fd: int, came: Callable[[], None]) -> None:
        self._fd = fd
        self._came = came
        self._loop = asyncio.get_running_loop()
        self._buffers: deque[bytes] = deque()
        self._held = 0
        self._prompt = 0
        self._read_at = 0.0
        self._tick: asyncio.TimerHandle | None = None
        self.events: deque[Raw] = deque()
        """What was reported and is to be told, the oldest first; `unpack` makes more."""
        self._loop.add_reader(fd, self._readable)

    def close(self) -> None:
        """Read no more."""
        if self._tick:
            self._tick.cancel()
        else:
            self._loop.remove_reader(self._fd)

    def fetch(self) -> None:
        """Read what there is, as far as it is for one turn."""
        for _ in range(READS):
            if self._held >= HELD:
                return
            try:
                data = os.read(self._fd, READ)
            except (BlockingIOError, InterruptedError):
                return
            self._buffers.append(data)
            self._held += len(data)

    def unpack(self, count: int = 1) -> bool:
        """Have `count` events, where as many were read; whether there are any."""
        while len(self.events) < count and self._buffers:
            data = self._buffers.popleft()
            self._held -= len(data)
            self._unpack(data)
        return bool(self.events)

    # -- within

    def _unpack(self, data: bytes) -> None:
        """As inotify(7) lays it out; what is said to have changed several times in a row is said once."""
        append, unpack, size = self.events.append, HEAD.unpack_from, HEAD.size
        at, end, changed = 0, len(data), None
        while at < end:
            wd, mask, cookie, length = unpack(data, at)
            at += size + length
            name = data[at - length : at].rstrip(b"\0")
            if not mask & CHANGED:
                changed = None
            elif changed == (wd, name):
                continue
            else:
                changed = (wd, name)
            append(Raw(wd, mask, cookie, name))

    def _readable(self) -> None:
        now = self._loop.time()
        self._prompt = self._prompt + 1 if now - self._read_at < TICK else 0
        self._read_at = now
        self.fetch()
        if self._prompt >= PROMPT:
            self._loop.remove_reader(self._fd)
            self._tick = self._loop.call_later(TICK, self._ticked)
        self._came()

    def _ticked(self) -> None:
        self.fetch()
        if self._buffers or self.events:
            self._tick = self._loop.call_later(TICK, self._ticked)
            self._came()
        else:
            self._tick = None
            self._prompt = 0
            self._loop.add_reader(self._fd, self._readable)
