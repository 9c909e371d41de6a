"""Event loops for tests: a real one for a while, and a clock that only a test moves."""

import asyncio
import time

from tests.support.waiting import GENEROUS

__all__ = ["FakeLoop", "in_loop", "soon"]


def in_loop(test):
    """Make a test of an async function: each gets a loop of its own."""

    def run():
        asyncio.run(test())

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


async def soon(check, what="what should come"):
    """Let the loop run until `check()` is true; its answer."""
    deadline = time.monotonic() + GENEROUS
    while not (answer := check()):
        if time.monotonic() > deadline:
            raise AssertionError(f"in vain waited for {what}")
        await asyncio.sleep(0.001)
    return answer


class FakeLoop:
    """As much of a loop as timers and watched descriptors need; time passes when a test says so."""

    def __init__(self):
        self.now = 0.0
        self.timers = []
        self.readers = {}
        self.writers = {}

    def time(self):
        return self.now

    def call_later(self, delay, callback, *args):
        timer = _Timer(self, self.now + delay, callback, args)
        self.timers.append(timer)
        return timer

    def add_reader(self, fd, callback, *args):
        self.readers[fd] = lambda: callback(*args)

    def remove_reader(self, fd):
        return self.readers.pop(fd, None) is not None

    def add_writer(self, fd, callback, *args):
        self.writers[fd] = lambda: callback(*args)

    def remove_writer(self, fd):
        return self.writers.pop(fd, None) is not None

    def pass_time(self, seconds):
        """Let time pass; what is due is called, in its order."""
        end = self.now + seconds
        while due := [timer for timer in self.timers if timer.when <= end]:
            first = min(due, key=lambda timer: timer.when)
            self.timers.remove(first)
            self.now = max(self.now, first.when)
            first.callback(*first.args)
        self.now = end


class _Timer:
    def __init__(self, loop, when, callback, args):
        self.loop, self.when, self.callback, self.args = loop, when, callback, args

    def cancel(self):
        if self in self.loop.timers:
            self.loop.timers.remove(self)
