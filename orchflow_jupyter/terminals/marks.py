"""Finds the marks that a shell leaves in its output; works across any cut, and never changes a byte.

The marks are those of OSC 633, with the terminal's nonce as the last field of each (`docs/protocol.md`), so that
what a program prints cannot be taken for one.
"""

import re
from dataclasses import dataclass

__all__ = ["LONGEST", "Mark", "Marks"]

LONGEST = 64 * 1024
"""Bytes of one sequence; a longer one is none of ours, and is not waited for."""

STOP = re.compile(rb"[\x07\x18\x1a\x1b]")
"""What ends a control string: BEL, CAN, SUB, or the ESC of ST (ECMA-48, and xterm's ctlseqs)."""
ESCAPED = re.compile(r"\\(?:\\|x([0-9a-fA-F]{2}))")
TITLES = (b"0", b"2")


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark: `kind` is its letter, `title` or `bell`; it lies from output offset `start` to `end`."""

    kind: str
    value: str
    start: int
    end: int


class Marks:
    """Reads output in pieces of any size. Output without an ESC ] costs one search of its bytes."""

    def __init__(self, nonce: str) -> None:
        self._nonce = nonce.encode()
        self._open = b""

    def reset(self) -> None:
        """The output goes on elsewhere: what was half seen is no more."""
        self._open = b""

    def feed(self, data: bytes, offset: int) -> list[Mark]:
        """The marks that are whole now; `data` begins at `offset`. Of several bells in a row it tells one."""
        if self._open:
            offset -= len(self._open)
            data = self._open + data
            self._open = b""
        found: list[Mark] = []
        at = 0
        while True:
            start = data.find(b"\x1b]", at)
            bell = data.find(b"\x07", at, start if start >= 0 else len(data))
            if bell >= 0:
                found.append(Mark("bell", "", offset + bell, offset + bell + 1))
            if start < 0:
                if data.endswith(b"\x1b"):
                    self._open = b"\x1b"
                return found
            stop = STOP.search(data, start + 2, start + 2 + LONGEST)
            if stop is None:
                if len(data) < start + 2 + LONGEST:
                    self._open = data[start:]
                    return found
                at = start + 2
                continue
            end = stop.start()
            ends = data[end : end + 2]
            if ends == b"\x1b":
                self._open = data[start:]
                return found
            if ends[:1] == b"\x07" or ends == b"\x1b\\":
                at = end + (1 if ends[:1] == b"\x07" else 2)
                mark = self._mark(data[start + 2 : end], offset + start, offset + at)
                if mark:
                    found.append(mark)
            else:
                at = end if ends[:1] == b"\x1b" else end + 1

    def _mark(self, body: bytes, start: int, end: int) -> Mark | None:
        code, _, rest = body.partition(b";")
        if code in TITLES:
            return Mark("title", rest.decode(errors="replace"), start, end)
        if code != b"633":
            return None
        words = rest.split(b";")
        if len(words) < 2 or words[-1] != self._nonce:
            return None
        value = ";".join(word.decode(errors="replace") for word in words[1:-1])
        return Mark(words[0].decode("ascii", "replace"), _unescaped(value), start, end)


def _unescaped(text: str) -> str:
    r"""A backslash stands as `\\`, what may not stand in a field as `\xHH`."""
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)) if found[1] else "\\", text)
