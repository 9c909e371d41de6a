"""Who is in a document, as pure state: one's own face, and those of the others (y-protocols' awareness).

A face is what y-codemirror.next shows: a name, a colour, and where the cursor is, as relative positions.
"""

import getpass
import json
import time
import zlib
from collections.abc import Iterable
from typing import Any

from orchflow_jupyter.protocol.documents import Face

__all__ = ["FaceBook", "login"]

RENEW = 15.0
"""Seconds after which a face is shown again: others take one that is silent for 30 for gone (y-protocols)."""
EVERY = 0.05
"""Seconds between two looks of a cursor that moves: with each edit they would cost as much as the edits."""
COLORS = ("#30bced", "#6eeb83", "#ee6352", "#9ac2c9", "#8acb88", "#1be7ff", "#ecb22e", "#c792ea", "#f08bb1")


def login() -> str:
    """The user's name, as far as there is one."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "kernel"


class FaceBook:
    """`client` is the number of our own document; a later clock holds."""

    def __init__(self, name: str) -> None:
        self.client = 0
        color = COLORS[zlib.crc32(name.encode(errors="replace")) % len(COLORS)]
        self._user = {"name": name, "color": color, "colorLight": color + "33"}
        self._cursor: dict[str, Any] | None = None
        self._clock = int(time.time())  # more than that of an earlier life with the same number
        self._due = True
        self._shown = 0.0
        self._others: dict[int, tuple[int, dict[str, Any] | None]] = {}

    @property
    def name(self) -> str:
        """What others see."""
        return self._user["name"]

    @name.setter
    def name(self, name: str) -> None:
        self._user = self._user | {"name": name}
        self._due = True

    @property
    def cursor(self) -> dict[str, Any] | None:
        """Where we are: `anchor` and `head`, relative positions as JSON."""
        return self._cursor

    @cursor.setter
    def cursor(self, cursor: dict[str, Any] | None) -> None:
        if cursor != self._cursor:
            self._cursor = cursor
            self._due = True

    def others(self) -> dict[int, dict[str, Any]]:
        """What others show, by their numbers."""
        return {client: state for client, (_, state) in self._others.items() if state is not None}

    def begin(self) -> None:
        """A new connection: nobody is known, and we are to be shown."""
        self._others.clear()
        self._due = True
        self._shown = 0.0

    def show(self) -> None:
        """Be shown again."""
        self._due = True

    @property
    def pending(self) -> bool:
        """Whether we look different than was shown."""
        return self._due

    def wants(self) -> float:
        """Seconds until it is time to be shown."""
        return max(0.0, self._shown + (EVERY if self._due else RENEW) - time.monotonic())

    def due(self) -> Face | None:
        """Our own face, where it is time to show it."""
        if self.wants() > 0:
            return None
        self._due = False
        self._shown = time.monotonic()
        self._clock += 1
        shown = {"user": self._user} | ({} if self._cursor is None else {"cursor": self._cursor})
        return Face(self.client, self._clock, json.dumps(shown))

    def gone(self) -> Face:
        """That we go."""
        self._clock += 1
        return Face(self.client, self._clock, None)

    def take(self, faces: Iterable[Face]) -> None:
        """Others look different now."""
        for client, clock, state in faces:
            known = self._others.get(client)
            if client == self.client or (known is not None and known[0] > clock):
                continue
            shown = None if state is None else json.loads(state)
            self._others[client] = (clock, shown if isinstance(shown, dict) else None)
