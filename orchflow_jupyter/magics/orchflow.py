"""`%orchflow`: what each subcommand does, and how its words are completed."""

import math
import re
import shlex
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from IPython import get_ipython
from IPython.core.completer import CompletionContext, SimpleCompletion, SimpleMatcherResult, context_matcher
from IPython.core.error import UsageError

from orchflow_jupyter.client.current import current_engine
from orchflow_jupyter.client.fanout import GroupFailedError
from orchflow_jupyter.client.result import CommandFailedError, CommandTimeoutError
from orchflow_jupyter.client.table import Table
from orchflow_jupyter.errors import OrchflowError
from orchflow_jupyter.magics.briefly import briefly
from orchflow_jupyter.magics.editing import edit, paths
from orchflow_jupyter.magics.run import run, script
from orchflow_jupyter.magics.screens import image, screen
from orchflow_jupyter.magics.words import COMMANDS, HelpShown, parse

__all__ = ["complete", "load", "orchflow"]

NAMED = ("attach", "send", "kill", "record", "stop-recording", "screen", "image")
"""Subcommands whose first word is a terminal's name."""
VALUED = ("--rows", "--lines", "-o", "--out", "--height", "--speed", "--idle", "--ignore")
"""Options of these whose next word is theirs."""
LAST_WORD = re.compile(r"""(?:"[^"]*"?|'[^']*'?|[^\s"'])*$""")
"""What stands before the cursor, up to a blank that is not within quotes."""
PATHS = re.compile(r"%orchflow\s+(?:edit|play|watch)\s")
"""A line whose words are paths."""
NONE_YET = "No terminal yet. Start one with %orchflow terminal."
MIB = 1024 * 1024


def orchflow(line: str, cell: str | None = None) -> Any:
    """Live terminals: `%orchflow terminal|list|attach|send|run|kill|…`; `%orchflow --help` says more.

    `%%orchflow [NAME]` runs its cell, in the shell of the terminal NAME where that is given; `%%orchflow on-change
    PATH` runs it in the kernel, and again when something changes there.
    """
    changing = cell is not None and line.split()[:1] == ["on-change"]
    try:
        given = parse(line if cell is None or changing else script(line, cell))
        given.cell = cell
    except HelpShown:
        return None
    try:
        return _DO[given.do](given)
    except (CommandFailedError, CommandTimeoutError, GroupFailedError) as error:
        raise briefly(error) from None
    except (OrchflowError, TimeoutError) as error:
        raise UsageError(f"%orchflow {given.do}: {error}") from None


def complete(line: str, names: Callable[[], list[str]]) -> tuple[list[str], str]:
    """What may stand where `line`, the text from `%orchflow` up to the cursor, ends; and the word that it replaces."""
    word = LAST_WORD.findall(line)[0]
    before = line[: len(line) - len(word)].split()[1:]
    if not before:
        offered = [*COMMANDS, "--help"]
    elif word.startswith("-"):
        offered = COMMANDS.get(before[0], [])
    elif before[0] in NAMED and not _positional(before):
        begun = word.lstrip("'\"")
        return [shlex.quote(name) for name in names() if name.startswith(begun)], word
    elif PATHS.match(line) and not _positional(before):
        return paths(word.lstrip("'\"")), word
    else:
        offered = []
    return [text for text in offered if text.startswith(word)], word


def _positional(words: list[str]) -> list[str]:
    return [word for last, word in pairwise(words) if not word.startswith("-") and last not in VALUED]


def load(ipython: Any) -> None:
    """Register the magic and its completion with an IPython shell."""
    ipython.register_magic_function(orchflow, "line_cell", "orchflow")

    @context_matcher()  # type: ignore[untyped-decorator]
    def orchflow_matcher(context: CompletionContext) -> SimpleMatcherResult:
        line = context.line_with_cursor[: context.cursor_position]
        start = line.find("%orchflow ")
        ours = start >= 0 and not line[:start].strip(" =\tabcdefghijklmnopqrstuvwxyz_")
        found, word = complete(line[start:], _names) if ours else ([], "")
        return SimpleMatcherResult(
            completions=[SimpleCompletion(text=text, type=_kind(text, line)) for text in found],
            matched_fragment=word,
            suppress=bool(found),
        )

    ipython.Completer.custom_matchers.append(orchflow_matcher)


def _kind(text: str, line: str) -> str:
    """What a front end shows beside it."""
    if text.startswith("-"):
        return "param"
    return "keyword" if text in COMMANDS else "path" if PATHS.match(line) else "instance"


def _names() -> list[str]:
    try:
        return [model["name"] for model in current_engine().list()]
    except OrchflowError:
        return []


def _terminal(given: Any) -> Any:
    from orchflow_jupyter.widgets.terminal import Terminal

    return Terminal(given.command or None, name=given.name, cwd=given.cwd, rows=_rows(given))


def _attach(given: Any) -> Any:
    from orchflow_jupyter.widgets.terminal import Terminal

    return Terminal.attach_to(given.name, rows=_rows(given))


def _list(_: Any) -> Table:
    return Table(
        ["name", "state", "command", "cwd", "size", "clients"],
        [
            [m["name"], _state(m), shlex.join(m["command"]), m["cwd"], f"{m['cols']} x {m['rows']}", m["clients"]]
            for m in current_engine().list()
        ],
        NONE_YET,
    )


def _send(given: Any) -> None:
    text = _unescaped(given.text) if given.raw else f"{given.text}\r".encode()
    engine = current_engine()
    with engine.attach(engine.get(given.name)["id"]) as terminal:
        terminal.send(text)


def _unescaped(text: str) -> bytes:
    try:
        return text.encode().decode("unicode_escape").encode("latin-1")
    except UnicodeError as error:
        raise UsageError(
            f"%orchflow send: escapes must be of bytes, such as \\x03, and {text!r} has others: {error}"
        ) from None


def _run(given: Any) -> Any:
    shell = get_ipython()
    user = shell.user_ns if shell else {}
    if given.group is None:
        return run(given, user)
    from orchflow_jupyter.magics.group import run_in_group

    return run_in_group(given, user)


def _kill(given: Any) -> None:
    engine = current_engine()
    engine.delete(engine.get(given.name)["id"])


def _record(given: Any) -> None:
    engine = current_engine()
    engine.record(engine.get(given.name)["id"], given.file, input=given.input, overwrite=given.overwrite)


def _stop_recording(given: Any) -> Table:
    engine = current_engine()
    done = engine.stop_recording(engine.get(given.name)["id"])
    return Table(["recording", "bytes", "error"], [[done["path"], f"{done['bytes']:,}", done["error"]]])


def _play(given: Any) -> Any:
    from orchflow_jupyter.widgets.recording import Recording

    if not (0.1 <= given.speed <= 100 and 0 <= given.idle < math.inf):
        raise UsageError("%orchflow play: --speed must be from 0.1 to 100, and --idle seconds, 0 or more")
    return Recording(given.file, speed=given.speed, idle_limit=given.idle)


def _watch(given: Any) -> Any:
    from orchflow_jupyter.magics.watching import watched

    return watched(get_ipython(), given)


def _on_change(given: Any) -> None:
    from orchflow_jupyter.magics.on_change import on_change

    if given.cell is None:
        raise UsageError("%orchflow on-change: it is for cells: write %%orchflow on-change PATH above the cell's body")
    on_change(get_ipython(), given, given.cell)


def _status(_: Any) -> Table:
    status = current_engine().status()
    memory = status["memory"]["private"]
    counters = status["counters"]
    return Table(
        ["engine", "value"],
        [
            ["root", status["root"]],
            ["process", f"{status['pid']}, version {status['version']}, up {status['uptime']:.0f} s"],
            ["terminals", f"{status['terminals']['running']} running, {status['terminals']['exited']} ended"],
            ["connections", status["connections"]],
            ["memory of its own", f"{memory / MIB:.1f} MiB" if memory else "not known here"],
            ["inputs", f"{counters['inputs']:,} with {counters['bytes_in']:,} bytes"],
            ["output", f"{counters['bytes_out']:,} bytes"],
        ],
    )


def _metrics(_: Any) -> Any:
    if getattr(get_ipython(), "kernel", None) is not None:
        from orchflow_jupyter.widgets.metrics import Metrics

        return Metrics()
    from orchflow_jupyter.magics.metrics import table

    return table(current_engine().metrics(each=False))


def _state(model: dict[str, Any]) -> str:
    if model["state"] == "running":
        recorded = ", recorded" if model["recording"] and not model["recording"]["error"] else ""
        return ("busy" if model["busy"] else "running") + recorded
    how = model["exit"] or {}
    if how.get("reason"):
        return str(how["reason"])
    if how.get("code") is not None:
        return f"ended with exit code {how['code']}"
    return f"ended by {how['signal']}" if how.get("signal") else "ended"


def _rows(given: Any) -> int:
    if not 1 <= given.rows <= 1000:
        raise UsageError(f"%orchflow: --rows must be from 1 to 1000, and {given.rows} is not")
    return int(given.rows)


_DO: dict[str, Callable[[Any], Any]] = {
    "terminal": _terminal,
    "list": _list,
    "attach": _attach,
    "send": _send,
    "run": _run,
    "kill": _kill,
    "record": _record,
    "stop-recording": _stop_recording,
    "play": _play,
    "screen": screen,
    "image": image,
    "watch": _watch,
    "on-change": _on_change,
    "edit": edit,
    "status": _status,
    "metrics": _metrics,
}
