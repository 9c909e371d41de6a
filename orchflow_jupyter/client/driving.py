"""Driving a terminal: commands from their typing to their end, and waiting for what a program says; blocking."""

import contextlib
import math
import re
import time
from collections.abc import Callable, Sequence
from typing import Any

from orchflow_jupyter.client.attachment import AttachmentState, Snapshot
from orchflow_jupyter.client.calls import by_shell
from orchflow_jupyter.client.course import GRACE, QUIET, Course
from orchflow_jupyter.client.deadlines import checked, deadline_of
from orchflow_jupyter.client.expecting import Expected, Pattern
from orchflow_jupyter.client.postponed import Postponed
from orchflow_jupyter.client.result import CommandInterruptedError, Result
from orchflow_jupyter.client.running import Running
from orchflow_jupyter.errors import NotFoundError

__all__ = ["Commanding", "Driving", "Pattern"]


class Commanding:
    """What `client.sync.Engine` does with commands."""

    create: Callable[..., dict[str, Any]]
    delete: Callable[[str], None]
    attach: Callable[..., Any]

    def run(
        self,
        line: str,
        *,
        timeout: float | None = None,
        check: bool = False,
        watch: Callable[[bytes], None] | None = None,
        interrupt: bool = False,
        **terminal: Any,
    ) -> Result:
        """Run `line`, as the user's shell reads it, in a terminal of its own (as of `create`), and wait for its end.

        The terminal goes with it, at its end as at the end of `timeout`. Otherwise as `Attachment.run`.
        """
        model, timeout = None, checked(timeout)
        try:
            with Postponed():  # else an interrupt would leave a terminal behind of which nobody knows
                model = self.create(by_shell(line), **terminal)
            with self.attach(model["id"], since=0) as attachment:
                result: Result = attachment.follow(line, timeout=timeout, watch=watch, interrupt=interrupt)
        except CommandInterruptedError:
            raise
        except KeyboardInterrupt:  # before there was anything of it
            raise CommandInterruptedError(Running(line).so_far()) from None
        finally:
            if model is not None:
                with contextlib.suppress(NotFoundError):  # somebody has closed it
                    self.delete(model["id"])
        if check:
            result.check()
        return result


class Driving:
    """What `client.attached.Attachment` does with commands and states. Times are seconds; None waits for ever."""

    _state: AttachmentState
    _until: Callable[..., None]
    step: Callable[[], AttachmentState]
    signal: Callable[[str], None]
    read: Callable[..., bytes]

    @property
    def snapshot(self) -> Snapshot | None:
        """The state from which `read` goes on where long output came before it, or was skipped; None where none was.

        Its `data`, and then what is read, paint on a reset terminal of its `size` what the terminal shows.
        """
        return self._state.snapshot

    @property
    def position(self) -> int:
        """The output offset up to which it was read."""
        return self._state.position

    def read_until(self, expected: bytes, timeout: float | None = None) -> bytes:
        """Output up to and including `expected`; all that came where the program ended before.

        Raises `TimeoutError`, and keeps what came for the next read.
        """
        found, looked = bytearray(), 0
        deadline, late = deadline_of(timeout), False
        self.step()
        try:
            while (start := found.find(expected, looked)) < 0:
                _must_not_be(late)
                looked = max(0, len(found) - len(expected) + 1)
                data = self.read(timeout=_left(deadline))
                if not data:
                    return bytes(found)
                found += data
                late = deadline is not None and time.monotonic() >= deadline
        except BaseException:
            self._state.unread[:0] = found
            raise
        end = start + len(expected)
        self._state.unread[:0] = found[end:]
        return bytes(found[:end])

    def run(
        self,
        line: str,
        *,
        timeout: float | None = None,
        check: bool = False,
        watch: Callable[[bytes], None] | None = None,
        interrupt: bool = False,
    ) -> Result:
        """Run `line` in the shell, as if it were typed, and wait for its end; several lines are one command.

        A command that fails raises nothing unless `check` is set, then `CommandFailedError`. `watch` is called with
        its output as it comes. Output that was not read before is passed over; what somebody has half typed at the
        prompt is cleared, once nobody goes on with it. Raises `InvalidRequestError` where no integrated shell runs,
        `NotFoundError` where it has ended, `CommandTimeoutError` where the command did not end in time: it goes on,
        unless it is to be an `interrupt`. One of Python interrupts it too, and is raised as `CommandInterruptedError`.
        """
        return self._run(Course(line, self._state, watch=watch), timeout, check=check, interrupt=interrupt)

    def begin(self, line: str) -> None:
        """Have the shell run `line` as `run` does, and wait no longer than until it has begun.

        Where something runs, it waits behind that. What it writes is left to be read. Raises `InvalidRequestError`
        where no integrated shell runs, `CommandTimeoutError` where somebody types at the prompt and goes on with it.
        """
        course, patience = Course(line, self._state, ahead=True), QUIET + GRACE
        self._go(course, patience, course.begun)
        if not course.typed:
            raise course.late(patience)
        course.give_back()

    def follow(
        self,
        line: str,
        *,
        timeout: float | None = None,
        watch: Callable[[bytes], None] | None = None,
        interrupt: bool = False,
    ) -> Result:
        """Wait for the end of the program itself, which runs `line`, and for all its output; as `run` otherwise."""
        return self._run(Course(line, self._state, shell=False, watch=watch), timeout, interrupt=interrupt)

    def wait_for(self, pattern: Pattern, timeout: float | None = None) -> re.Match[bytes]:
        """Read until the output holds `pattern`, text or a regular expression of bytes; what matched.

        The output is read up to the end of the match. Raises `TimeoutError`, and keeps the newest 2 MiB for the next
        read; `NotFoundError` where the program has ended without it.
        """
        return self.expect([pattern], timeout)[1]

    def expect(self, patterns: Sequence[Pattern], timeout: float | None = None) -> tuple[int, re.Match[bytes]]:
        """Read until the output holds one of `patterns`: which one, and the match that comes first; as `wait_for`."""
        state, expected = self._state, Expected(patterns)
        deadline, late = deadline_of(timeout), False
        self.step()
        try:
            while True:
                expected.feed(state.take())
                if match := expected.match():
                    return match
                if state.over:
                    raise NotFoundError("the program has ended, and did not say what was waited for")
                _must_not_be(late)
                self._until(lambda: bool(state.unread) or state.over, _left(deadline))
                self.step()  # all that is there, so that it is looked through once
                late = deadline is not None and time.monotonic() >= deadline
        finally:
            state.unread[:0] = expected.found

    def interrupt(self) -> None:
        """Interrupt what runs in the foreground, as Ctrl-C does."""
        self.signal("INT")

    def _run(self, course: Course, timeout: float | None, *, check: bool = False, interrupt: bool = False) -> Result:
        try:
            ended = self._go(course, timeout)
        except KeyboardInterrupt:
            course.interrupt()
            self._go(course)
            raise CommandInterruptedError(course.so_far()) from None
        if not ended and timeout is not None:
            if interrupt:
                course.interrupt()
                self._go(course)
            raise course.late(timeout)
        return course.concluded(check=check)

    def _go(self, course: Course, timeout: float | None = None, done: Callable[[], bool] = lambda: False) -> bool:
        """Go on with it to its end, or until it is `done`; whether it was, or has a result, in time."""
        state, deadline = self._state, deadline_of(timeout) or math.inf
        self.step()  # what came before is about what it begins with
        while not (course.step() or done()):
            until = deadline if course.due is None else min(deadline, course.due)
            left = None if until == math.inf else max(0.0, until - time.monotonic())
            with contextlib.suppress(TimeoutError):
                self._until(state.news(), left)
            if time.monotonic() >= deadline:
                return course.step() or done() or course.result is not None
        return True


def _left(deadline: float | None) -> float | None:
    return None if deadline is None else max(0.0, deadline - time.monotonic())


def _must_not_be(late: bool) -> None:
    if late:
        raise TimeoutError("the terminal did not say it in time")
