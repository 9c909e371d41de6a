"""How fast a client may send: a token bucket in bytes and one in messages, filled up only when one of them is empty."""

import math

__all__ = ["InputRate"]

BURST = 1.0
"""Seconds of the rate that may come at once."""


class InputRate:
    """What may still come, as `bytes` and `messages`, which whoever takes them counts down; 0 a second is no limit."""

    __slots__ = ("_at", "_byte_rate", "_message_rate", "bytes", "messages")

    def __init__(self, byte_rate: int, message_rate: int, now: float) -> None:
        self._byte_rate = byte_rate or math.inf
        self._message_rate = message_rate or math.inf
        self._at = now
        self.bytes = BURST * self._byte_rate
        self.messages = BURST * self._message_rate

    def wait(self, now: float) -> float:
        """One of them is below zero: seconds to wait until neither is."""
        passed, self._at = now - self._at, now
        self.bytes = _filled(self.bytes, passed, self._byte_rate)
        self.messages = _filled(self.messages, passed, self._message_rate)
        return max(0.0, -self.bytes / self._byte_rate, -self.messages / self._message_rate)


def _filled(left: float, passed: float, rate: float) -> float:
    return left if math.isinf(rate) else min(BURST * rate, left + passed * rate)
