"""The words of `%orchflow`: subcommands and options, read with argparse and without its habit to exit."""

import argparse
import contextlib
import difflib
import math
import re
import shlex
from typing import Any, NoReturn

from IPython.core.error import UsageError

from orchflow_jupyter.client.command_line import WORD
from orchflow_jupyter.protocol.terminal import MAX_SCROLLBACK

__all__ = ["COMMANDS", "VALUED", "HelpShown", "parse"]


SEND = re.compile(rf"(\s*send(?:\s+(?:-r|--raw))*\s+(?!-){WORD})(?:\s(.*))?", re.DOTALL)
"""`send [-r] NAME` and the text after it, which goes as it was written, quotes and all."""

VALUED = ("-n", "--name", "-g", "--group", "-o", "--out", "--timeout")
"""Options of `run` whose next word is theirs."""
RUN = re.compile(
    rf"(\s*run(?:\s+(?:(?:{'|'.join(VALUED)})(?:\s+|=){WORD}|-[ngo]{WORD}|--bg|--check|-h|--help))*)"
    r"(?:\s+--(?=\s|$)|(?=\s+[^-\s])|\s*$)(.*)",
    re.DOTALL,
)
"""`run`, its options, and the command line after them, which goes as it was written too."""


WATCH = re.compile(rf"(\s*watch(?:\s+(?!--run\b){WORD})*)\s+--run(?:\s+|=)(.*)", re.DOTALL)
"""`watch` and its options, and the command line of `--run`, which goes as it was written unless all of it is quoted."""
QUOTED = re.compile(r"""("(?:[^"\\]|\\.)*"|'[^']*')((?:\s+--(?:ignore|restart)\b.*)?)""", re.DOTALL)


class HelpShown(Exception):  # noqa: N818 - it is no error: the help was asked for
    """Help was asked for and printed; there is nothing more to do."""


class _Parser(argparse.ArgumentParser):
    def __init__(self, **about: Any) -> None:
        # What the patterns above do not know would be cut into words, and lose its quotes.
        super().__init__(**about, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"%{self.prog}: {message}. See %{self.prog} --help")

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        raise HelpShown(message or "")


def _seconds(word: str) -> float:
    with contextlib.suppress(ValueError):
        if 0 < (seconds := float(word)) < math.inf:
            return seconds
    raise argparse.ArgumentTypeError(f"it takes seconds, more than 0, and {word!r} is not that")


def _lines(word: str) -> int:
    with contextlib.suppress(ValueError):
        if 0 <= (lines := int(word)) <= MAX_SCROLLBACK:
            return lines
    raise argparse.ArgumentTypeError(
        f"it takes a number of lines, from 0 to {MAX_SCROLLBACK:,}, and {word!r} is not that"
    )


def _parser() -> tuple[_Parser, dict[str, Any]]:
    parser = _Parser(prog="orchflow", description="Live terminals of this notebook's engine.")
    commands = parser.add_subparsers(dest="do", metavar="COMMAND", parser_class=_Parser, required=True)

    new = commands.add_parser("terminal", help="show a new terminal, or the running one of that name")
    new.add_argument("-n", "--name", help="what to call it")
    new.add_argument("--cwd", metavar="DIR", help="where to start; the kernel's directory by default")
    new.add_argument("--rows", type=int, default=20, metavar="N", help="the view's height in lines (20)")
    new.add_argument(
        "command", nargs=argparse.REMAINDER, metavar="COMMAND …", help="what to run; the login shell by default"
    )

    commands.add_parser("list", help="all terminals of the engine")
    attach = commands.add_parser("attach", help="show a terminal that runs already")
    attach.add_argument("name", metavar="NAME")
    attach.add_argument("--rows", type=int, default=20, metavar="N", help="the view's height in lines (20)")
    send = commands.add_parser("send", help="type a line into a terminal")
    send.add_argument(
        "-r", "--raw", action="store_true", help=r"no Enter at the end, and escapes such as \x03 or \t count"
    )
    send.add_argument("name", metavar="NAME")
    send.add_argument("text", nargs=argparse.REMAINDER, metavar="TEXT …")
    run = commands.add_parser("run", help="run a command and show its output; %%%%orchflow runs its cell")
    run.add_argument("-n", "--name", help="the terminal whose shell runs it; one of its own by default")
    run.add_argument(
        "-g",
        "--group",
        metavar="NAME,NAME…",
        help="run it in the shells of all these at once; * and ? count, and GROUP means GROUP-1 and on",
    )
    run.add_argument("--timeout", type=_seconds, metavar="S", help="seconds after which it is interrupted")
    run.add_argument("--bg", action="store_true", help="do not wait for its end")
    run.add_argument("--check", action="store_true", help="raise an error where it fails")
    run.add_argument("-o", "--out", metavar="VAR", help="the variable that gets the result")
    run.add_argument("text", nargs=argparse.REMAINDER, metavar="COMMAND …")
    kill = commands.add_parser("kill", help="hang up on a terminal")
    kill.add_argument("name", metavar="NAME")
    record = commands.add_parser("record", help="record a terminal into a file, as asciicast v3")
    record.add_argument("-i", "--input", action="store_true", help="record what is typed, too")
    record.add_argument("-f", "--overwrite", action="store_true", help="overwrite the file")
    record.add_argument("name", metavar="NAME")
    record.add_argument("file", metavar="FILE")
    stop = commands.add_parser("stop-recording", help="end a terminal's recording")
    stop.add_argument("name", metavar="NAME")
    play = commands.add_parser("play", help="play a recording")
    play.add_argument("--speed", type=float, default=1.0, metavar="X", help="that to begin with (1)")
    play.add_argument("--idle", type=float, default=0.0, metavar="S", help="cut pauses to S seconds")
    play.add_argument("file", metavar="FILE")
    screen = commands.add_parser("screen", help="print what a terminal shows")
    screen.add_argument("--lines", type=_lines, default=0, metavar="N", help="and N lines above it")
    screen.add_argument("name", metavar="NAME")
    image = commands.add_parser("image", help="show or save a picture of a terminal")
    image.add_argument("--dark", action="store_true", help="light on dark")
    image.add_argument("--trim", action="store_true", help="without the blank lines at the end")
    image.add_argument("--lines", type=_lines, default=0, metavar="N", help="with N lines above the screen")
    image.add_argument("--png", action="store_true", help="as PNG; as SVG by default")
    image.add_argument("-o", "--out", metavar="FILE", help="save it in FILE, as PNG where that ends with .png")
    image.add_argument("name", metavar="NAME")
    watch = commands.add_parser("watch", help="show what changes below a path, and run a command each time")
    watch.add_argument("path", nargs="?", default=".", metavar="PATH", help="a directory or a file (.)")
    watch.add_argument("--ignore", action="append", default=[], metavar="GLOB", help="as in .gitignore; repeatable")
    watch.add_argument("--restart", action="store_true", help="end a run that goes on when something changes")
    watch.add_argument("--run", default="", metavar="COMMAND", help="what to run again in a terminal; comes last")
    change = commands.add_parser("on-change", help="%%%%orchflow on-change: run the cell again when files change")
    change.add_argument("paths", nargs="+", metavar="PATH", help="directories or files")
    change.add_argument("--ignore", action="append", default=[], metavar="GLOB", help="as in .gitignore; repeatable")
    edit = commands.add_parser("edit", help="edit a file, with everybody who has it open")
    edit.add_argument("--height", type=int, default=420, metavar="N", help="that of the text in pixels at most (420)")
    edit.add_argument("--readonly", action="store_true", help="look, and edit nothing")
    edit.add_argument("--new", action="store_true", help="make the file where there is none")
    edit.add_argument("path", metavar="PATH[:LINE]")
    commands.add_parser("status", help="the engine's figures")
    commands.add_parser("metrics", help="how long keys take, what goes on, what it costs: live in a notebook")

    return parser, commands.choices


COMMANDS: dict[str, list[str]] = {
    name: [option for action in sub._actions for option in action.option_strings] for name, sub in _parser()[1].items()
}
"""The options of each subcommand, for completion."""


def parse(line: str) -> argparse.Namespace:
    """The line's words. Raises `UsageError` for what makes no sense, `HelpShown` after `--help`."""
    text = ""
    sending = SEND.fullmatch(line) or RUN.fullmatch(line)
    watching = WATCH.fullmatch(line)
    if sending:
        line, text = sending[1], sending[2] or ""
    elif watching:
        quoted = QUOTED.fullmatch(watching[2].strip())
        line, text = watching[1] + (quoted[2] if quoted else ""), watching[2].strip()
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise UsageError(f"%orchflow: {error} in {line!r}") from None
    given = _parsed(words or ["--help"])
    if given.do == "run" and not sending:
        raise UsageError("%orchflow run: what comes before the command is not clear. See %orchflow run --help")
    given.text = text if sending else " ".join(getattr(given, "text", []))
    if watching:
        given.run = shlex.split(quoted[1])[0] if quoted else text
        if not given.run:
            raise UsageError("%orchflow watch: what is to be run? Name a command after --run")
    if given.do == "terminal" and given.command[:1] == ["--"]:
        del given.command[0]
    return given


def _parsed(words: list[str]) -> argparse.Namespace:
    if words[0] == "help":
        words = [*words[1:], "--help"]
    if not words[0].startswith("-") and words[0] not in COMMANDS:
        near = difflib.get_close_matches(words[0], COMMANDS, 1)
        meant = f"; did you mean {near[0]}?" if near else "."
        raise UsageError(f"%orchflow: there is no {words[0]!r}{meant} %orchflow --help says what there is")
    parser, commands = _parser()
    given, unknown = parser.parse_known_args(words)
    if unknown:
        commands[given.do].error(f"it does not take {shlex.join(unknown)}")
    return given
