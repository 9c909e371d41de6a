"""Waiting for what is going to happen, with a deadline that only a failure ever reaches."""

import asyncio
import time

__all__ = ["GENEROUS", "eventually", "until"]

GENEROUS = 40.0
"""Seconds after which what should have happened has not."""


def eventually(check, what, timeout=GENEROUS):
    """The first true answer of `check`, which is asked again and again."""
    deadline = time.monotonic() + timeout
    pause = 0.005
    while True:
        answer = check()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"in vain waited for {what}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.2)


async def until(check):
    """As `eventually`, in a loop."""
    async with asyncio.timeout(GENEROUS):
        while not check():  # noqa: ASYNC110 - what is waited for is in a thread, another process, or on the disk
            await asyncio.sleep(0.01)
