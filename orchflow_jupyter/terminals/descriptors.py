"""The limit of open descriptors: as high as the system lets us go, and as it was for the programs that we start.

A program's limit stays its user's, because those that use select(2) cannot take descriptors from 1024 on.
"""

import contextlib
import resource
from collections.abc import Iterator

__all__ = ["as_before", "raise_limit"]

ENOUGH = 65_536
"""Descriptors that an engine needs at most, with three for a terminal and one for a connection; some systems allow a
billion."""

_before: int | None = None


def raise_limit() -> int:
    """Raise the soft limit of this process to the hard one; what it is then. Not for a process that is not ours."""
    global _before
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH if hard == resource.RLIM_INFINITY else min(hard, ENOUGH)
    if _before is not None or soft == resource.RLIM_INFINITY or soft >= wanted:
        return soft
    with contextlib.suppress(ValueError, OSError):  # macOS has another limit below the hard one
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        _before = soft
        return wanted
    return soft


@contextlib.contextmanager
def as_before() -> Iterator[None]:
    """For what is started within, the limit is what it was; descriptors that are open stay so."""
    if _before is None:
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (_before, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
