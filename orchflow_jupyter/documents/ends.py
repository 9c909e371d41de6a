"""What two texts have in common at their ends, found without a look at each byte."""

from collections.abc import Callable

__all__ = ["same_ends"]


def same_ends(old: bytes, new: bytes) -> tuple[int, int]:
    """How many bytes at the beginning and, of the rest, at the end are the same."""
    most = min(len(old), len(new))
    front = _most(most, lambda n: old[:n] == new[:n])
    back = _most(most - front, lambda n: old[len(old) - n :] == new[len(new) - n :])
    return front, back


def _most(most: int, holds: Callable[[int], bool]) -> int:
    """The largest number up to `most` for which it holds, by halves."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if holds(middle):
            low = middle
        else:
            high = middle - 1
    return low
