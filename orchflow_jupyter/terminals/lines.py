"""What a program loses that reads line by line, of lines that are longer than the kernel's buffer.

In canonical mode (termios(3)) the kernel edits a line before the program gets it, and keeps 4,095 bytes of it and the
end of the line; the rest is dropped without a word.
"""

import re

from orchflow_jupyter.terminals.input import InputQueue
from orchflow_jupyter.terminals.pty import Pty

__all__ = ["LONG", "MAX_LINE", "Lines"]

MAX_LINE = 4095
"""Bytes of one line, without its end (termios(3), N_TTY_BUF_SIZE)."""
LONG = 1024
"""Bytes of one input up to which nothing is looked at: keys and most pastes."""
ENDS = (b"\r", b"\n", b"\x04")


class Lines:
    """How long the line is that a terminal's input stands in, as far as long inputs tell: short ones are not seen."""

    __slots__ = ("_input", "_length", "_pty", "_until")

    def __init__(self, pty: Pty, inputs: InputQueue) -> None:
        self._pty = pty
        self._input = inputs
        self._length = 0
        self._until = 0

    def canonical(self) -> bool:
        """Whether the program gets whole lines, and long ones cut."""
        return self._pty.canonical()

    def cut(self, data: bytes, *, anyway: bool) -> int:
        """How many bytes of `data`, which is to be typed next, are too many; if any, it is typed only `anyway`."""
        taken = self._input.taken
        length = self._length if taken == self._until else 0
        lost = _lost(data, length) if self._pty.canonical() else 0
        if anyway or not lost:
            rest = len(data) - max(data.rfind(end) for end in ENDS) - 1
            self._length = rest if rest < len(data) else rest + length
            self._until = taken + len(data)
        return lost


def _lost(data: bytes, length: int) -> int:
    """Bytes too many, where the line has `length` bytes already."""
    if length + len(data) <= MAX_LINE:
        return 0
    first, *others = map(len, re.split(b"[%b]" % b"".join(ENDS), data))
    return max(0, first - max(0, MAX_LINE - length)) + sum(max(0, other - MAX_LINE) for other in others)
