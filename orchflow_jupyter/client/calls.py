"""What control calls are given and what is made of their answers; the same for scripts and for event loops."""

import os
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from orchflow_jupyter.errors import InvalidRequestError, NotFoundError

__all__ = ["adoption", "as_bytes", "by_shell", "check_line", "creation", "named", "recording", "typed"]


def creation(
    command: Sequence[str] | None,
    name: str | None,
    cwd: str | os.PathLike[str] | None,
    env: Mapping[str, str] | None,
    cols: int,
    rows: int,
) -> dict[str, Any]:
    """The parameters of a new terminal, without those that say nothing.

    Raises `InvalidRequestError` for a command that is no list of words.
    """
    words = None if command is None else [command] if isinstance(command, str | bytes) else list(command)
    if words is not None and (isinstance(command, str | bytes) or not all(isinstance(word, str) for word in words)):
        raise InvalidRequestError(
            f"command is a list of words, each of them text, as ['ls', '-l'], and not {command!r}"
        )
    given = {
        "name": name,
        "command": words,
        "cwd": None if cwd is None else os.fspath(cwd),
        "env": None if env is None else dict(env),
    }
    return {key: value for key, value in given.items() if value is not None} | {"cols": cols, "rows": rows}


def by_shell(line: str) -> list[str]:
    """The words that run `line` as this user's shell reads it, and nothing after it. Raises `InvalidRequestError`."""
    check_line(line)
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
    return {"id": terminal, "path": os.path.abspath(os.path.expanduser(path)), **options}


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
