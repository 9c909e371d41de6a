"""The thread that writes all journals: what was appended within some milliseconds goes to disk at once."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import Protocol

__all__ = ["JournalWriter"]

RETRY = 1.0
"""Seconds after which what could not be written is tried again."""

Job = Callable[[], None]


class Writing(Protocol):
    """What the writer wants of a journal."""

    def take(self) -> Job | None:
        """What is to be done in the thread, None for nothing; and that it is `done`."""

    def done(self, error: Exception | None) -> None:
        """The job is over."""


class JournalWriter:
    """Made within a loop. `wait` is for how many seconds updates are gathered; `lag` is told how long writing took."""

    def __init__(self, wait: float, lag: Callable[[float], None] = lambda seconds: None) -> None:
        self.thread = ThreadPoolExecutor(1, "orchflow-journal")
        self._loop = asyncio.get_running_loop()
        self._wait = wait
        self._lag = lag
        self._awake: dict[Writing, None] = {}
        self._since = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._running: asyncio.Task[None] | None = None
        self._failing: set[Writing] = set()

    def wake(self, journal: Writing) -> None:
        """It has something to write."""
        if not self._awake:
            self._since = perf_counter()
        self._awake[journal] = None
        if self._running is None and self._timer is None:
            self._timer = self._loop.call_later(self._wait, self._begin)

    async def flush(self, journal: Writing) -> None:
        """Wait until what it has to write now is written, or could not be."""
        while journal in self._awake or self._running:
            pending = journal in self._awake
            self._begin()
            if self._running is not None:
                await asyncio.shield(self._running)
            if not pending or journal in self._failing:
                return

    def drop(self, journal: Writing) -> None:
        """Write nothing more of it."""
        self._awake.pop(journal, None)
        self._failing.discard(journal)

    def close(self) -> None:
        """End the thread."""
        if self._timer is not None:
            self._timer.cancel()
        self.thread.shutdown()

    # -- within

    def _begin(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._running is None and self._awake:
            self._running = self._loop.create_task(self._write())

    async def _write(self) -> None:
        awake, self._awake = self._awake, {}
        since = self._since
        jobs = [(journal, job) for journal in awake if (job := journal.take()) is not None]
        outcomes = await self._loop.run_in_executor(self.thread, _carry_out, [job for _, job in jobs])
        self._lag(perf_counter() - since)
        self._running = None
        self._failing = set()
        for (journal, _), error in zip(jobs, outcomes, strict=True):
            if error is not None:
                self._failing.add(journal)
            journal.done(error)
        if self._failing:
            self._awake |= dict.fromkeys(self._failing)
        if self._awake and self._timer is None:
            self._timer = self._loop.call_later(RETRY if self._failing else self._wait, self._begin)


def _carry_out(jobs: list[Job]) -> list[Exception | None]:
    outcomes: list[Exception | None] = []
    for job in jobs:
        try:
            job()
        except Exception as error:  # noqa: BLE001 its journal says so, and others are none the worse
            outcomes.append(error)
        else:
            outcomes.append(None)
    return outcomes
