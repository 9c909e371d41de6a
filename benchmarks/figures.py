"""Figures and what is made of them: percentiles within a round, medians over rounds."""

import math
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["FULL", "QUICK", "TINY", "Amounts", "Figures", "Summary", "median_ms", "percentiles"]

Figures = dict[str, float]
"""What one measurement gave, by name; empty where it cannot be made."""


@dataclass(frozen=True)
class Amounts:
    """How much of everything in one round."""

    rounds: int
    keys: int
    busy_keys: int
    slow_keys: int
    """For a server that takes tens of milliseconds for each."""
    output_mib: int
    repeats: int
    inputs: int
    slow_inputs: int
    """For a server that would take a minute for all."""
    watch: float
    """Seconds that a process is watched."""
    idle: int
    """Terminals that do nothing."""


FULL = Amounts(
    rounds=5,
    keys=400,
    busy_keys=200,
    slow_keys=60,
    output_mib=64,
    repeats=5,
    inputs=100_000,
    slow_inputs=5000,
    watch=3.0,
    idle=200,
)
QUICK = Amounts(
    rounds=3,
    keys=100,
    busy_keys=50,
    slow_keys=20,
    output_mib=32,
    repeats=3,
    inputs=100_000,
    slow_inputs=1000,
    watch=1.0,
    idle=200,
)
TINY = Amounts(
    rounds=1,
    keys=5,
    busy_keys=5,
    slow_keys=5,
    output_mib=1,
    repeats=1,
    inputs=500,
    slow_inputs=500,
    watch=0.1,
    idle=5,
)


@dataclass(frozen=True)
class Summary:
    """One figure over all rounds."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: list[float]) -> "Summary":
        """The median and the spread."""
        return cls(statistics.median(values), min(values), max(values))


def percentiles(took: list[float]) -> Figures:
    """p50 and p99 (nearest rank)."""
    ranked = sorted(took)
    return {"p50": statistics.median(ranked), "p99": ranked[max(0, math.ceil(0.99 * len(ranked)) - 1)]}


def median_ms(call: Callable[[], object], count: int) -> float:
    """The median of the milliseconds that each of `count` calls takes."""
    took = []
    for _ in range(count):
        began = time.perf_counter()
        call()
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)
