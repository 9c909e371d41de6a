"""Answers to what a program asks its terminal while no client is there to answer.

A client's emulator answers what comes to it live. Where no client may write, a program that asks would wait for ever:
so the engine answers in the name of the client that will come, what xterm.js says of itself, and the cursor and the
modes of the emulator behind the stream.
"""

import re
from collections.abc import Callable

from orchflow_jupyter.terminals.checkpoints import Checkpoints
from orchflow_jupyter.terminals.ring import Ring

__all__ = ["Queries"]

ASKED = re.compile(rb"\x1b\[(?:(?P<fixed>0?c|>0?c|5n)|\??6n|\??\d{1,5}\$p)")
"""Device Attributes, Device Status Report, Cursor Position Report, Request Mode (ECMA-48, DEC STD 070)."""
FIXED = {
    b"c": b"\x1b[?1;2c",
    b"0c": b"\x1b[?1;2c",
    b">c": b"\x1b[>0;276;0c",
    b">0c": b"\x1b[>0;276;0c",
    b"5n": b"\x1b[0n",
}
"""What xterm.js answers, whatever the terminal's state."""
LONGEST = 12
PIECE = 64 * 1024


class Queries:
    """Reads a terminal's output for questions; `answer` writes to the program."""

    __slots__ = ("_answer", "_checkpoints", "_ring", "_seen")

    def __init__(self, ring: Ring, checkpoints: Checkpoints, answer: Callable[[bytes], None]) -> None:
        self._ring = ring
        self._checkpoints = checkpoints
        self._answer = answer
        self._seen = 0

    def go_on(self) -> None:
        """From here on nobody else answers."""
        self._seen = self._ring.end

    def look(self) -> None:
        """Answer what was asked since the last look."""
        ring = self._ring
        self._seen = max(self._seen, ring.start)
        while self._seen < ring.end:
            begin = self._seen
            data = ring.read(begin, PIECE)
            self._seen = begin + len(data)
            if b"\x1b[" in data:
                for asked in ASKED.finditer(data):
                    self._take(asked, begin)
            last = data.rfind(b"\x1b", -LONGEST)
            if last > 0 and self._seen == ring.end and ASKED.match(data, last) is None:
                self._seen = begin + last  # maybe the first half of a question
                return

    def _take(self, asked: re.Match[bytes], begin: int) -> None:
        if fixed := asked["fixed"]:
            self._answer(FIXED[fixed])
        elif screen := self._checkpoints.now(begin + asked.end()):
            self._answer(screen.ask(asked[0]))
