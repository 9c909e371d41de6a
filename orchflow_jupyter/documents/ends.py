"""What two texts have in common at their ends, found without a look at each character. Pure."""

from collections.abc import Callable
from typing import AnyStr

__all__ = ["same_ends"]


def same_ends(old: AnyStr, new: AnyStr) -> tuple[int, int]:
    """How many characters, or bytes, at the beginning and, of the rest, at the end are the same."""
    most = min(len(old), len(new))
    front = _most(most, lambda low, high: old[low:high] == new[low:high])
    n, m = len(old), len(new)
    return front, _most(most - front, lambda low, high: old[n - high : n - low] == new[m - high : m - low])


def _most(most: int, alike: Callable[[int, int], bool]) -> int:
    """The greatest number up to which all are alike, by halves, so that it is C that compares."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if alike(low, middle):
            low = middle
        else:
            high = middle - 1
    return low
