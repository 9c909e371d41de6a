"""Observing that ends with who observes: pycrdt's observers hold what they call and what they are of, for good."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from weakref import WeakMethod, finalize

if TYPE_CHECKING:
    from pycrdt import Array, Doc, Map, Text

__all__ = ["observing"]


def observing(
    what: "Doc[Any] | Text | Map[Any] | Array[Any]", method: Callable[..., None], *, deep: bool = False
) -> "finalize[..., Any]":
    """Have a bound method told of what changes, until its object is gone, or until what is returned is called."""
    known = WeakMethod(method)

    def observer(event: Any) -> None:
        found = known()
        if found is not None:
            found(event)

    observe: Callable[[Any], Any] = what.observe_deep if deep else what.observe  # type: ignore[union-attr]
    ends = finalize(method.__self__, what.unobserve, observe(observer))  # type: ignore[attr-defined]
    ends.atexit = False
    return ends
