"""How long things take, counted in fixed buckets: ten to each factor of ten, from 10 µs to 10 s. Pure."""

from bisect import bisect_left
from itertools import accumulate
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
        self.counts = [ours + theirs for ours, theirs in zip(self.counts, other.counts, strict=True)]
        self.sum += other.sum

    def quantile(self, share: float) -> float | None:
        """The seconds that `share` (0 to 1) of them stayed within; None where nothing was counted.

        Within its bucket it is interpolated by ratio, as the buckets grow; of the last one only the lower end is known.
        """
        wanted = share * self.count
        if not self.count:
            return None
        before = 0
        for bucket, (count, upto) in enumerate(zip(self.counts, accumulate(self.counts), strict=True)):
            if count and upto >= wanted:
                if bucket == len(BOUNDS):
                    break
                upper = BOUNDS[bucket]
                lower = BOUNDS[bucket - 1] if bucket else upper / 1.25
                return float(lower * (upper / lower) ** ((wanted - before) / count))
            before = upto
        return BOUNDS[-1]

    def summary(self) -> dict[str, Any]:
        """`{"count", "p50", "p95", "p99"}`, the last three in seconds or null."""
        return {"count": self.count} | {name: self.quantile(share) for name, share in _QUANTILES}

    def as_json(self) -> dict[str, Any]:
        """The summary, and `sum` in seconds, and `buckets`: a count for each of `BOUNDS`, and one for the rest."""
        return self.summary() | {"sum": self.sum, "buckets": self.counts}
