"""Driving a terminal within an event loop: as `client.driving`, to be awaited."""

import asyncio
import contextlib
import re
import time
from collections.abc import Awaitable, Callable, Sequence

from orchflow_jupyter.client.attachment import AttachmentState, Snapshot
from orchflow_jupyter.client.course import Course
from orchflow_jupyter.client.expecting import Expected, Pattern
from orchflow_jupyter.client.result import Result
from orchflow_jupyter.errors import NotFoundError

__all__ = ["AsyncDriving"]


class AsyncDriving:
    """What `AsyncAttachment` does with commands. Limits of time are the caller's (`asyncio.timeout`)."""

    _state: AttachmentState
    _until: Callable[[Callable[[], bool]], Awaitable[None]]
    _flush: Callable[[], None]
    signal: Callable[[str], Awaitable[None]]

    @property
    def snapshot(self) -> Snapshot | None:
        """The state from which `read` goes on; as `Driving.snapshot`."""
        return self._state.snapshot

    async def run(self, line: str, *, check: bool = False, watch: Callable[[bytes], None] | None = None) -> Result:
        """Run `line` in the shell and wait for its end; as `Driving.run`. Cancelling interrupts the command."""
        return await self._run(Course(line, self._state, watch=watch), check=check)

    async def begin(self, line: str) -> None:
        """Have the shell run `line`, and wait no longer than until it has begun; as `Driving.begin`."""
        course = Course(line, self._state, ahead=True)
        await self._go(course, course.begun)
        course.give_back()

    async def follow(self, line: str, *, watch: Callable[[bytes], None] | None = None) -> Result:
        """Wait for the end of the program itself, which runs `line`, and for all its output."""
        return await self._run(Course(line, self._state, shell=False, watch=watch))

    async def wait_for(self, pattern: Pattern) -> re.Match[bytes]:
        """Read until the output holds `pattern`; as `Driving.wait_for`."""
        return (await self.expect([pattern]))[1]

    async def expect(self, patterns: Sequence[Pattern]) -> tuple[int, re.Match[bytes]]:
        """Read until the output holds one of `patterns`; as `Driving.expect`."""
        state, expected = self._state, Expected(patterns)
        try:
            while True:
                expected.feed(state.take())
                self._flush()
                if match := expected.match():
                    return match
                if state.over:
                    raise NotFoundError("the program has ended, and did not say what was waited for")
                await self._until(lambda: bool(state.unread) or state.over)
        finally:
            state.unread[:0] = expected.found

    async def interrupt(self) -> None:
        """Interrupt what runs in the foreground, as Ctrl-C does."""
        await self.signal("INT")

    async def _run(self, course: Course, *, check: bool = False) -> Result:
        try:
            await self._go(course)
        except asyncio.CancelledError:
            course.interrupt()
            await self._go(course)
            raise
        return course.concluded(check=check)

    async def _go(self, course: Course, done: Callable[[], bool] = lambda: False) -> None:
        """Go on with it to its end, or until it is `done`."""
        state = self._state
        await asyncio.sleep(0)  # what came before is about what it begins with
        while not (course.step() or done()):
            self._flush()
            left = None if course.due is None else max(0.0, course.due - time.monotonic())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._until(state.news())
        self._flush()
