"""What callers give, looked at before anything is done with it: the error names the argument, and what would do."""

import os
from collections.abc import Iterable, Mapping
from typing import Any

from orchflow_jupyter.errors import InvalidRequestError

__all__ = [
    "check_callback",
    "check_engine",
    "choice",
    "cursor_of",
    "index_of",
    "list_of",
    "name_of",
    "path_of",
    "patterns_of",
]


def path_of(path: Any, argument: str = "path", kind: str = "a file") -> str:
    """A path that may be one of a file, or what `kind` says. Raises `InvalidRequestError`, as all others here do."""
    found = os.fspath(path) if isinstance(path, os.PathLike) else path
    if not isinstance(found, str) or not found or "\0" in found:
        raise InvalidRequestError(
            f"{argument} must be that of {kind}, as a str without NUL or a PathLike, not {path!r}"
        )
    return found


def name_of(name: Any) -> str | None:
    """What stands at a cursor; None where nothing was given."""
    if name is not None and (not isinstance(name, str) or not name.strip()):
        raise InvalidRequestError(f"name must be a str that others can read, not {name!r}")
    return name


def choice(argument: str, value: Any, *choices: str) -> str:
    """One of the `choices`."""
    if value not in choices:
        raise InvalidRequestError(f"{argument} must be {' or '.join(map(repr, choices))}, not {value!r}")
    return str(value)


def check_engine(engine: object) -> None:
    """An engine that was opened, or None."""
    if engine is not None and not hasattr(engine, "control"):
        raise InvalidRequestError(f"engine must be an Engine, as Engine.open() gives it, not {engine!r}")


def patterns_of(patterns: Any) -> tuple[str, ...]:
    """What is to be ignored: one pattern, or several."""
    several = (patterns,) if isinstance(patterns, str) else patterns
    if not isinstance(several, Iterable) or isinstance(several, bytes):
        raise InvalidRequestError(f"ignore must be patterns as .gitignore has them, each a str, not {patterns!r}")
    found = tuple(several)
    for pattern in found:
        if not isinstance(pattern, str):
            raise InvalidRequestError(f"ignore must be patterns as .gitignore has them, each a str, not {pattern!r}")
    return found


def list_of(kind: type, values: Any, words: str) -> list[Any]:
    """Several of this kind, which text and what has names are not; `words` say what would do."""
    several = isinstance(values, Iterable) and not isinstance(values, str | bytes | Mapping)
    found = [*values] if several else []
    if not several or not all(isinstance(value, kind) for value in found):
        raise InvalidRequestError(f"{words}, and not {values!r}")
    return found


def check_callback(callback: object) -> None:
    """What can be called."""
    if not callable(callback):
        raise InvalidRequestError(f"callback must be a function, not {callback!r}")


def index_of(argument: str, value: Any, of: str = "characters") -> int:
    """A whole number; numpy's too."""
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise InvalidRequestError(f"{argument} must be a whole number of {of}, not {value!r}")
    return int(value.__index__())


def cursor_of(cursor: Any) -> tuple[int, int] | None:
    """The ends of a cursor: the same twice where nothing is selected."""
    if cursor is None:
        return None
    ends = tuple(cursor) if isinstance(cursor, tuple | list) else (cursor, cursor)
    try:
        anchor, head = (index_of("cursor", end) for end in ends)
    except (InvalidRequestError, ValueError):
        what = "an index, (anchor, head) for a selection, or None for nowhere"
        raise InvalidRequestError(f"cursor must be {what}, not {cursor!r}") from None
    return anchor, head
