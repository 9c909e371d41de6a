"""`Recording`: a recorded terminal, played in a notebook cell."""

import json
import os
from collections.abc import Sequence
from typing import Any

import anywidget
import traitlets as t

from orchflow_jupyter.errors import InvalidRequestError, NotFoundError, TooLargeError
from orchflow_jupyter.traits import Finite
from orchflow_jupyter.widgets.bundle import bundle, loader, versioned

__all__ = ["Recording"]

BUNDLE = "recording.js"
MAX_FILE = 64 * 1024 * 1024
"""Bytes of a file that a page plays."""
VERSIONS = (1, 2, 3)
NOTHING = b'[0.0, "o", ""]\n'


class Recording(anywidget.AnyWidget):
    """The asciicast in the file `path`, with controls to play, seek and change the speed.

    `speed` is that to begin with; `idle_limit` cuts pauses to so many seconds, 0 leaves them. `theme` is `auto`,
    `light` or `dark`. The file is read once: one that is still recorded is shown as far as it is written.

    Raises `NotFoundError` where there is no such file, `InvalidRequestError` for one that is no asciicast,
    `TooLargeError` for one of more than 64 MiB.
    """

    _esm = loader()

    path = t.Unicode("").tag(sync=True)
    data = t.Bytes(b"").tag(sync=True)
    speed = Finite(1.0, min=0.1, max=100.0).tag(sync=True)
    idle_limit = Finite(0.0, min=0.0).tag(sync=True)
    theme = t.Enum(["auto", "light", "dark"], "auto").tag(sync=True)
    bundle = t.Unicode().tag(sync=True)

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        speed: float = 1.0,
        idle_limit: float = 0.0,
        theme: str = "auto",
    ) -> None:
        super().__init__(
            path=os.path.basename(path),
            data=_read(os.path.expanduser(path)),
            speed=speed,
            idle_limit=idle_limit,
            theme=theme,
            bundle=versioned(BUNDLE),
        )
        self.on_msg(self._received)

    def __repr__(self) -> str:
        return f"<Recording {self.path!r}>"

    def _received(self, _: Any, content: Any, buffers: Sequence[Any]) -> None:
        if not isinstance(content, dict) or content.get("kind") != "bundle":
            return
        try:
            self.send({"kind": "bundle"}, [bundle(BUNDLE)])
        except ImportError as error:
            self.send({"kind": "bundle", "error": str(error)}, [])


def _read(path: str) -> bytes:
    """The file's whole lines; one that is written just now may end in half a line."""
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_FILE + 1)
    except OSError as error:
        raise NotFoundError(f"{path} cannot be read: {error.strerror}") from None
    if len(data) > MAX_FILE:
        raise TooLargeError(f"{path} has more than {MAX_FILE} bytes, which no page plays")
    line, _, rest = data.partition(b"\n")
    try:
        head = json.loads(line)
        version = head["version"]
    except (ValueError, TypeError, KeyError):
        version = None
    if version not in VERSIONS:
        raise InvalidRequestError(f"{path} is no asciicast of version 1, 2 or 3")
    size = head.get("term") if version == 3 else {"cols": head.get("width"), "rows": head.get("height")}
    if not (isinstance(size, dict) and all(isinstance(size.get(n), int) and size[n] > 0 for n in ("cols", "rows"))):
        raise InvalidRequestError(f"{path} does not say of how many columns and rows it is, in its first line")
    if version == 1:
        return data
    # The player takes no recording without events for one.
    events = rest[: rest.rfind(b"\n") + 1]
    return b"%b\n%b" % (line, events if events.strip() else NOTHING)
