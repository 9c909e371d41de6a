"""What a client asks to open, checked: which file, where it is kept, and how much of it is wanted at once."""

import os
import stat
from collections.abc import Container, Mapping
from typing import Any, NamedTuple

from orchflow_jupyter.errors import InvalidRequestError, NotAllowedError, NotFoundError, NotSupportedError

__all__ = ["Asked", "asked", "is_text"]

MAX_HEAD = 65_536
"""Characters of a document that are told when it is opened."""


class Asked(NamedTuple):
    """`path` is relative to the root, with no links in it, or as a contents manager (`kind`) has it; `head` is how
    many characters are wanted."""

    path: str
    kind: str
    head: int


def asked(parameters: Mapping[str, Any], root: str, known: Container[str]) -> Asked:
    """What the parameters of a call say. `known` are the paths that are open, whose files may be gone.

    Raises `InvalidRequestError`, `NotFoundError`, `NotAllowedError` outside the root.
    """
    kind = parameters.get("storage", "local")
    if kind not in ("local", "contents"):
        raise InvalidRequestError(f"storage must be local or contents, and {kind!r} is neither")
    head = parameters.get("head", 0)
    if not isinstance(head, int) or isinstance(head, bool) or not 0 <= head <= MAX_HEAD:
        raise InvalidRequestError(f"head must be a number of characters, at most {MAX_HEAD}, and {head!r} is none")
    path = parameters.get("path")
    if not isinstance(path, str) or not path or "\0" in path:
        raise InvalidRequestError(f"path must be that of a file, and {path!r} cannot be one")
    hidden = parameters.get("hidden", True)
    if not isinstance(hidden, bool):
        raise InvalidRequestError(f"hidden must be true or false, and {hidden!r} is neither")
    try:
        absolute = (os.path.realpath if kind == "local" else os.path.normpath)(os.path.join(root, path))
    except (ValueError, OSError) as error:
        raise InvalidRequestError(f"path cannot be one: {error}") from error
    if os.path.commonpath((absolute, root)) != root:
        raise NotAllowedError(f"{absolute} is not below the root directory")
    relative = os.path.relpath(absolute, root)
    if not hidden and any(part.startswith(".") for part in relative.split(os.sep)):
        raise NotFoundError(f"there is no file {path!r} (hidden files are not served: allow_hidden)")
    if not is_text(relative):
        raise NotSupportedError(f"the name {os.fsencode(relative)!r} is not UTF-8: rename the file to edit it")
    if kind == "local" and relative not in known:
        _check_file(absolute, path)
    return Asked(relative, kind, head)


def is_text(path: str) -> bool:
    """Whether all can be told of a path: a name on Linux may be of any bytes, and a document has Unicode in it only."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _check_file(absolute: str, path: str) -> None:
    try:
        mode = os.stat(absolute).st_mode
    except OSError as error:
        if isinstance(error, FileNotFoundError | NotADirectoryError):
            raise NotFoundError(f"there is no file {path!r}") from None
        raise NotAllowedError(f"{path!r}: {error.strerror}") from error
    if stat.S_ISDIR(mode):
        raise NotSupportedError(f"{path!r} is a directory, and no file that could be edited")
    if not stat.S_ISREG(mode):
        raise NotSupportedError(f"{path!r} is no regular file, and cannot be edited")
