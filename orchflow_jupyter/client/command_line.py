"""How a command is typed so that a shell takes it as one, and what the shell says of one that it refuses."""

import contextlib
import os
import re
import shlex
import tempfile

from orchflow_jupyter.client.whole import whole
from orchflow_jupyter.errors import InvalidRequestError

__all__ = ["LONG", "WORD", "command_line", "refusal", "remove", "set_aside"]

LONG = 4096
"""Bytes that are typed for a command; line editors paint more for minutes, people cannot read it, and a terminal that
takes whole lines, while something runs, takes no more (termios(3))."""
PASTED = ("zsh", "fish")
"""Shells whose line editors take a paste, whether they ask terminals for it or not (bash's only where it asks)."""
NARROW = ("zsh",)
"""Shells whose line editors make "?" of each byte that is no character in the locale, and that is a pattern."""
WORD = r"""(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+"""
"""A word of a line as it was written, quotes, backslashes and all."""
KEYS = re.compile(r"[\x00-\x1f\x7f]")
"""What a line editor takes for keys."""
QUOTED = re.compile(r"[\x00-\x1f\x7f'\\!]")
"""What $'…' has other words for (bash(1), QUOTING; zsh has it, too); "!" outside of them is for its history."""
BYTES = re.compile(r"[\x00-\x1f\x7f-\xff'\\!]")
"""The same in bytes that are to be ASCII."""
NAMED = {"\n": "\\n", "\t": "\\t", "\\": "\\\\", "'": "\\'"}
LOOPED = ("bash",)
"""Shells that go on with the next line of an `eval` when a program of one was interrupted, but do leave a loop then."""
SUFFIX = {"zsh": ".zsh", "fish": ".fish"}
MARKED = b"\x1b]633;P"
"""How the first mark of a prompt begins."""


def command_line(line: str, shell: str, *, narrow: bool = False) -> bytes:
    """What is to be typed at the prompt of `shell`, for `line` or a script.

    A `narrow` one takes text for ASCII alone.
    """
    lines = _lines(line)
    if narrow and shell in NARROW and not lines.isascii():
        return f"eval $'{BYTES.sub(_quoted, lines.encode().decode('latin-1'))}'\r".encode("ascii")
    if KEYS.search(lines) or not whole(lines, shell):
        # Line by line, what comes after one that it refuses would be commands of their own; for the rest of what is
        # not whole it would wait.
        lines = f" {lines}" if lines.startswith("-") else lines  # it would be an option
        if shell == "fish":
            text = re.sub(r"[\\']", r"\\\g<0>", lines)
            return f"eval '{KEYS.sub(_outside, text)}'\r".encode()
        typed = f"eval $'{QUOTED.sub(_quoted, lines)}'"
        if shell in LOOPED and "\n" in lines:
            typed = f"for _ in 1;do {typed};done"
        return f"{typed}\r".encode()
    if shell in PASTED and not lines.isprintable():
        return b"\x1b[200~" + lines.encode() + b"\x1b[201~\r"
    return lines.encode() + b"\r"


def set_aside(line: str, shell: str) -> str:
    """The file from which a long `line` is to be read, which goes as soon as that has begun.

    Nobody else can read it. It is typed as `source FILE`. Raises `InvalidRequestError` where none can be made.
    """
    lines = _lines(line)
    try:
        descriptor, path = tempfile.mkstemp(prefix="orchflow-", suffix=SUFFIX.get(shell, ".sh"))
    except OSError as error:
        raise InvalidRequestError(
            f"a command of so many bytes is read from a temporary file, and none can be made here ({error.strerror}): "
            "set TMPDIR to a directory that can be written to"
        ) from None
    with open(descriptor, "w", encoding="utf-8", newline="") as file:
        # On the script's own first line, so that what the shell says of lines has their numbers.
        file.write(f"command rm -f -- {shlex.quote(path)}; {lines}\n")
    return path


def refusal(output: bytes, shell: str) -> tuple[int, int]:
    """Where in `output`, from the typing of a line to the next prompt, the shell says why it does not run it.

    It says so on lines of their own, the first with its name. Both are its end where it says nothing.
    """
    end = output.find(MARKED)
    end = output.rfind(b"\n", 0, None if end < 0 else end) + 1
    found = re.compile(rb"[\r\n](-?(?:[^\s:]*/)?%b: )" % re.escape(shell.encode())).search(output, 0, end)
    return (found.start(1) if found else end), end


def remove(path: str) -> None:
    """Remove what was set aside, where the shell has not."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


def _lines(line: str) -> str:
    return line.replace("\r\n", "\n").strip("\n")


def _quoted(found: re.Match[str]) -> str:
    return NAMED.get(found[0]) or f"\\{ord(found[0]):03o}"


def _outside(found: re.Match[str]) -> str:
    """A key in fish, which has words for it outside of quotes only (its manual, "Escaping characters")."""
    return "'{}'".format(NAMED.get(found[0]) or f"\\x{ord(found[0]):02x}")
