"""Long work in short slices, one after the other, between which the loop has time for keystrokes."""

import asyncio
from collections import deque
from collections.abc import Iterator
from time import perf_counter

__all__ = ["SLICE", "Slices"]

SLICE = 0.0001
"""Seconds of such work in one turn of the loop."""


class Slices:
    """Work that is carried out in the order in which it came; made within a loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._works: deque[Iterator[None]] = deque()

    def carry_out(self, steps: Iterator[None], *, at_once: bool) -> None:
        """Carry out `steps`, after those before them: now, or in slices."""
        if at_once and not self._works:
            for _ in steps:
                pass
            return
        self._works.append(steps)
        if len(self._works) == 1:
            self._loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        until = perf_counter() + SLICE
        while self._works:
            for _ in self._works[0]:
                if perf_counter() > until:
                    self._loop.call_soon(self._go_on)
                    return
            self._works.popleft()
