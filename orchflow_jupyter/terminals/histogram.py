"""How long things take, counted in fixed buckets: ten to each factor of ten, from 10 µs to 10 s. Pure."""

from bisect import bisect_left
from itertools import accumulate
from operator import add
from typing import Any

__all__ = ["BOUNDS", "Histogram"]

_STEPS = (1.0, 1.25, 1.6, 2.0, 2.5, 3.15, 4.0, 5.0, 6.3, 8.0)
"""The preferred numbers R10 (ISO 3): each a quarter more than the one before."""

BOUNDS = (*(round(step * 10.0**power, 10) for power in range(-5, 1) for step in _STEPS), 10.0)
"""The upper ends of the buckets, in seconds, each within its bucket; one more bucket holds what took longer."""

_QUANTILES = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))


class Histogram:
    """Counts of times in seconds. All histograms have the same buckets, so that they can be added up."""

    __slots__ = ("counts", "sum")

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS) + 1)
        self.sum = 0.0

    @property
    def count(self) -> int:
        """How many times were counted."""
        return sum(self.counts)

    def add(self, seconds: float) -> None:
        """Count one."""
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.sum += seconds

    def merge(self, other: "Histogram") -> None:
        """Count all that the other has counted."""
        self.counts = list(map(add, self.counts, other.counts))
        self.sum += other.sum

    def summary(self) -> dict[str, Any]:
        """`{"count", "p50", "p95", "p99"}`, the last three in seconds or null."""
        upto = list(accumulate(self.counts))
        return {"count": upto[-1]} | {name: _quantile(self.counts, upto, share) for name, share in _QUANTILES}

    def as_json(self) -> dict[str, Any]:
        """The summary, and `sum` in seconds, and `buckets`: a count for each of `BOUNDS`, and one for the rest."""
        return self.summary() | {"sum": self.sum, "buckets": self.counts}


def _quantile(counts: list[int], upto: list[int], share: float) -> float | None:
    """Interpolated by ratio within its bucket, as the buckets grow; of the last one only the lower end is known."""
    if not upto[-1]:
        return None
    wanted = max(share * upto[-1], 1e-9)
    bucket = bisect_left(upto, wanted)
    if bucket >= len(BOUNDS):
        return BOUNDS[-1]
    upper = BOUNDS[bucket]
    lower = BOUNDS[bucket - 1] if bucket else upper / 1.25
    before = upto[bucket - 1] if bucket else 0
    return float(lower * (upper / lower) ** ((wanted - before) / counts[bucket]))
