"""`Recording`: a recorded terminal, played in a notebook cell."""

import os
from collections.abc import Sequence
from typing import Any

import anywidget
import traitlets as t

from orchflow_jupyter.client.arguments import path_of
from orchflow_jupyter.errors import NotFoundError, TooLargeError
from orchflow_jupyter.traits import Finite
from orchflow_jupyter.widgets.bundle import bundle, loader, versioned
from orchflow_jupyter.widgets.casts import playable

__all__ = ["Recording"]

BUNDLE = "recording.js"
MAX_FILE = 64 * 1024 * 1024
"""Bytes of a file that a page plays."""


class Recording(anywidget.AnyWidget):
    """The asciicast in the file `path`, with controls to play, seek and change the speed.

    `speed` is that to begin with; `idle_limit` cuts pauses to so many seconds, 0 leaves them. `theme` is `auto`,
    `light` or `dark`. The file is read once: one that is still recorded is shown as far as it is written.

    Lines that are no events are left out, and `note` says so.

    Raises `NotFoundError` where there is no such file, `InvalidRequestError` for one that is no asciicast or of which
    nothing can be played, `TooLargeError` for one of more than 64 MiB.
    """

    _esm = loader()

    path = t.Unicode("").tag(sync=True)
    data = t.Bytes(b"").tag(sync=True)
    note = t.Unicode("").tag(sync=True)
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
        path = path_of(path)
        data, note = playable(_read(os.path.expanduser(path)), path)
        super().__init__(
            path=os.path.basename(path),
            data=data,
            note=note,
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
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_FILE + 1)
    except OSError as error:
        raise NotFoundError(f"{path} cannot be read: {error.strerror}") from None
    if len(data) > MAX_FILE:
        raise TooLargeError(f"{path} has more than {MAX_FILE} bytes, which no page plays")
    return data
