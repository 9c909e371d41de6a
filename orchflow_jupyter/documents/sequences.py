"""Runs that two sequences have in common, in order: what is found once in both, then the shortest script. Pure.

First "patience" (what occurs once in both, in the order of both), then Myers, "An O(ND) Difference Algorithm", 1986,
for what lies between. The work is bounded: where it would take too long, less is found.
"""

from bisect import bisect_left
from collections.abc import Hashable, Iterator, Sequence

__all__ = ["Budget", "matches"]

SCRIPT = 400
"""The longest script between two stretches; more different ones are taken as wholly different."""
BUDGET = 1_000_000
"""Steps of the search for scripts at most, in one comparison of texts; then larger edits have to do."""
_Runs = list[tuple[int, int, int]]


class Budget:
    """Steps that may still be taken."""

    def __init__(self, left: int = BUDGET) -> None:
        self.left = left

    def spend(self, steps: int) -> bool:
        """Whether there are as many."""
        self.left -= steps
        return self.left >= 0


def matches(
    old: Sequence[Hashable], new: Sequence[Hashable], budget: Budget | None = None
) -> Iterator[tuple[int, int, int]]:
    """Runs that are the same in both, in order: where in `old`, where in `new`, how many."""
    names: dict[Hashable, int] = {}
    a = [names.setdefault(one, len(names)) for one in old]
    b = [names.setdefault(one, len(names)) for one in new]
    start = size = other = 0
    for i, j, length in _matches(a, b, budget or Budget()):
        if size and i == start + size and j == other + size:
            size += length
            continue
        if size:
            yield start, other, size
        start, other, size = i, j, length
    if size:
        yield start, other, size


def _matches(a: list[int], b: list[int], budget: Budget) -> Iterator[tuple[int, int, int]]:
    """Runs that are the same: around, by what occurs once in both, then by the shortest script."""
    waiting = [(0, len(a), 0, len(b))]
    while waiting:
        low, high, other_low, other_high = waiting.pop()
        if high < 0:  # a run that was found, in its turn
            yield low, other_low, other_high
            continue
        start, other = low, other_low
        while low < high and other_low < other_high and a[low] == b[other_low]:
            low, other_low = low + 1, other_low + 1
        tail = 0
        while low < high and other_low < other_high and a[high - 1] == b[other_high - 1]:
            high, other_high, tail = high - 1, other_high - 1, tail + 1
        if low > start:
            yield start, other, low - start
        if tail:
            waiting.append((high, -1, other_high, tail))
        if low == high or other_low == other_high:
            continue
        anchors = _anchors(a, low, high, b, other_low, other_high)
        if not anchors:
            if budget.spend(min(high - low + other_high - other_low, SCRIPT) ** 2 // 2):
                yield from _script(a, low, high, b, other_low, other_high)
            continue
        pieces = []
        for i, j, size in anchors:
            pieces += [(low, i, other_low, j), (i, -1, j, size)]
            low, other_low = i + size, j + size
        waiting += reversed([*pieces, (low, high, other_low, other_high)])


def _anchors(a: list[int], low: int, high: int, b: list[int], other_low: int, other_high: int) -> _Runs:
    """The most pairs, in order in both, of what occurs once in each ("patience"); neighbours as one run."""
    places: dict[int, int] = {}
    for j in range(other_low, other_high):
        places[b[j]] = -1 if b[j] in places else j
    seen: dict[int, int] = {}
    for i in range(low, high):
        seen[a[i]] = -1 if a[i] in seen else i
    pairs = [(i, places[one]) for one, i in seen.items() if i >= 0 and places.get(one, -1) >= 0]
    tops: list[int] = []
    piles: list[int] = []
    links: list[int] = []
    for number, (_, j) in enumerate(pairs):
        pile = bisect_left(tops, j)
        links.append(piles[pile - 1] if pile else -1)
        tops[pile : pile + 1], piles[pile : pile + 1] = [j], [number]
    runs: _Runs = []
    number = piles[-1] if piles else -1
    while number >= 0:
        i, j = pairs[number]
        if runs and runs[-1][:2] == (i + 1, j + 1):
            runs[-1] = (i, j, runs[-1][2] + 1)
        else:
            runs.append((i, j, 1))
        number = links[number]
    return runs[::-1]


def _script(
    a: list[int], low: int, high: int, b: list[int], other_low: int, other_high: int
) -> Iterator[tuple[int, int, int]]:
    """Runs of the shortest script, and none where it is longer than `SCRIPT`."""
    n, m = high - low, other_high - other_low
    furthest = {1: 0}
    trace = []
    for d in range(min(n + m, SCRIPT) + 1):
        trace.append(dict(furthest))
        for k in range(-d, d + 1, 2):
            down = k == -d or (k != d and furthest[k - 1] < furthest[k + 1])
            x = furthest[k + 1] if down else furthest[k - 1] + 1
            while x < n and x - k < m and a[low + x] == b[other_low + x - k]:
                x += 1
            furthest[k] = x
            if x >= n and x - k >= m:
                yield from reversed([(low + i, other_low + j, size) for i, j, size in _back(trace, n, m)])
                return


def _back(trace: list[dict[int, int]], x: int, y: int) -> Iterator[tuple[int, int, int]]:
    """The way back through what was furthest in each round, as runs, the last first."""
    for d in range(len(trace) - 1, -1, -1):
        furthest, k = trace[d], x - y
        down = k == -d or (k != d and furthest[k - 1] < furthest[k + 1])
        came = furthest[k + 1] if down else furthest[k - 1] + 1
        start = came if d else 0
        if x > start:
            yield start, start - k, x - start
        x, y = (start, start - k - 1) if down else (start - 1, start - k)
