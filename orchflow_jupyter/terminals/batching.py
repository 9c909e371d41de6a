"""How long to gather output before it goes out: a rule, pure, told the time.

Gathering happens in the kernel: the terminal is left unread for a moment, so that a program which writes many small
pieces costs one wake-up and one message instead of one each.

- What follows a quiet spell, and what answers a key, goes at once: `QUICK` messages are free, `PER_INPUT` more for each
  input, and they come back with time.
- When they are used up, the wait grows from `FIRST_WAIT`, doubling up to `max_wait` while the load lasts.
- A read of `BULK` or more is never followed by a wait: the program is faster than we, and gathers by itself.
"""

from orchflow_jupyter.settings import BatchSettings

__all__ = ["Batching"]

QUICK = 32.0
PER_INPUT = 4.0
REFILL = 1000.0
"""Free messages that come back in a second."""
FIRST_WAIT = 0.0005
BULK = 2 * 1024
"""Bytes. The kernel holds some 20 KB for a terminal: a bulk writer fills it before a wait ends, and then stands."""


class Batching:
    """The state of the rule for one terminal; times are seconds of any steady clock."""

    __slots__ = ("_free", "_last", "_settings", "_wait")

    def __init__(self, settings: BatchSettings) -> None:
        self._settings = settings
        self._free = QUICK
        self._last = 0.0
        self._wait = FIRST_WAIT

    def typed(self) -> None:
        """Input went to the program: its answer is waited for."""
        self._free = min(QUICK, self._free + PER_INPUT)

    def wait_after(self, size: int, now: float) -> float:
        """The seconds to gather after `size` bytes went out at `now`; 0 is at once."""
        self._free = min(QUICK, self._free + (now - self._last) * REFILL)
        self._last = now
        if size >= min(BULK, self._settings.max_bytes):
            return 0.0
        if self._free >= 1.0:
            self._free -= 1.0
            if self._free > QUICK / 2:
                self._wait = FIRST_WAIT
            return 0.0
        if not self._settings.adaptive:
            return self._settings.max_wait
        wait = min(self._wait, self._settings.max_wait)
        self._wait = wait * 2
        return wait
