"""Terminals that are driven together: each step is one call to the engine for all of them, and gives a table."""

import asyncio
import contextlib
import os
import select
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, Self

from orchflow_jupyter.client.aio import AsyncEngine
from orchflow_jupyter.client.calls import creation, typed
from orchflow_jupyter.client.deadlines import deadline_of, milliseconds
from orchflow_jupyter.client.fanout import GroupResult, Told, fan_out, fan_out_async
from orchflow_jupyter.client.postponed import Postponed
from orchflow_jupyter.client.sync import Engine
from orchflow_jupyter.client.table import End, Table, ends_table, states_table
from orchflow_jupyter.client.unmaking import unmade
from orchflow_jupyter.errors import InvalidRequestError, NotFoundError, OrchflowError, from_status

__all__ = ["AsyncTerminalGroup", "End", "Outcome", "TerminalGroup"]


class Outcome(Table):
    """What one step did in each terminal. Shows itself as a table; `failed` has what was refused."""

    def __init__(self, models: Sequence[Mapping[str, Any]], results: Sequence[Mapping[str, Any]]) -> None:
        self.results = [dict(result) for result in results]
        """One for each terminal, in the group's order."""
        self.failed = {
            model["name"]: result["message"] for model, result in zip(models, results, strict=True) if not result["ok"]
        }
        """The message for each name of a terminal that refused."""
        rows = [[model["name"], self.failed.get(model["name"], "done")] for model in models]
        super().__init__(["name", "result"], rows, "An empty group.")


class _Group:
    """The terminals of a group, and the operations for all of them."""

    def __init__(self, models: Sequence[Mapping[str, Any]]) -> None:
        seen, names = set[str](), set[str]()
        for model in models:
            if not isinstance(model, Mapping) or not {"id", "name"} <= model.keys():
                raise InvalidRequestError(f"a group is of terminals as Engine.list() gives them, and not of {model!r}")
            if model["id"] in seen:
                name = model["name"]
                raise InvalidRequestError(f"terminal {name!r} is twice in the group, and runs one command at a time")
            if model["name"] in names:
                raise InvalidRequestError(
                    f"two terminals of the group are called {model['name']!r}, by which results are told: "
                    "one of them may have ended, leave that out"
                )
            seen.add(model["id"])
            names.add(model["name"])
        self.models = [dict(model) for model in models]
        """The terminals' models, as they were when the group was made."""

    @property
    def ids(self) -> list[str]:
        """The terminals' ids."""
        return [model["id"] for model in self.models]

    @property
    def names(self) -> list[str]:
        """The terminals' names."""
        return [model["name"] for model in self.models]

    def __len__(self) -> int:
        return len(self.models)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self)}: {', '.join(self.names)}>"

    def _operations(self, op: str, **fields: Any) -> list[dict[str, Any]]:
        return [{"op": op, "id": identity, **fields} for identity in self.ids]


class TerminalGroup(_Group):
    """Terminals of one engine. A context manager: leaving it closes them.

    Made by `create`, or from the models of terminals that run.
    """

    def __init__(self, engine: Engine, models: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(models)
        self._engine = engine

    @classmethod
    def create(
        cls,
        engine: Engine,
        count: int,
        command: Sequence[str] | None = None,
        *,
        name: str = "group",
        cwd: str | os.PathLike[str] | None = None,
        env: Mapping[str, str] | None = None,
        cols: int = 80,
        rows: int = 24,
    ) -> Self:
        """`count` new terminals that run `command` (the login shell), called `name`-1 and on; all of them, or none.

        Raises as `Engine.create` does.
        """
        results: Sequence[Mapping[str, Any]] = ()
        try:
            with Postponed():  # else an interrupt would leave terminals behind of which nobody knows
                results = engine.batch(_creations(count, name, creation(command, None, cwd, env, cols, rows)))
            return cls(engine, _all_made(results))
        except BaseException:
            with contextlib.suppress(OrchflowError):
                engine.batch(_closings(results))
            raise

    def send(self, data: str | bytes) -> Outcome:
        """Type `data` in all of them."""
        return self._all([typed(identity, data) for identity in self.ids])

    def resize(self, cols: int, rows: int) -> Outcome:
        """Change the size of all of them."""
        return self._all(self._operations("resize", cols=cols, rows=rows))

    def signal(self, name: str) -> Outcome:
        """Send a signal (`INT`, `TERM`, …) to what runs in the foreground of each."""
        return self._all(self._operations("signal", signal=name))

    def close(self) -> Outcome:
        """Hang up on all of them."""
        return self._all(self._operations("close"))

    def ends(self, timeout: float | None = None) -> Iterator[End]:
        """Each terminal as it ends. Raises `TimeoutError` after `timeout` seconds for those that have not."""
        deadline = deadline_of(timeout)
        waiting, poll = {}, select.poll()
        with ExitStack() as opened:
            for model in self.models:
                try:
                    attachment = opened.enter_context(self._engine.attach(model["id"], mode="ro"))
                except NotFoundError:
                    yield model, None
                    continue
                waiting[attachment.fileno()] = model, attachment
                poll.register(attachment.fileno(), select.POLLIN)
            while waiting:
                ended = [(fd, how) for fd, (_, one) in waiting.items() if (how := one.look()) is not None]
                for fd, how in ended:
                    poll.unregister(fd)
                    yield waiting.pop(fd)[0], how
                left = None if deadline is None else deadline - time.monotonic()
                if waiting and not ended:
                    if left is not None and left <= 0:
                        still = ", ".join(model["name"] for model, _ in waiting.values())
                        raise TimeoutError(f"these have not ended in time: {still}")
                    poll.poll(milliseconds(left))

    def wait(self, timeout: float | None = None) -> Table:
        """Wait for the ends of all: a table of names, exit codes and signals. Raises `TimeoutError`."""
        return ends_table(self.models, list(self.ends(timeout)))

    def run(
        self, line: str, *, timeout: float | None = None, check: bool = False, told: Told = lambda _: None
    ) -> GroupResult:
        """Run `line` in the shell of each at once, and wait for all; `told` is called as it ends in each.

        Raises nothing for what fails in some of them unless `check` is set, then `GroupFailedError`: `failed` names
        terminals in which no shell runs that marks its commands, or in which it was interrupted after `timeout`
        seconds. An interrupt of Python interrupts all.
        """
        outcome = fan_out(self._engine, self.models, line, timeout=timeout, told=told)
        if check:
            outcome.check()
        return outcome

    def _all(self, operations: list[dict[str, Any]]) -> Outcome:
        return Outcome(self.models, self._engine.batch(operations))

    def _repr_html_(self) -> str:
        return states_table(self.models, self._engine.list())._repr_html_()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with _unless(kind):
            self.close()


class AsyncTerminalGroup(_Group):
    """As `TerminalGroup`, for one event loop. Limits of time are the caller's (`asyncio.timeout`)."""

    def __init__(self, engine: AsyncEngine, models: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(models)
        self._engine = engine

    @classmethod
    async def create(
        cls,
        engine: AsyncEngine,
        count: int,
        command: Sequence[str] | None = None,
        *,
        name: str = "group",
        cwd: str | os.PathLike[str] | None = None,
        env: Mapping[str, str] | None = None,
        cols: int = 80,
        rows: int = 24,
    ) -> Self:
        """As `TerminalGroup.create`."""
        operations = _creations(count, name, creation(command, None, cwd, env, cols, rows))
        making = asyncio.ensure_future(engine.batch(operations))
        try:
            return cls(engine, _all_made(await asyncio.shield(making)))
        except (asyncio.CancelledError, OrchflowError):
            await unmade(making, lambda results: engine.batch(_closings(results)))
            raise

    async def send(self, data: str | bytes) -> Outcome:
        """Type `data` in all of them."""
        return await self._all([typed(identity, data) for identity in self.ids])

    async def resize(self, cols: int, rows: int) -> Outcome:
        """Change the size of all of them."""
        return await self._all(self._operations("resize", cols=cols, rows=rows))

    async def signal(self, name: str) -> Outcome:
        """Send a signal to what runs in the foreground of each."""
        return await self._all(self._operations("signal", signal=name))

    async def close(self) -> Outcome:
        """Hang up on all of them."""
        return await self._all(self._operations("close"))

    async def ends(self) -> AsyncIterator[End]:
        """Each terminal as it ends."""
        tasks = [asyncio.ensure_future(self._end(model)) for model in self.models]
        try:
            for ended in asyncio.as_completed(tasks):
                yield await ended
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def wait(self) -> Table:
        """Wait for the ends of all: a table of names, exit codes and signals."""
        return ends_table(self.models, [end async for end in self.ends()])

    async def run(self, line: str, *, check: bool = False, told: Told = lambda _: None) -> GroupResult:
        """Run `line` in the shell of each at once; as `TerminalGroup.run`. Cancelling interrupts all."""
        outcome = await fan_out_async(self._engine, self.models, line, told=told)
        if check:
            outcome.check()
        return outcome

    async def _end(self, model: dict[str, Any]) -> End:
        try:
            async with await self._engine.attach(model["id"], mode="ro") as attachment:
                return model, await attachment.wait()
        except NotFoundError:
            return model, None

    async def _all(self, operations: list[dict[str, Any]]) -> Outcome:
        return Outcome(self.models, await self._engine.batch(operations))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with _unless(kind):
            await self.close()


def _unless(kind: type[BaseException] | None) -> contextlib.suppress:
    """Where leaving is for an error already, one of ours does not take its place."""
    return contextlib.suppress(*([] if kind is None else [OrchflowError]))


def _closings(results: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{"op": "close", "id": result["result"]["id"]} for result in results if result["ok"]]


def _creations(count: int, name: str, fields: dict[str, Any]) -> list[dict[str, Any]]:
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        raise InvalidRequestError(f"a group is of so many terminals, and {count!r} is no number of them")
    return [{"op": "create", "name": f"{name}-{number}", **fields} for number in range(1, count + 1)]


def _all_made(results: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The models of those that were made. Raises why one was not."""
    for result in results:
        if not result["ok"]:
            raise from_status(result["status"], result["message"])
    return [result["result"] for result in results]
