"""Driving a terminal: commands from their typing to their end, and waiting for what a program says; blocking."""

import contextlib
import re
import time
from collections.abc import Callable, Sequence
from typing import Any, cast

from orchflow_jupyter.client.attachment import KEEP, AttachmentState, Snapshot
from orchflow_jupyter.client.calls import by_shell
from orchflow_jupyter.client.postponed import Postponed
from orchflow_jupyter.client.running import Result, Running
from orchflow_jupyter.errors import InvalidRequestError, NotFoundError

__all__ = [
    "AGAIN",
    "GRACE",
    "Commanding",
    "Driving",
    "Pattern",
    "at_prompt",
    "compiled",
    "concluded",
    "fed",
    "first",
    "shell_of",
]

Pattern = str | bytes | re.Pattern[bytes]
GRACE = 2.0
"""Seconds that an interrupted command has to come to its end."""
AGAIN = 0.25
"""Seconds after which an interrupt is repeated: one that comes while a shell starts a program is lost."""


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
        **terminal: Any,
    ) -> Result:
        """Run `line`, as the user's shell reads it, in a terminal of its own (as of `create`), and wait for its end.

        The terminal goes with it, at its end as at the end of `timeout`. Otherwise as `Attachment.run`.
        """
        model: dict[str, Any] | None = None
        try:
            with Postponed():  # else an interrupt would leave a terminal behind of which nobody knows
                model = self.create(by_shell(line), **terminal)
            with self.attach(model["id"], since=0) as attachment:
                result: Result = attachment.follow(line, timeout=timeout, watch=watch)
        finally:
            if model is not None:
                self.delete(model["id"])
        if check:
            result.check()
        return result


class Driving:
    """What `client.sync.Attachment` does with commands and states. Times are seconds; None waits for ever."""

    _state: AttachmentState
    _until: Callable[..., None]
    signal: Callable[[str], None]
    read: Callable[..., bytes]

    @property
    def snapshot(self) -> Snapshot | None:
        """The state from which `read` goes on where long output came before it, or was skipped; None where none was.

        Its `data`, and then what is read, paint on a reset terminal of its `size` what the terminal shows.
        """
        return self._state.snapshot

    def read_until(self, expected: bytes, timeout: float | None = None) -> bytes:
        """Output up to and including `expected`; all that came where the program ended before.

        Raises `TimeoutError`, and keeps what came for the next read.
        """
        found, looked = bytearray(), 0
        deadline = None if timeout is None else time.monotonic() + timeout
        try:
            while (start := found.find(expected, looked)) < 0:
                looked = max(0, len(found) - len(expected) + 1)
                left = None if deadline is None else max(0.0, deadline - time.monotonic())
                data = self.read(timeout=left)
                if not data:
                    return bytes(found)
                found += data
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
    ) -> Result:
        """Run `line` in the shell, as if it were typed, and wait for its end; several lines are one command.

        A command that fails raises nothing unless `check` is set, then `CommandFailedError`. `watch` is called with
        its output as it comes. Output that was not read before is passed over. Raises `InvalidRequestError` where no
        integrated shell runs, `NotFoundError` where it has ended, `TimeoutError` where the command did not end in
        time (it goes on). An interrupt of Python interrupts the command.
        """
        state, deadline = self._state, None if timeout is None else time.monotonic() + timeout
        shell = shell_of(state.model)
        self._until(lambda: state.prompting or state.over, timeout, state.forget)
        at_prompt(state)
        running = Running(line, shell=shell, watch=watch)
        state.type(running.typing())
        try:
            self._finish(running, deadline)
            self.clear(running)
        except KeyboardInterrupt:
            self._interrupt(running)
            raise
        return concluded(running, check=check)

    def begin(self, line: str) -> None:
        """Have the shell run `line` as `run` does, and wait no longer than until it has begun.

        Where something runs, it waits behind that. Raises `InvalidRequestError` where no integrated shell runs.
        """
        state = self._state
        running = Running(line, shell=shell_of(state.model))
        at_once = state.prompting
        state.events.clear()
        state.type(running.typing())
        with contextlib.suppress(TimeoutError):
            self._until(
                lambda: running.begun if at_once else state.taken >= state.sent, GRACE, lambda: fed(running, state)
            )

    def follow(
        self, line: str, *, timeout: float | None = None, watch: Callable[[bytes], None] | None = None
    ) -> Result:
        """Wait for the end of the program itself, which runs `line`, and for all its output; as `run` otherwise."""
        running = Running(line, watch=watch)
        try:
            self._finish(running, None if timeout is None else time.monotonic() + timeout)
        except KeyboardInterrupt:
            self._interrupt(running)
            raise
        return concluded(running, check=False)

    def wait_for(self, pattern: Pattern, timeout: float | None = None) -> re.Match[bytes]:
        """Read until the output holds `pattern`, text or a regular expression of bytes; what matched.

        The output is read up to the end of the match. Raises `TimeoutError`, and keeps the newest 2 MiB for the next
        read; `NotFoundError` where the program has ended without it.
        """
        return self.expect([pattern], timeout)[1]

    def expect(self, patterns: Sequence[Pattern], timeout: float | None = None) -> tuple[int, re.Match[bytes]]:
        """Read until the output holds one of `patterns`: which one, and the match that comes first; as `wait_for`."""
        state, wanted = self._state, compiled(patterns)
        deadline = None if timeout is None else time.monotonic() + timeout
        found = bytearray()
        try:
            while True:
                found += state.take()
                del found[: max(0, len(found) - KEEP)]
                if match := first(wanted, found):
                    end = match[1].end()
                    state.unread[:0] = found[end:]
                    found.clear()
                    return match
                if state.over:
                    raise NotFoundError("the program has ended, and did not say what was waited for")
                left = None if deadline is None else max(0.0, deadline - time.monotonic())
                self._until(lambda: bool(state.unread) or state.over, left)
        finally:
            state.unread[:0] = found

    def interrupt(self) -> None:
        """Interrupt what runs in the foreground, as Ctrl-C does."""
        self.signal("INT")

    def clear(self, running: Running) -> None:
        """Clear the line where the shell left one standing that it did not run."""
        state, deadline, keys = self._state, time.monotonic() + GRACE, running.clearing()
        if not keys:
            return
        state.prompting = False
        while not (state.prompting or state.over) and time.monotonic() < deadline:
            state.type(keys)  # again and again: a shell that is not yet back to reading misses an interrupt
            self._finish(running, time.monotonic() + AGAIN)
        state.prompting = not state.over

    def _finish(self, running: Running, deadline: float | None) -> None:
        state = self._state
        # On to the next prompt: what is typed before it would be taken for a line that the shell did not run.
        while running.result is None or not (state.prompting or state.over or state.unmarked):
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            try:
                self._until(lambda: bool(state.unread or state.events) or state.over, left)
            except TimeoutError:
                if running.result is None:
                    raise
                return
            fed(running, state)

    def _interrupt(self, running: Running) -> None:
        deadline = time.monotonic() + GRACE
        while running.result is None and time.monotonic() < deadline:
            self.interrupt()
            try:
                self._finish(running, min(deadline, time.monotonic() + AGAIN))
            except TimeoutError:
                continue


def at_prompt(state: AttachmentState) -> None:
    """Begin anew at the prompt that was waited for. Raises `NotFoundError` where the shell has ended instead."""
    if not state.prompting:
        raise NotFoundError("the shell has ended, and runs nothing more")
    state.take()
    state.events.clear()


def fed(running: Running, state: AttachmentState) -> None:
    """Give a running command what has come."""
    if data := state.take():
        running.output(data, state.offset)
    while state.events:
        running.event(state.events.popleft())
    if state.exit is not None:
        running.ended(state.exit)


def concluded(running: Running, *, check: bool) -> Result:
    """The result of a command that has ended."""
    result = running.result
    assert result is not None  # noqa: S101 - who calls this has waited for it
    if check:
        result.check()
    return result


def shell_of(model: dict[str, Any] | None) -> str:
    """The name of the integrated shell that a terminal runs. Raises `InvalidRequestError` for another program."""
    if model is None or model.get("integration", "none") == "none":
        name = model["name"] if model else "it"
        raise InvalidRequestError(
            f"run needs a shell that marks its commands, and {name!r} runs none: send to it instead"
        )
    return str(model["command"][0]).rpartition("/")[2]


def compiled(patterns: Sequence[Pattern]) -> list[re.Pattern[bytes]]:
    """Patterns as regular expressions; text and bytes stand for themselves. Raises `InvalidRequestError` for others."""
    if isinstance(patterns, str | bytes):
        raise InvalidRequestError(f"patterns are to be a list, and {patterns!r} is one pattern: [{patterns!r}]")
    for pattern in patterns:
        if isinstance(pattern, re.Pattern) and isinstance(cast("object", pattern.pattern), str):
            raise InvalidRequestError(f"output is bytes, and {pattern.pattern!r} is of text: re.compile(rb'…')")
    return [
        p if isinstance(p, re.Pattern) else re.compile(re.escape(p.encode() if isinstance(p, str) else p))
        for p in patterns
    ]


def first(patterns: Sequence[re.Pattern[bytes]], data: bytearray) -> tuple[int, re.Match[bytes]] | None:
    """Which pattern matches first in `data`, and the match."""
    text = bytes(data)
    found = [(match.start(), at, match) for at, p in enumerate(patterns) if (match := p.search(text))]
    return min(found, key=lambda each: each[:2])[1:] if found else None
