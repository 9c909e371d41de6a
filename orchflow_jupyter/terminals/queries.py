"""Answers to what a program asks its terminal: one for each question, whoever gives it.

A client's emulator answers what comes to it live. Where no client may write, a program that asks would wait for ever:
so the engine answers in the name of the client that will come, what xterm.js says of itself, and the cursor and the
modes of the emulator behind the stream. Where several clients may write, each answers; the program hears one of them.
"""

import re
from collections.abc import Callable

from orchflow_jupyter.terminals.checkpoints import Checkpoints
from orchflow_jupyter.terminals.listener import Listener
from orchflow_jupyter.terminals.ring import Ring
from orchflow_jupyter.terminals.unread import REPLY

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
HEARD = 2.0
"""Seconds after an answer for which those of other clients are taken for the same."""
LONGEST = 12
PIECE = 64 * 1024


class Queries:
    """Reads a terminal's output for questions; `listeners` are the terminal's own.

    `answer` writes an answer to the program, that to what it asked at an output offset.
    """

    __slots__ = ("_answer", "_answering", "_checkpoints", "_listeners", "_ring", "_seen", "_until", "attended")

    def __init__(
        self, ring: Ring, checkpoints: Checkpoints, answer: Callable[[bytes, int], None], listeners: list[Listener]
    ) -> None:
        self.attended = False
        """Whether a client is there that answers."""
        self._listeners = listeners
        self._answering: Listener | None = None
        self._until = 0.0
        self._ring = ring
        self._checkpoints = checkpoints
        self._answer = answer
        self._seen = 0

    def changed(self) -> None:
        """A client came or went."""
        was, self.attended = self.attended, any(listener.answers for listener in self._listeners)
        if was and not self.attended:
            self._seen = self._ring.end  # from here on nobody else answers

    def repeats(self, listener: Listener, now: float, data: bytes) -> bool:
        """Whether this is an answer that another client gives; who answers first does so for a while."""
        if REPLY.fullmatch(data) is None:
            return False
        if self._answering is not listener and now < self._until and self._answering in self._listeners:
            return True
        self._answering, self._until = listener, now + HEARD
        return False

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
            self._answer(FIXED[fixed], begin + asked.start())
        elif screen := self._checkpoints.now(begin + asked.end()):
            self._answer(screen.ask(asked[0]), begin + asked.start())
