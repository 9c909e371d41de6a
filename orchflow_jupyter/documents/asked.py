"""What a client asks to open, checked: which file, where it is kept, and how much of it is wanted at once."""

import os
from collections.abc import Container, Mapping
from typing import Any, NamedTuple

from orchflow_jupyter.errors import InvalidRequestError, NotAllowedError, NotFoundError

__all__ = ["Asked", "asked"]

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
        raise NotAllowedError(f"{path!r} is not below the root directory")
    relative = os.path.relpath(absolute, root)
    if not hidden and any(part.startswith(".") for part in relative.split(os.sep)):
        raise NotFoundError(f"there is no file {path!r} (hidden files are not served: allow_hidden)")
    if kind == "local" and not os.path.isfile(absolute) and relative not in known:
        raise NotFoundError(f"there is no file {path!r}")
    return Asked(relative, kind, head)
