"""`%orchflow edit PATH[:LINE]`: a file in an editor, and the completion of its path."""

import os
import re
import shlex
from typing import Any

from IPython.core.error import UsageError

__all__ = ["edit", "paths", "place"]

PLACE = re.compile(r"(?P<path>.+?):(?P<line>\d+)(?::\d+)?:?")
"""As compilers and tracebacks name places; the column is not asked for."""


def edit(given: Any) -> Any:
    """The editor of the file, at the line that is named."""
    from orchflow_jupyter.widgets.editor import Editor

    if given.height < 40:
        raise UsageError(f"%orchflow edit: --height must be 40 or more, and {given.height} is not")
    path, line = place(given.path)
    return Editor(path, line=line, height=given.height, readonly=given.readonly, new=given.new)


def place(text: str) -> tuple[str, int | None]:
    """The path and the line in `PATH[:LINE[:COLUMN]]`. A file that has such a name itself is meant before."""
    found = PLACE.fullmatch(text)
    if found is None or os.path.exists(os.path.expanduser(text)):
        return text, None
    return found["path"], int(found["line"])


def paths(begun: str) -> list[str]:
    """What paths begin so, quoted where the line needs it; directories end with a slash."""
    folder, name = os.path.split(begun)
    try:
        with os.scandir(os.path.expanduser(folder) or ".") as entries:
            found = sorted(
                (os.path.join(folder, entry.name), entry.is_dir())
                for entry in entries
                if entry.name.startswith(name) and (name.startswith(".") or not entry.name.startswith("."))
            )
    except OSError:
        return []
    return [_quoted(path) + ("/" if folded else "") for path, folded in found]


def _quoted(path: str) -> str:
    return path if path.startswith("~") and not re.search(r"""[\s"'\\]""", path) else shlex.quote(path)
