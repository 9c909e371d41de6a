"""`%orchflow run --group`: one command in the shells of many terminals, and a table that fills as it ends in each."""

from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from IPython import get_ipython
from IPython.core.error import UsageError
from IPython.display import DisplayHandle

from orchflow_jupyter.client.current import current_engine
from orchflow_jupyter.client.fanout import GroupResult
from orchflow_jupyter.client.group import TerminalGroup
from orchflow_jupyter.errors import OrchflowError
from orchflow_jupyter.magics.run import command_of, ends_kept, handed

__all__ = ["members", "run_in_group"]


def run_in_group(given: Any, user: dict[str, Any]) -> GroupResult | None:
    """Run `given.text` in the terminals that `given.group` names; the result, or None where `given.out` takes it.

    With `bg` nothing is waited for. Raises `GroupFailedError` where `given.check` is set.
    """
    line = command_of(given)
    if given.name is not None:
        raise UsageError("%orchflow run: it takes either one terminal (-n) or a group of them (-g)")
    engine = current_engine()
    group = TerminalGroup(engine, members(given.group, engine.list()))
    if given.bg:
        for model in group.models:
            try:
                with engine.attach(model["id"]) as terminal:
                    terminal.begin(line)
            except (OrchflowError, TimeoutError) as error:
                raise UsageError(f"%orchflow run: {model['name']}: {error}") from None
        print(f"Runs in {', '.join(map(repr, group.names))}.")  # noqa: T201 - a cell's output is what it prints
        return None
    with ends_kept(given, user):
        result = group.run(line, timeout=given.timeout, told=_live())
    return handed(result, given, user)


def members(words: str, models: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The running terminals that `words` names: names between commas, patterns, or what stands before `-1` in them.

    Raises `UsageError` for a word that names none.
    """
    running = [model for model in models if model["state"] == "running"]
    found: dict[str, Mapping[str, Any]] = {}
    for word in filter(None, map(str.strip, words.split(","))):
        named = [model for model in running if model["name"] == word]
        named = named or [model for model in running if fnmatchcase(model["name"], word)]
        named = named or [model for model in running if _numbered(model["name"], word)]
        if not named:
            there = ", ".join(model["name"] for model in running) or "none"
            raise UsageError(f"%orchflow run: no terminal runs that {word!r} names; there are: {there}")
        found |= {model["id"]: model for model in named}
    if not found:
        raise UsageError("%orchflow run: -g takes the names of terminals")
    return list(found.values())


def _numbered(name: str, group: str) -> bool:
    """Whether `TerminalGroup.create` would call one of `group`'s terminals so."""
    before, _, number = name.rpartition("-")
    return before == group and number.isdigit()


def _live() -> Callable[[GroupResult], None]:
    """Shows a result as it grows: in place where pages are drawn, else a line for each end."""
    if getattr(get_ipython(), "kernel", None) is None:
        return _Lines()
    return _Shown()


class _Shown:
    """A table in the cell's output, drawn anew for each end."""

    def __init__(self) -> None:
        self._handle: Any = None

    def __call__(self, result: GroupResult) -> None:
        if self._handle is None:
            self._handle = DisplayHandle()  # type: ignore[no-untyped-call]
            self._handle.display(result.table())
        else:
            self._handle.update(result.table())


class _Lines:
    """Prints how it ended in each terminal, once."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def __call__(self, result: GroupResult) -> None:
        for name in result.names:
            if name not in self._told and (name in result.results or name in result.failed):
                self._told.add(name)
                print(f"{name}: {result.how(name)}")  # noqa: T201
