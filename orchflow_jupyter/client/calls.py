"""What control calls are given and what is made of their answers; the same for scripts and for event loops."""

import os
import sys
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from orchflow_jupyter.client.arguments import list_of, path_of
from orchflow_jupyter.errors import InvalidRequestError, NotFoundError

__all__ = ["adoption", "as_bytes", "by_shell", "check_line", "creation", "named", "operations_of", "recording", "typed"]

WORDS = "command is a list of words, each of them text, as ['ls', '-l']"
MAX_WORD = 128 * 1024 - 2
"""Bytes of a word for a program (MAX_ARG_STRLEN, execve(2); Linux'), without its end and what `by_shell` adds."""


def creation(
    command: Sequence[str] | None,
    name: str | None,
    cwd: str | os.PathLike[str] | None,
    env: Mapping[str, str] | None,
    cols: int,
    rows: int,
) -> dict[str, Any]:
    """The parameters of a new terminal, without those that say nothing.

    Raises `InvalidRequestError` for a command that is no list of words, and for what is no directory or environment.
    """
    given = {
        "name": name,
        "command": None if command is None else list_of(str, command, WORDS),
        "cwd": None if cwd is None else path_of(cwd, "cwd", "a directory"),
        "env": None if env is None else _environment(env),
    }
    return {key: value for key, value in given.items() if value is not None} | {"cols": cols, "rows": rows}


def _environment(env: Any) -> dict[str, str]:
    if not isinstance(env, Mapping) or not all(isinstance(text, str) for item in env.items() for text in item):
        raise InvalidRequestError(f"env is a dict of text by names that are text, as {{'LANG': 'C'}}, and not {env!r}")
    return dict(env)


def by_shell(line: str) -> list[str]:
    """The words that run `line` as this user's shell reads it, and nothing after it. Raises `InvalidRequestError`."""
    check_line(line)
    if sys.platform == "linux" and len(line.encode()) > MAX_WORD:
        what = f"{MAX_WORD:,} bytes, and this one has {len(line.encode()):,}"
        raise InvalidRequestError(
            f"a command that gets a terminal of its own may have {what}: write it into a file, or run it in a "
            "terminal that is there, whose shell takes any length"
        )
    shell = os.environ.get("SHELL", "")
    return [
        shell if os.path.isabs(shell) and os.access(shell, os.X_OK) else "/bin/sh",
        "-c",
        f" {line}" if line.startswith("-") else line,
    ]


def adoption(
    terminal: str, *, since: int | None = None, attachment: str | None = None, mode: str = "rw", answers: bool = True
) -> dict[str, Any]:
    """The parameters of the call that hands over one end of a socket pair.

    Who has no emulator `answers` nothing that the program asks its terminal; then the engine does.
    """
    given = {"since": since, "attachment": attachment, "mode": mode, "answers": None if answers else "no"}
    return {
        "resource": f"terminals/{terminal}",
        "parameters": {name: value for name, value in given.items() if value is not None},
        "principal": f"pid {os.getpid()}",
    }


def recording(terminal: str, path: str | os.PathLike[str], options: Mapping[str, bool]) -> dict[str, Any]:
    """The parameters of a recording. A relative path is this process', as in every other call of Python's."""
    found = path if isinstance(path, str) and path else path_of(path)  # the engine says which text names no file
    return {"id": terminal, "path": os.path.abspath(os.path.expanduser(found)), **options}


def operations_of(operations: Any) -> list[Mapping[str, Any]]:
    """What a batch is to do. Raises `InvalidRequestError` for what is no list of operations."""
    return list_of(Mapping, operations, "operations is a list of dicts, each with its 'op'")


def typed(terminal: str, data: str | bytes) -> dict[str, Any]:
    """The operation of a batch that types `data`. Raises `InvalidRequestError` for what is neither text nor bytes."""
    if isinstance(data, str):
        return {"op": "input", "id": terminal, "data": data}
    return {"op": "input", "id": terminal, "data": b64encode(as_bytes(data)).decode(), "encoding": "base64"}


def as_bytes(data: str | bytes) -> bytes:
    """What is to be typed. Raises `InvalidRequestError` for what cannot be."""
    if isinstance(data, bytes | bytearray | memoryview):
        return bytes(data)
    if not isinstance(data, str):
        raise InvalidRequestError(f"what is typed is a str, or bytes, and not {data!r}")
    try:
        return data.encode()
    except UnicodeEncodeError:
        raise InvalidRequestError("what is typed must be Unicode, without half a surrogate pair") from None


def check_line(line: str) -> None:
    """Raises `InvalidRequestError` for what is no line for a shell."""
    if not isinstance(line, str):
        raise InvalidRequestError(f"a command is a str, as the shell reads it, and not {line!r}")
    if "\0" in line:
        raise InvalidRequestError("a command cannot hold a NUL: whoever reads it would take it for its end")
    try:
        line.encode()
    except UnicodeEncodeError:
        raise InvalidRequestError("a command must be Unicode, without half a surrogate pair") from None


def named(models: list[dict[str, Any]], terminal: str) -> dict[str, Any]:
    """The model with this id, else the newest running one with this name, else the newest with it."""
    for model in models:
        if model["id"] == terminal:
            return model
    matching = [model for model in models if model["name"] == terminal]
    if not matching:
        there = ", ".join(model["name"] for model in models) or "none"
        raise NotFoundError(f"there is no terminal {terminal!r}; there are: {there}")
    return max(matching, key=lambda model: (model["state"] == "running", model["created"]))
