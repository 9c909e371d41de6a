"""Which output leaves nothing behind but text: it need not be parsed once enough lines have come after it.

Text, its colours and the erasing of a line's rest change no mode, margin, palette or title of a terminal (ECMA-48).
When as many lines have followed as scrollback and screen hold, nothing of it is to be seen; what is left is the pen.
"""

import re

__all__ = ["PEN", "last_lines", "lines_ended", "pen_after", "plain_part"]

PEN = re.compile(rb"\x1b\[[0-9;:]*+m")
"""Select Graphic Rendition: colours and the like."""
OTHER = re.compile(rb"\x1b(?!\[[0-9;:]*+[mK])")
"""The first sequence that is neither that nor Erase in Line."""
RESETS = (b"\x1b[0m", b"\x1b[m")
SHIFTS = (b"\x0e", b"\x0f")
"""Change the character set; all other control codes of ASCII only move the cursor."""
C1 = re.compile(rb"\xc2[\x80-\x9f]")
"""Control codes beyond ASCII, as UTF-8: CSI and its kin."""
UNFINISHED = 32
"""Bytes at the end that may be the beginning of a sequence."""
MOVES = re.compile(
    rb"\x1b(?!\[[0-9;:]*+[mKCDGPX@]|\[\?(?:1|7|12|25|1004|2004|2026)[hl]|\][^\x00-\x1f]*+(?:\x07|\x1b\\)|[=>]|\(B)"
)
"""The first sequence that may do more than change a row, a mode or a name, and so where the next lines go."""
LONGEST = 1024
"""Bytes of sequences for a pen; one that takes more is left to the emulator."""


def plain_part(data: bytes) -> int:
    """How much of `data`, from its start, is plain: all, all but a sequence that is cut off at the end, or nothing.

    Takes some 3 µs for 64 KiB of letters, 70 µs with colours.
    """
    if any(code in data for code in SHIFTS) or (b"\xc2" in data and C1.search(data) is not None):
        return 0
    other = OTHER.search(data) if b"\x1b" in data else None
    if other is None:
        return len(data)
    return other.start() if other.start() >= len(data) - UNFINISHED else 0


def pen_after(data: bytes, pen: bytes) -> bytes | None:
    """The sequences that make the pen after plain `data`, from those that made it before; None for too many."""
    if b"\x1b" not in data:
        return pen
    reset = -1
    for sequence in RESETS:  # each is looked for behind the other: without one, all of it would be
        reset = max(reset, data.rfind(sequence, max(0, reset)))
    pen = b"".join([pen if reset < 0 else b"", *PEN.findall(data, max(0, reset))])
    return pen if len(pen) <= LONGEST else None


def lines_ended(data: bytes) -> int:
    """How many lines end in `data` as long as each of them brings the cursor down, or the screen up, by one row."""
    other = MOVES.search(data)
    end = len(data) if other is None else other.start()
    if b"\xc2" in data and (control := C1.search(data)) is not None:
        end = min(end, control.start())
    return data.count(b"\n", 0, end)


def last_lines(data: bytes, lines: int) -> bytes | None:
    """What leaves the last `lines` lines of `data` as all of it does, where more of them were scrolled away in it.

    None where it is not plain, has fewer lines, or too much of a pen. It begins in the first column.
    """
    if not (part := plain_part(data)):
        return None
    at = part
    for _ in range(lines + 1):
        if (at := data.rfind(b"\r\n", 0, at)) < 0:
            return None
    pen = pen_after(data[: at + 2], b"")
    return None if pen is None else b"\r" + pen + data[at + 2 :]
