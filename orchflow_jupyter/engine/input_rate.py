"""How fast a client may send: a token bucket in bytes that is filled up only when it is empty.

A message costs its data and `MESSAGE` bytes, so that the rate limits keys as it limits pastes; whoever takes messages
counts down what is left, which is one subtraction.
"""

import math

__all__ = ["MESSAGE", "InputRate"]

MESSAGE = 64
"""Bytes that a message counts for beside its data."""
BURST = 1.0
"""Seconds of the rate that may come at once."""


class InputRate:
    """`rate` is in bytes a second; 0 is no limit."""

    __slots__ = ("_at", "_rate", "full")

    def __init__(self, rate: int, now: float) -> None:
        self._rate = rate or math.inf
        self._at = now
        self.full = BURST * self._rate
        """What is left at the beginning."""

    def filled(self, left: float, now: float) -> float:
        """What is left of `left` now."""
        passed, self._at = now - self._at, now
        return min(self.full, left + passed * self._rate)

    def wait(self, left: float) -> float:
        """Seconds until nothing is owed."""
        return max(0.0, -left / self._rate)
