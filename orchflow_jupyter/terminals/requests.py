"""What may be asked of terminals, as schemas: validated here, once, for REST and for Python clients alike."""

import os
import re
import shutil
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from orchflow_jupyter.errors import InvalidRequestError
from orchflow_jupyter.protocol.terminal import MAX_SCROLLBACK, MAX_SIZE, MIN_SIZE, SIGNALS

__all__ = [
    "Create",
    "Named",
    "Nothing",
    "Record",
    "Screen",
    "Signal",
    "Update",
    "environment",
    "executable",
    "is_utf8",
    "parse",
    "working_directory",
]

Length = Annotated[int, Meta(ge=MIN_SIZE, le=MAX_SIZE)]
Name = Annotated[str, Meta(min_length=1, max_length=100)]
Id = Annotated[str, Meta(min_length=1, max_length=100)]

CHOICES = {"op": "close, create, input, resize and signal", "encoding": "text and base64"}
"""What there is to choose from in these fields of a batch's operations, which the library does not say."""
LOGIN_SHELLS = ("bash", "zsh", "fish", "sh", "dash", "ksh", "ash", "tcsh", "csh")
"""Shells that take `-l`."""


class Create(Struct, forbid_unknown_fields=True):
    """A new terminal; everything has a default."""

    name: Name | None = None
    command: Annotated[list[str], Meta(min_length=1, max_length=10_000)] | None = None
    cwd: str | None = None
    env: dict[str, str] = {}
    cols: Length = 80
    rows: Length = 24
    integration: bool = True
    """Whether a shell is made to mark its prompts and commands."""


class Named(Struct, forbid_unknown_fields=True):
    """Which terminal."""

    id: Id


class Update(Struct, forbid_unknown_fields=True):
    """What to change of a terminal; what is not named stays."""

    id: Id
    name: Name | UnsetType = UNSET
    cols: Length | UnsetType = UNSET
    rows: Length | UnsetType = UNSET


class Signal(Struct, forbid_unknown_fields=True):
    """A signal for what runs in a terminal's foreground."""

    id: Id
    signal: str

    def __post_init__(self) -> None:
        if self.signal not in SIGNALS:
            raise ValueError(f"signal must be one of {', '.join(SIGNALS)}")


class Record(Struct, forbid_unknown_fields=True):
    """Record a terminal into the file `path`, absolute or relative to the root."""

    id: Id
    path: str
    input: bool = False
    overwrite: bool = False


class Screen(Struct, forbid_unknown_fields=True):
    """What a terminal shows, and so many lines above that."""

    id: Id
    scrollback: Annotated[int, Meta(ge=0, le=MAX_SCROLLBACK)] = 0


class Nothing(Struct, forbid_unknown_fields=True):
    """A call without parameters."""


Kind = TypeVar("Kind", bound=Struct)


def parse(params: Any, kind: type[Kind]) -> Kind:
    """`params` as `kind`. Raises `InvalidRequestError` that names the field and what would do."""
    try:
        request = msgspec.convert(params, kind)
    except msgspec.ValidationError as error:
        raise InvalidRequestError(_worded(str(error), kind)) from None
    name = getattr(request, "name", None)
    if isinstance(name, str) and not name.isprintable():
        raise InvalidRequestError("name must be of printable characters on one line")
    return request


def working_directory(cwd: str | None, root: str) -> str:
    """The directory that `cwd` names, absolute or relative to `root`."""
    if cwd is None:
        return root
    if "\0" in cwd:
        raise InvalidRequestError("cwd must not hold a NUL character")
    path = os.path.normpath(os.path.join(root, os.path.expanduser(cwd)))
    if not os.path.isdir(path):
        what = "is a file" if os.path.exists(path) else "does not exist"
        raise InvalidRequestError(f"cwd must be a directory, and {path} {what}")
    if not os.access(path, os.X_OK):
        raise InvalidRequestError(f"cwd must be a directory that you may enter, and {path} is not")
    return path


def environment(extra: Mapping[str, str], terminal: str) -> dict[str, str]:
    """The environment of a new program: ours, what a terminal needs, and `extra`."""
    for name, value in extra.items():
        if not name or "=" in name or "\0" in name or "\0" in value:
            raise InvalidRequestError(
                f"env must map names to text, without '=' in a name or NUL, and {name!r} does not"
            )
    ours = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    return ours | {"TERM": "xterm-256color", "COLORTERM": "truecolor", "ORCHFLOW_TERMINAL": terminal} | dict(extra)


def is_utf8(env: Mapping[str, str]) -> bool:
    """Whether programs with this environment take text for UTF-8 (locale(7))."""
    said = env.get("LC_ALL") or env.get("LC_CTYPE") or env.get("LANG") or ""
    return said.lower().replace("-", "").endswith("utf8")


def executable(command: list[str] | None, cwd: str, env: Mapping[str, str]) -> tuple[list[str], str]:
    """The words of `command`, or of the login shell where it is None, and the absolute path of the program."""
    if command is None:
        shell = login_shell()
        return [shell, "-l"] if os.path.basename(shell) in LOGIN_SHELLS else [shell], shell
    if any("\0" in word for word in command):
        raise InvalidRequestError("command must not hold a NUL character")
    word = command[0]
    if not word:
        raise InvalidRequestError("command must begin with a program's name, and its first word is empty")
    found = shutil.which(os.path.join(cwd, word) if "/" in word else word, path=env.get("PATH", os.defpath))
    if found is None:
        where = "is no program that you may run" if "/" in word else "was not found in PATH"
        raise InvalidRequestError(f"command must begin with a program, and {word!r} {where}")
    return command, os.path.join(cwd, found)


def login_shell() -> str:
    """The user's login shell: `SHELL`, else the password database's, else sh."""
    import pwd

    try:
        listed = pwd.getpwuid(os.getuid()).pw_shell
    except KeyError:
        listed = ""
    for shell in (os.environ.get("SHELL", ""), listed, "/bin/sh"):
        if shell and os.path.isabs(shell) and os.access(shell, os.X_OK):
            return shell
    raise InvalidRequestError("no shell was found; name a command")


def _worded(message: str, kind: type[Struct]) -> str:
    # msgspec says: Expected `int`, got `str` - at `$.cols`; Object contains unknown field `colour`
    where = re.search(r" - at `\$\.?(.*?)`$", message)
    text = message[: where.start()] if where else message
    text = text.replace("`", "").replace("Expected", "expected", 1)
    if where and (choices := CHOICES.get(where[1].rpartition(".")[2])) and text.startswith("Invalid"):
        text = f"there are {choices}, and no {text.rpartition(' ')[2]}"
    if where and where[1]:
        return f"{where[1]}: {text}"
    if "unknown field" in text:
        return f"{text.replace('Object contains ', '')}; there are {', '.join(kind.__struct_fields__) or 'none'}"
    return text
