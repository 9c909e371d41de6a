"""Limits of time as callers give them: until when that is, and how long poll(2) may wait meanwhile."""

import math
import numbers
import time
from typing import cast

from orchflow_jupyter.errors import InvalidRequestError

__all__ = ["checked", "deadline_of", "milliseconds"]

LONGEST = 1000.0
"""Seconds that are waited at once: poll(2) counts its milliseconds in 31 bits. Who waits looks again."""


def checked(timeout: float | None) -> float | None:
    """The same `timeout`. Raises `InvalidRequestError` for what is no number of seconds."""
    if timeout is not None and (not isinstance(cast("object", timeout), numbers.Real) or math.isnan(timeout)):
        raise InvalidRequestError(f"timeout must be a number of seconds, or None, and {timeout!r} is neither")
    return timeout


def deadline_of(timeout: float | None) -> float | None:
    """The moment of `time.monotonic` at which `timeout` seconds will be over, or are; None for never. As `checked`."""
    if checked(timeout) is None or timeout == math.inf:
        return None
    return time.monotonic() + float(timeout or 0.0)


def milliseconds(seconds: float | None) -> int | None:
    """The same for poll(2), rounded up, and no more than `LONGEST`; None is for ever."""
    return None if seconds is None else math.ceil(min(max(0.0, seconds), LONGEST) * 1000)
