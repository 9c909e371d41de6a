"""The emulator beside the stream: output in, the bytes out that paint its state on a reset terminal.

This is pyghostty (libghostty-vt), which costs 9 MB: the module is imported when a screen is first needed. What it says
of a terminal is the base for recent raw bytes, never a substitute for them (`docs/decisions/0007-checkpoints.md`).
"""

import re
from collections.abc import Generator
from typing import Any, Self

from orchflow_jupyter.terminals.ghostty import ffi, lib
from orchflow_jupyter.terminals.plain import last_lines
from orchflow_jupyter.terminals.title import shown
from orchflow_jupyter.terminals.vt import Vt, types

__all__ = ["Screen"]

MODES = (1, 5, 9, 12, 45, 66, 1000, 1002, 1003, 1004, 1005, 1006, 1015, 1016, 2004, 2031)
"""Private modes that are off on a reset terminal and that a client's emulator may know."""
MODES_ON = (7, 25)
ALTERNATE = (1049, 1047, 47)
"""Modes that bring the alternate screen; a terminal may have several set."""
ORIGIN, REVERSE_WRAP, MARGINS = 6, 45, 69
INSERT, NEW_LINE = 4, 20
COLOURS = ((10, "color_foreground"), (11, "color_background"), (12, "color_cursor"))
REGION = re.compile(rb"\x1b\[(\d+);(\d+)r")
STYLES_ALONE = re.compile(rb"(?:\x1b\[[0-9;:]*m)*")
PLACE = re.compile(rb"\x1b\[(\d+);(\d+)H")
SEEN_ON_BLANKS = re.compile(rb"\x1b\[(?:4|7|9|53|21|4[:0-7]|48[:;]|10[0-7])[0-9;:]*m")
"""What begins a style that blanks show, as the library writes it: each attribute in a sequence of its own."""
PLAIN = b"\x1b(B\x1b)B\x0f\x1b[?6l"
FLAG, NUMBER, CELL, ROW, COLOUR, ALL_COLOURS = types(
    "bool*",
    "int*",
    "GhosttyCell*",
    "GhosttyRow*",
    "GhosttyColorRgb*",
    "GhosttyColorRgb(*)[256]",
)
BLANK = PLAIN + b"\x1b[r\x1b[0m\x1b[2J\x1b[H"


class Screen:
    """A terminal's state after the bytes that were fed to it."""

    def __init__(self, cols: int, rows: int, scrollback: int, scrollback_bytes: int) -> None:
        self._term = Vt(cols, rows, scrollback, scrollback_bytes)

    def fork(self, *, scrollback: bool = False) -> Self | None:
        """Another one in this state, which goes its own way; what lies far above its screen only with `scrollback`.

        None within a sequence of more than 64 KiB.
        """
        term = self._term.fork(scrollback=scrollback)
        if term is None:
            return None
        screen = type(self).__new__(type(self))
        screen._term = term
        return screen

    def feed(self, data: bytes) -> None:
        """Parse output."""
        self._term.feed(data)

    def feed_to_show(self, data: bytes, above: int) -> None:
        """Parse of `data` what the screen and `above` lines above it depend on when all of it has come."""
        # As many lines again scroll the cursor to the bottom, wherever it was, and all older lines away.
        if self.scrolls:
            data = last_lines(data, above + 2 * int(self._term.size[1])) or data
        self._term.feed(data)

    def feed_until_ground(self, data: bytes) -> int | None:
        """Parse as little as ends the sequence in progress; bytes taken, None where all were and none ended."""
        return self._term.feed_until_ground(data)

    @property
    def ground(self) -> bool:
        """Whether no sequence and no character is half parsed."""
        return bool(self._term.get("vt_ground", "bool"))

    @property
    def scrolls(self) -> bool:
        """Whether enough lines of text, now, leave nothing of those that the first ones are written over.

        Not with the cursor beside the scrolling region, or within a sequence.
        """
        if not self.ground or self._term.mode(MARGINS):
            return False
        region = REGION.match(place := self._place(), len(PLAIN))
        cursor = PLACE.search(place)
        return not region or int(region[1]) <= (int(cursor[1]) if cursor else 1) <= int(region[2])

    @property
    def fills_scrollback(self) -> bool:
        """Whether rows that scroll out of the screen, now, go above it."""
        otherwise = any(map(self._term.mode, (*ALTERNATE, MARGINS, REVERSE_WRAP)))
        return not otherwise and not REGION.match(self._place(), len(PLAIN))

    @property
    def title(self) -> str:
        """What the program called the terminal; "" where it did not."""
        text = self._term.get("title", "GhosttyString")
        return shown(bytes(ffi.buffer(text.ptr, text.len)).decode(errors="replace")) if text.len else ""

    def ask(self, query: bytes) -> bytes:
        """What this terminal answers to a query; to be asked in ground state."""
        said: list[bytes] = []
        self._term.on_reply(said.append)
        try:
            self._term.feed(query)
        finally:
            self._term.on_reply(None)
        return b"".join(said)

    def shown(self, scrollback: int = 0) -> dict[str, Any]:
        """What is seen of it, as JSON values, and at most `scrollback` lines above that."""
        reader = self.reading(scrollback)
        while True:
            try:
                next(reader)
            except StopIteration as done:
                return dict(done.value)

    def reading(self, scrollback: int = 0) -> Generator[None, None, dict[str, Any]]:
        """The same with pauses, in which nothing else may be done with it."""
        from orchflow_jupyter.terminals.cells import reading

        return {"title": self.title, **(yield from reading(self._term, scrollback))}

    def resize(self, cols: int, rows: int) -> None:
        """From here on the terminal has this size."""
        if (cols, rows) != self._term.size:
            self._term.resize(cols, rows)

    def close(self) -> None:
        """Give the memory back."""
        self._term.close()

    def snapshot(self, *, scrollback: int | None = None) -> bytes:
        """What paints this state on a reset terminal of this size, with `scrollback` rows above the screen, or all.

        To be asked for in ground state only.
        """
        alternate = next((mode for mode in ALTERNATE if self._term.mode(mode)), 0)
        parts = [self._colours()]
        if alternate and self._term.get("active_screen", "int"):
            place = self._place()
            self._term.feed(b"\x1b[?6l\x1b[?47l\x1b8")  # beneath lies the screen to come back to, its cursor saved
            parts += [self._painted(scrollback), self._place(), b"\x1b7\x1b[?%dh" % alternate, BLANK]
            self._term.feed(b"\x1b[?47h" + place)
        place = self._place()
        parts.append(self._painted(scrollback))
        parts.append(self._saved_cursor(place))
        if (tabs := self._tabs()) != self._plain_tabs():
            parts.append(tabs)
        if title := self.title:
            parts.append(b"\x1b]2;%b\x07" % title.encode())
        parts += [b"\x1b[?%dh" % mode for mode in MODES if self._term.mode(mode)]
        parts += [b"\x1b[?%dl" % mode for mode in MODES_ON if not self._term.mode(mode)]
        parts.append(place)
        parts += [b"\x1b[%dh" % mode for mode in (INSERT, NEW_LINE) if self._term.mode(mode, ansi=True)]
        return b"".join(parts)

    # -- parts of it

    def _painted(self, scrollback: int | None) -> bytes:
        """Scrollback and screen as they lie, and the blank rows at their end that the library leaves out."""
        total, last = int(self._term.get("total_rows", "size_t")), int(self._term.size[1]) - 1
        above = total - 1 - last if scrollback is None else min(scrollback, total - 1 - last)
        unwrap = not self._torn()
        text = self._term.format(self._term.rows(-above, last), unwrap=unwrap)
        shown = self._term.format(self._term.rows(0, last))
        if shown.strip() or not above:
            blank = last - shown.count(b"\n")
        else:
            blank = above + last - self._term.format(self._term.rows(-above, last)).count(b"\n")
        return text + b"\x1b[0m" + b"\r\n" * blank + self._coloured_rows(shown) + self._gaps(shown)

    def _torn(self) -> bool:
        """Whether a row and the next one do not agree that it goes on there: joined, they would shift the screen.

        The other one may have scrolled away, or been written over, or there is none below the last one.
        """
        cols, rows = self._term.size
        wraps, goes_on = ffi.new(FLAG), ffi.new(FLAG)
        cell, row = ffi.new(CELL), ffi.new(ROW)
        text, width = ffi.new(FLAG), ffi.new(NUMBER)
        before = spacer = False
        for y in range(rows):
            ref = self._term.place(cols - 1, y)
            lib.ghostty_grid_ref_row(ref, row)
            lib.ghostty_row_get(row[0], lib.GHOSTTY_ROW_DATA_WRAP_CONTINUATION, goes_on)
            if y > 0 and before != bool(goes_on[0]):
                return True
            if before:  # it may have been erased since
                lib.ghostty_grid_ref_cell(self._term.place(0, y), cell)
                lib.ghostty_cell_get(cell[0], lib.GHOSTTY_CELL_DATA_HAS_TEXT, text)
                lib.ghostty_cell_get(cell[0], lib.GHOSTTY_CELL_DATA_WIDE, width)
                if not text[0] or (spacer and width[0] != lib.GHOSTTY_CELL_WIDE_WIDE):
                    return True
                ref = self._term.place(cols - 1, y)
            lib.ghostty_row_get(row[0], lib.GHOSTTY_ROW_DATA_WRAP, wraps)
            before = bool(wraps[0])
            if before:
                lib.ghostty_grid_ref_cell(ref, cell)
                lib.ghostty_cell_get(cell[0], lib.GHOSTTY_CELL_DATA_HAS_TEXT, text)
                lib.ghostty_cell_get(cell[0], lib.GHOSTTY_CELL_DATA_WIDE, width)
                if not text[0] and width[0] == lib.GHOSTTY_CELL_WIDE_NARROW:
                    return True
                spacer = width[0] == lib.GHOSTTY_CELL_WIDE_SPACER_HEAD
        return before

    def _coloured_rows(self, shown: bytes) -> bytes:
        """Rows with a background and no character, which the library takes for blank ones."""
        from orchflow_jupyter.terminals.rows import backgrounds

        texts, parts = shown.split(b"\r\n"), list[bytes]()
        empty = {y for y in range(self._term.size[1]) if y >= len(texts) or STYLES_ALONE.fullmatch(texts[y])}
        for y, x, count, colour, is_rgb in backgrounds(self._term, empty):
            rgb = b"2;%d;%d;%d" % (colour & 255, colour >> 8 & 255, colour >> 16)
            parts.append(b"\x1b[%d;%dH\x1b[48;%bm\x1b[%dX" % (y + 1, x + 1, rgb if is_rgb else b"5;%d" % colour, count))
        return b"".join([*parts, b"\x1b[0m"]) if parts else b""

    def _gaps(self, shown: bytes) -> bytes:
        """Cells that nothing was written to, for which the library paints blanks as the text before them looks."""
        if not SEEN_ON_BLANKS.search(shown):
            return b""
        from orchflow_jupyter.terminals.rows import gaps

        return b"".join(b"\x1b[%d;%dH\x1b[%dX" % (y + 1, x + 1, length) for y, x, length in gaps(self._term))

    def _place(self) -> bytes:
        """Scrolling region, cursor, and what it writes with; good for the client and for this emulator itself."""
        # The library tells this only after some text, so it is asked with one row, and the row cut off.
        row = self._term.rows(0, 0)
        tail = self._term.format(row, extras=True, region=True)[len(self._term.format(row)) :]
        tail = tail.replace(b"\x1b(B", b"").replace(b"\x1b)B", b"")  # PLAIN says it, once
        if not (region := REGION.search(tail)):
            tail = b"\x1b[r" + tail
        origin = b""
        if self._term.mode(ORIGIN) and (place := PLACE.search(tail)):
            line = int(place[1]) - (int(region[1]) - 1 if region else 0)
            origin = b"\x1b[?6h\x1b[%d;%dH" % (max(1, line), int(place[2]))
        return PLAIN + tail + origin

    def _saved_cursor(self, place: bytes) -> bytes:
        self._term.feed(b"\x1b8")
        saved = self._place()
        self._term.feed(place)
        return b"" if PLACE.search(saved) is None else saved + b"\x1b7"

    def _colours(self) -> bytes:
        """Only what the program changed: all else is the client's to choose."""
        now, default = (self._palette(name) for name in ("COLOR_PALETTE", "COLOR_PALETTE_DEFAULT"))
        parts = []
        if now != default:
            for n in range(256):
                rgb = now[3 * n : 3 * n + 3]
                if rgb != default[3 * n : 3 * n + 3]:
                    parts.append(b"\x1b]4;%d;rgb:%02x/%02x/%02x\x07" % (n, *rgb))
        for number, name in COLOURS:
            rgb_now = ffi.new(COLOUR)
            if self._term.read(name.upper(), rgb_now):
                parts.append(b"\x1b]%d;rgb:%02x/%02x/%02x\x07" % (number, rgb_now.r, rgb_now.g, rgb_now.b))
        return b"".join(parts)

    def _palette(self, name: str) -> bytes:
        palette = ffi.new(ALL_COLOURS)
        self._term.read(name, palette)
        return bytes(ffi.buffer(palette))

    def _tabs(self) -> bytes:
        row = self._term.rows(0, 0)
        return self._term.format(row, tabs=True).removesuffix(self._term.format(row)).removesuffix(b"\x1b[H")

    def _plain_tabs(self) -> bytes:
        return b"\x1b[3g" + b"".join(b"\x1b[%dG\x1bH" % c for c in range(9, self._term.size[0] + 1, 8))
