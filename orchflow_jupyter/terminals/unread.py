"""Answers to what a command asked its terminal and did not read: they stand at the prompt behind it, like keys.

`printf '\\033[6n'` asks where the cursor is, and ends. A program that wants an answer puts the terminal into raw mode,
and reads it; and some shells ask by themselves what they then read.
"""

import re
import time
from collections.abc import Callable

from orchflow_jupyter.terminals.ring import Ring

__all__ = ["REPLY", "Unread", "asks"]

QUESTION = re.compile(rb"\x1b(?:\[(?:[>=?]?\d*[cnqu]|\??\d+\$p)|\](?:4;\d+|1\d);\?|P[+$]q)")
"""Attributes, status, places, modes; versions, keyboards, colours, settings (ECMA-48, xterm's control sequences)."""
REPLY = re.compile(
    rb"(?:\x1b(?:\[(?!1;[2-8]R)[?>=]?[\d;]*\$?[Rcny]"  # but not F3 with a modifier, which looks like the cursor's place
    rb"|[\]P][^\x07\x1b]*(?:\x07|\x1b\\)))+"
)
"""What an emulator answers: attributes, status, places, modes; colours and settings (xterm's control sequences)."""
LATE = 0.1
"""Seconds before a prompt in which a program that reads keys, and is about to end, may not have read an answer."""
PIECE = 64 * 1024


class Unread:
    """The answers since the last prompt."""

    __slots__ = ("_given",)

    def __init__(self) -> None:
        self._given: list[tuple[int, bool, float]] = []

    def gave(self, asked: int, canonical: Callable[[], bool]) -> None:
        """An answer to a question at output offset `asked`; the program may take whole lines only (`canonical`)."""
        self._given = [*self._given[-16:], (asked, canonical(), time.monotonic())]

    def left(self, ended: int) -> bool:
        """The shell is at a prompt, behind a command whose output ended at `ended`: whether one waits for it there."""
        given, self._given = self._given, []
        now = time.monotonic()
        return any(asked < ended and (lines or now < when + LATE) for asked, lines, when in given)


def asks(ring: Ring, since: int) -> bool:
    """Whether something was asked in the output from `since` on."""
    return QUESTION.search(ring.read(max(ring.start, since), PIECE)) is not None
