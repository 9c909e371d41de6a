"""One command in the shells of many terminals at once: how it ended in each, as it ends; blocking and awaited."""

import asyncio
import re
import select
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from orchflow_jupyter.client.calls import check_line
from orchflow_jupyter.client.course import Course
from orchflow_jupyter.client.deadlines import deadline_of, milliseconds
from orchflow_jupyter.client.result import Result
from orchflow_jupyter.client.table import Table
from orchflow_jupyter.errors import EngineUnavailableError, OrchflowError

if TYPE_CHECKING:
    from orchflow_jupyter.client.aio import AsyncEngine
    from orchflow_jupyter.client.attached import Attachment
    from orchflow_jupyter.client.sync import Engine

__all__ = ["GroupFailedError", "GroupInterruptedError", "GroupResult", "Told", "fan_out", "fan_out_async"]

Told = Callable[["GroupResult"], None]
ESCAPES = re.compile(
    r"\x1b(?:\][^\x07\x1b]*(?:\x07|\x1b\\)?|[PX^_][^\x1b]*(?:\x1b\\)?|\[[0-?]*[ -/]*[@-~]?|[ -/]+[0-~]|.)"
    r"|[\x00-\x08\x0b-\x1f\x7f]"
)
"""Control sequences and strings (ECMA-48, 5.4, 5.6; ECMA-35, 13.2; OSC as xterm has them), and control characters."""
SHOWN = 72
"""Characters of a last line of output that a table shows."""


class GroupResult:
    """What came of `command` in each terminal of a group, by its name; some may run still.

    `results` has how it ended, `failed` why it was not run, or did not end in time, in others. `names` are all of them,
    in the group's order.
    """

    def __init__(self, command: str, names: Sequence[str]) -> None:
        self.command = command
        self.names = list(names)
        self.results: dict[str, Result] = {}
        self.failed: dict[str, str] = {}

    def __getitem__(self, name: str) -> Result:
        return self.results[name]

    @property
    def ok(self) -> bool:
        """Whether it ended with exit code 0 in every terminal."""
        return all(map(self._ended_well, self.names))

    def check(self) -> None:
        """Raise `GroupFailedError` unless it is `ok`."""
        if not self.ok:
            raise GroupFailedError(self)

    def table(self) -> Table:
        """How it is in each: name, result, duration in seconds, the output's last line."""
        rows = []
        for name in self.names:
            result = self.results.get(name)
            duration, last = (f"{result.duration:.3f}", _last_line(result)) if result else ("", "")
            rows.append([name, self.how(name), duration, last])
        states = [self._state(name) for name in self.names]
        return Table(["name", "result", "seconds", "last line"], rows, "An empty group.", states=states)

    def how(self, name: str) -> str:
        """How it is in one terminal, in words."""
        result = self.results.get(name)
        if result is None or name in self.failed:
            return self.failed.get(name, "running")
        if result.signal:
            return f"ended by {result.signal}"
        if result.exit_code is None:
            return "ended, nobody knows how" if result.started else "not run by the shell"
        return f"exit code {result.exit_code}"

    def _state(self, name: str) -> str:
        if self._ended_well(name):
            return "ok"
        return "failed" if name in self.results or name in self.failed else "running"

    def _ended_well(self, name: str) -> bool:
        return name in self.results and self.results[name].ok and name not in self.failed

    def __repr__(self) -> str:
        good = sum(map(self._ended_well, self.names))
        longest = max((result.duration for result in self.results.values()), default=0.0)
        return f"<GroupResult of {self.command!r}: {good} of {len(self.names)} with exit code 0, {longest:.3f} s>"


class GroupFailedError(OrchflowError):
    """A command did not end with exit code 0 in every terminal, and was to be checked; `result` says how it ended."""

    def __init__(self, result: GroupResult) -> None:
        self.result = result
        bad = [name for name in result.names if not result._ended_well(name)]
        told = "; ".join(f"{name}: {result.how(name)}" for name in bad)
        super().__init__(f"{result.command!r} failed in {len(bad)} of {len(result.names)} terminals: {told}")


class GroupInterruptedError(KeyboardInterrupt):
    """An interrupt of Python, with which a command was interrupted in all terminals; `result` says how it ended."""

    def __init__(self, result: GroupResult) -> None:
        self.result = result
        super().__init__(f"{result.command!r} was interrupted in {len(result.names)} terminals")


def fan_out(
    engine: "Engine", models: Sequence[Mapping[str, Any]], line: str, *, timeout: float | None, told: Told
) -> GroupResult:
    """Run `line` in the shell of each terminal at once, and wait for all; `told` is called as each ends.

    Where it does not end within `timeout` seconds it is interrupted. An interrupt of Python interrupts all. Raises
    `InvalidRequestError` for what is no line.
    """
    check_line(line)
    outcome = GroupResult(line, [model["name"] for model in models])
    deadline = deadline_of(timeout)
    with ExitStack() as opened:
        members = []
        for model in models:
            try:
                attachment = opened.enter_context(engine.attach(model["id"]))
                members.append(_Member(model["name"], attachment, line))
            except EngineUnavailableError:
                raise
            except OrchflowError as error:
                outcome.failed[model["name"]] = error.message
        told(outcome)
        try:
            late = _go_on(members, outcome, deadline, told)
        except KeyboardInterrupt:
            _interrupt(members, outcome, told)
            raise GroupInterruptedError(outcome) from None
        late = [member for member in late if member.course.result is None]
        for member in late:
            how = "busy for {:g} s, and not begun"
            if member.course.typed:
                how = "not ended in {:g} s, and interrupted" if member.course.begun() else "not begun in {:g} s"
            outcome.failed[member.name] = how.format(timeout)
        _interrupt(late, outcome, told)
    return outcome


async def fan_out_async(
    engine: "AsyncEngine", models: Sequence[Mapping[str, Any]], line: str, *, told: Told
) -> GroupResult:
    """As `fan_out`; limits of time are the caller's (`asyncio.timeout`). Cancelling interrupts all."""
    check_line(line)
    outcome = GroupResult(line, [model["name"] for model in models])
    told(outcome)

    async def run(model: Mapping[str, Any]) -> None:
        try:
            async with await engine.attach(model["id"]) as attachment:
                outcome.results[model["name"]] = await attachment.run(line)
        except EngineUnavailableError:
            raise
        except OrchflowError as error:
            outcome.failed[model["name"]] = error.message
        told(outcome)

    try:
        async with asyncio.TaskGroup() as tasks:
            for model in models:
                tasks.create_task(run(model))
    except BaseExceptionGroup as group:
        alone = group.exceptions[0] if len(group.exceptions) == 1 else group
        raise next((error for error in group.exceptions if isinstance(error, EngineUnavailableError)), alone) from None
    return outcome


class _Member:
    """One terminal, and the command's course in it."""

    def __init__(self, name: str, attachment: "Attachment", line: str) -> None:
        self.name = name
        self.attachment = attachment
        self.course = Course(line, attachment.step())

    def step(self) -> bool:
        """Take in what came; whether it is done. Raises an error of ours where nothing can come of it any more."""
        state = self.attachment.step()
        done = self.course.step() or (self.course.result is not None and state.closed is not None)
        if self.course.result is None:
            state.check()
        return done


def _go_on(members: Sequence[_Member], outcome: GroupResult, deadline: float | None, told: Told) -> list[_Member]:
    """Until all have ended, or the deadline: those that have not."""
    waiting = {member.attachment.fileno(): member for member in members}
    looked = list(waiting)
    while waiting:
        for fd in looked:
            member = waiting[fd]
            try:
                done = member.step()
            except EngineUnavailableError:
                raise
            except OrchflowError as error:
                outcome.failed[member.name], done = error.message, True
            if member.course.result is not None:
                outcome.results[member.name] = member.course.result
            if done:
                del waiting[fd]
                told(outcome)
        now = time.monotonic()
        if not waiting or (deadline is not None and now >= deadline):
            break
        poll = select.poll()
        for fd, member in waiting.items():
            poll.register(fd, member.attachment.awaited())
        due = [moment for moment in (deadline, *(m.course.due for m in waiting.values())) if moment is not None]
        found = {fd for fd, _ in poll.poll(milliseconds(min(due) - now if due else None))}
        now = time.monotonic()
        looked = [fd for fd, m in waiting.items() if fd in found or (m.course.due is not None and now >= m.course.due)]
    return list(waiting.values())


def _interrupt(members: Sequence[_Member], outcome: GroupResult, told: Told) -> None:
    for member in members:
        member.course.interrupt()
    _go_on(members, outcome, None, told)


def _last_line(result: Result) -> str:
    lines = ESCAPES.sub("", result.text[-4096:].replace("\r", "\n")).split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return last if len(last) <= SHOWN else f"{last[: SHOWN - 1]}…"
