"""`%orchflow run` and `%%orchflow`: a command or a script, its output as it comes, and how it ended."""

import contextlib
import keyword
import os
import re
from collections.abc import Iterator
from typing import Any, TypeVar

from IPython import get_ipython
from IPython.core.error import UsageError

from orchflow_jupyter.client.attached import Attachment
from orchflow_jupyter.client.calls import by_shell
from orchflow_jupyter.client.command_line import WORD
from orchflow_jupyter.client.current import current_engine
from orchflow_jupyter.client.fanout import GroupInterruptedError, GroupResult
from orchflow_jupyter.client.result import CommandInterruptedError, CommandTimeoutError, Result
from orchflow_jupyter.errors import InvalidRequestError, NotFoundError
from orchflow_jupyter.magics.briefly import briefly
from orchflow_jupyter.magics.printed import Printed
from orchflow_jupyter.magics.words import COMMANDS, VALUED

__all__ = ["command_of", "ends_kept", "handed", "run", "script"]

_WAITING = {"--timeout": "timeout", "-o": "out", "--check": "check"}
"""Options for a command's end."""
WORDS = re.compile(WORD)
Ended = TypeVar("Ended", Result, GroupResult)


def run(given: Any, user: dict[str, Any]) -> Result | None:
    """Run `given.text`, streamed; the result, which is put into `user` instead where `given.out` names a variable.

    With a name it runs in that terminal's shell, which is started where none of that name runs; else in a terminal
    of its own. With `bg` nothing is waited for. Raises `CommandFailedError` where `given.check` is set.
    """
    line = command_of(given)
    if given.bg:
        print(f"Runs in {_begun(line, given.name)!r}.")  # noqa: T201 - a cell's output is what it prints
        return None
    with ends_kept(given, user):
        result = _watched(line, given.name, given.timeout)
    return handed(result, given, user)


@contextlib.contextmanager
def ends_kept(given: Any, user: dict[str, Any]) -> Iterator[None]:
    """Within it, what was interrupted or not in time hands over what there is of it, and raises all the same."""
    try:
        yield
    except (CommandInterruptedError, GroupInterruptedError) as ended:
        _keep(ended.result, given, user)
        raise briefly(KeyboardInterrupt(str(ended))) from None
    except CommandTimeoutError as ended:
        _keep(ended.result, given, user)
        raise


def _keep(result: Result | GroupResult, given: Any, user: dict[str, Any]) -> None:
    if given.out is not None:
        user[given.out] = result
    elif (shell := get_ipython()) is not None:
        shell.displayhook.update_user_ns(result)


def handed(result: Ended, given: Any, user: dict[str, Any]) -> Ended | None:
    """The result for the cell, or None where the variable `given.out` gets it; checked where that is asked for."""
    if given.out is not None:
        user[given.out] = result
        print(repr(result))  # noqa: T201
    if given.check:
        result.check()
    return result if given.out is None else None


def command_of(given: Any) -> str:
    """The command line that is to be run. Raises `UsageError` where there is none, or nowhere to put its result."""
    line = str(given.text.strip())
    if not line:
        raise UsageError("%orchflow run: what is to be run? Name a command")
    if given.bg and (more := [name for name, on in _WAITING.items() if getattr(given, on) not in (None, False)]):
        raise UsageError(f"%orchflow run: with --bg nothing is waited for, so leave out {' and '.join(more)}")
    if given.out is not None and (not given.out.isidentifier() or keyword.iskeyword(given.out)):
        raise UsageError(f"%orchflow run: -o takes a variable's name, and {given.out!r} is none")
    return line


def script(line: str, cell: str) -> str:
    """The line of `run` for `%%orchflow [NAME] [options]`, whose cell is what runs. Raises `UsageError`."""
    names, words = list[str](), list[str]()
    given = iter(WORDS.findall(line))
    for word in given:
        if word.startswith("-"):
            words += [word, *([next(given, "")] if word in VALUED else [])]
        else:
            names.append(word)
    if len(names) > 1:
        raise UsageError(f"%%orchflow: {' '.join(names)!r} are several words, and one terminal's name is wanted")
    if names and names[0] in COMMANDS:
        raise UsageError(
            f"%%orchflow {names[0]}: that is no terminal but a command, of one %: %orchflow {names[0]}; "
            f"for a terminal of that name write %%orchflow -n {names[0]}"
        )
    return " ".join(["run", *(f"-n {name}" for name in names), *words, "--", cell])


def _watched(line: str, name: str | None, timeout: float | None) -> Result:
    with Printed() as printed:
        if name is None:
            return current_engine().run(line, timeout=timeout, watch=printed, interrupt=True, cwd=os.getcwd())
        with _shell(name) as terminal:
            return terminal.run(line, timeout=timeout, watch=printed, interrupt=True)


def _begun(line: str, name: str | None) -> str:
    engine = current_engine()
    if name is None or not _runs(name):
        return str(engine.create(by_shell(line), name=name, cwd=os.getcwd())["name"])
    with _shell(name) as terminal:
        terminal.begin(line)
    return name


@contextlib.contextmanager
def _shell(name: str) -> Iterator[Attachment]:
    """Attached to the running terminal of that name, or to a new login shell; one that runs no commands is closed."""
    engine, new = current_engine(), not _runs(name)
    terminal = str((engine.create(name=name, cwd=os.getcwd()) if new else engine.get(name))["id"])
    with engine.attach(terminal) as attachment:
        try:
            yield attachment
        except InvalidRequestError:
            if not new:
                raise
            engine.delete(terminal)
            if attachment.model.get("integration") != "none":
                raise
            shell = attachment.model["command"][0]
            raise InvalidRequestError(f"your login shell is {shell}, which marks no commands: leave out -n") from None


def _runs(name: str) -> bool:
    try:
        return bool(current_engine().get(name)["state"] == "running")
    except NotFoundError:
        return False
