"""Whether a document can be used here: once it was opened, until it is closed, and in no process that was forked.

A forked one would write with its parent's client id, and two that do make another text each of the same edits.
"""

import os
import threading
import weakref
from typing import TYPE_CHECKING

from orchflow_jupyter.errors import EngineUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Life"]

CLOSED = "the document is closed; open it again to go on"
FORKED = "this document was opened by the process from which this one was forked: open it again here"

_all: "weakref.WeakSet[Life]" = weakref.WeakSet()


class Life:
    """`lock` guards the document; `over` says why it can be used no more, and is empty while it can."""

    def __init__(self, over: str = "") -> None:
        self.lock = threading.RLock()
        self.over = over
        self.forked: Callable[[], None] = lambda: None
        """Called in a process that was forked, in which `over` says so from then on."""
        _all.add(self)

    def check(self) -> None:
        """Raises `EngineUnavailableError` where it is over."""
        if self.over:
            raise EngineUnavailableError(self.over)

    def end(self) -> None:
        """It is closed."""
        self.over = self.over or CLOSED


def _after_fork() -> None:
    for life in list(_all):
        life.lock = threading.RLock()  # another thread may have held it, which is not here
        life.over = FORKED
        life.forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
