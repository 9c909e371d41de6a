"""The emulator beside the stream: output in, the bytes out that paint its state on a reset terminal.

This is pyghostty (libghostty-vt), which costs 9 MB: the module is imported when a screen is first needed. What it says
of a terminal is the base for recent raw bytes, never a substitute for them (`docs/decisions/0007-checkpoints.md`).
"""

import re
from typing import Any

from orchflow_jupyter.terminals.ghostty import Terminal, ffi, init_sized, lib

__all__ = ["Screen"]

MODES = (1, 5, 9, 12, 45, 66, 1000, 1002, 1003, 1004, 1005, 1006, 1015, 1016, 2004, 2031)
"""Private modes that are off on a reset terminal and that a client's emulator may know."""
MODES_ON = (7, 25)
ALTERNATE = (1049, 1047, 47)
"""Modes that bring the alternate screen; a terminal may have several set."""
ORIGIN = 6
INSERT, NEW_LINE = 4, 20
COLOURS = ((10, "color_foreground"), (11, "color_background"), (12, "color_cursor"))
REGION = re.compile(rb"\x1b\[(\d+)(?:;\d+)?r")
SGR = re.compile(rb"\x1b\[[0-9;:]*m")
PLACE = re.compile(rb"\x1b\[(\d+);(\d+)H")
SCREEN_EXTRAS = ("cursor", "style", "hyperlink", "protection", "charsets")
PLAIN = b"\x1b(B\x1b)B\x0f\x1b[?6l"
BLANK = PLAIN + b"\x1b[r\x1b[0m\x1b[2J\x1b[H"


class Screen:
    """A terminal's state after the bytes that were fed to it."""

    def __init__(self, cols: int, rows: int, scrollback: int, scrollback_bytes: int) -> None:
        self._term = Terminal(cols, rows, scrollback)
        self._set("SCROLLBACK_MAX_BYTES", ffi.new("size_t*", scrollback_bytes))
        self._set("KITTY_IMAGE_STORAGE_LIMIT", ffi.new("uint64_t*", 0))

    def feed(self, data: bytes) -> None:
        """Parse output."""
        self._term.feed(data)

    def feed_until_ground(self, data: bytes) -> int | None:
        """Parse as little as ends the sequence in progress; bytes taken, None where all were and none ended."""
        return self._term.feed_until_ground(data)  # type: ignore[no-any-return]

    @property
    def ground(self) -> bool:
        """Whether no sequence and no character is half parsed."""
        return bool(self._term.get("vt_ground", "bool"))

    @property
    def title(self) -> str:
        """What the program called the terminal; "" where it did not."""
        text = self._term.get("title", "GhosttyString")
        return bytes(ffi.buffer(text.ptr, text.len)).decode(errors="replace") if text.len else ""

    def ask(self, query: bytes) -> bytes:
        """What this terminal answers to a query; to be asked in ground state."""
        said: list[bytes] = []
        self._term.on_reply(said.append)
        try:
            self._term.feed(query)
        finally:
            self._term.on_reply(None)
        return b"".join(said)

    def resize(self, cols: int, rows: int) -> None:
        """From here on the terminal has this size."""
        self._term.resize(cols, rows)

    def close(self) -> None:
        """Give the memory back."""
        self._term.close()

    def snapshot(self) -> bytes:
        """What paints this state on a reset terminal of this size. To be asked for in ground state only."""
        alternate = next((mode for mode in ALTERNATE if self._term.mode(mode)), 0)
        parts = [self._colours()]
        if alternate and self._term.get("active_screen", "int"):
            place = self._place()
            self._term.feed(b"\x1b[?6l\x1b[?47l\x1b8")  # beneath lies the screen to come back to, its cursor saved
            parts += [self._painted(), self._place(), b"\x1b7\x1b[?%dh" % alternate, BLANK]
            self._term.feed(b"\x1b[?47h" + place)
        parts.append(self._painted())
        parts.append(self._saved_cursor())
        if (tabs := self._tabs()) != self._plain_tabs():
            parts.append(tabs)
        if title := self.title:
            parts.append(b"\x1b]2;%b\x07" % title.encode())
        parts += [b"\x1b[?%dh" % mode for mode in MODES if self._term.mode(mode)]
        parts += [b"\x1b[?%dl" % mode for mode in MODES_ON if not self._term.mode(mode)]
        parts.append(self._place())
        parts += [b"\x1b[%dh" % mode for mode in (INSERT, NEW_LINE) if self._term.mode(mode, ansi=True)]
        return b"".join(parts)

    # -- parts of it

    def _painted(self) -> bytes:
        """Scrollback and screen as they lie, and the blank rows at their end that the library leaves out."""
        text = self._format(unwrap=not self._torn())
        shown = self._format(self._selection(0, self._term.size[1] - 1))
        if shown.strip():
            blank = int(self._term.size[1]) - 1 - shown.count(b"\n")
        else:
            blank = int(self._term.get("total_rows", "size_t")) - 1 - self._format().count(b"\n")
        return text + b"\x1b[0m" + b"\r\n" * blank + self._coloured_rows(shown)

    def _torn(self) -> bool:
        """Whether a row claims to go on in the next one, which scrolled away: joined, they would shift the screen."""
        cols, rows = self._term.size
        wraps, goes_on = ffi.new("bool*"), ffi.new("bool*")
        cell, row = ffi.new("GhosttyCell*"), ffi.new("GhosttyRow*")
        text, width = ffi.new("bool*"), ffi.new("int*")
        before = False
        for y in range(rows):
            ref = self._term.ref(cols - 1, y)
            lib.ghostty_grid_ref_row(ref, row)
            lib.ghostty_row_get(row[0], lib.GHOSTTY_ROW_DATA_WRAP_CONTINUATION, goes_on)
            if before and not goes_on[0]:
                return True
            lib.ghostty_row_get(row[0], lib.GHOSTTY_ROW_DATA_WRAP, wraps)
            before = bool(wraps[0])
            if before:
                lib.ghostty_grid_ref_cell(ref, cell)
                lib.ghostty_cell_get(cell[0], lib.GHOSTTY_CELL_DATA_HAS_TEXT, text)
                lib.ghostty_cell_get(cell[0], lib.GHOSTTY_CELL_DATA_WIDE, width)
                if not text[0] and width[0] == lib.GHOSTTY_CELL_WIDE_NARROW:
                    return True
        return False

    def _coloured_rows(self, shown: bytes) -> bytes:
        """Rows with a background and no character, which the library takes for blank ones."""
        texts = shown.split(b"\r\n")
        parts = []
        for y in range(self._term.size[1]):
            if y < len(texts) and SGR.sub(b"", texts[y]):
                continue
            cell, tag = ffi.new("GhosttyCell*"), ffi.new("int*")
            lib.ghostty_grid_ref_cell(self._term.ref(0, y), cell)
            lib.ghostty_cell_get(cell[0], lib.GHOSTTY_CELL_DATA_CONTENT_TAG, tag)
            if tag[0] == lib.GHOSTTY_CELL_CONTENT_BG_COLOR_PALETTE:
                number = ffi.new("GhosttyColorPaletteIndex*")
                lib.ghostty_cell_get(cell[0], lib.GHOSTTY_CELL_DATA_COLOR_PALETTE, number)
                parts.append(b"\x1b[%dH\x1b[48;5;%dm\x1b[2K" % (y + 1, number[0]))
            elif tag[0] == lib.GHOSTTY_CELL_CONTENT_BG_COLOR_RGB:
                rgb = ffi.new("GhosttyColorRgb*")
                lib.ghostty_cell_get(cell[0], lib.GHOSTTY_CELL_DATA_COLOR_RGB, rgb)
                parts.append(b"\x1b[%dH\x1b[48;2;%d;%d;%dm\x1b[2K" % (y + 1, rgb.r, rgb.g, rgb.b))
        return b"".join([*parts, b"\x1b[0m"]) if parts else b""

    def _place(self) -> bytes:
        """Scrolling region, cursor, and what it writes with; good for the client and for this emulator itself."""
        # The library tells this only after some text, so it is asked with one row, and the row cut off.
        row = self._selection(0, 0)
        tail = self._format(row, extras=SCREEN_EXTRAS, region=True)[len(self._format(row)) :]
        tail = tail.replace(b"\x1b(B", b"").replace(b"\x1b)B", b"")  # PLAIN says it, once
        if not (region := REGION.search(tail)):
            tail = b"\x1b[r" + tail
        origin = b""
        if self._term.mode(ORIGIN) and (place := PLACE.search(tail)):
            line = int(place[1]) - (int(region[1]) - 1 if region else 0)
            origin = b"\x1b[?6h\x1b[%d;%dH" % (max(1, line), int(place[2]))
        return PLAIN + tail + origin

    def _saved_cursor(self) -> bytes:
        place = self._place()
        self._term.feed(b"\x1b8")
        saved = self._place()
        self._term.feed(place)
        return b"" if PLACE.search(saved) is None else saved + b"\x1b7"

    def _colours(self) -> bytes:
        """Only what the program changed: all else is the client's to choose."""
        now, default = (bytes(ffi.buffer(self._palette(name))) for name in ("COLOR_PALETTE", "COLOR_PALETTE_DEFAULT"))
        parts = []
        if now != default:
            for n in range(256):
                rgb = now[3 * n : 3 * n + 3]
                if rgb != default[3 * n : 3 * n + 3]:
                    parts.append(b"\x1b]4;%d;rgb:%02x/%02x/%02x\x07" % (n, *rgb))
        for number, name in COLOURS:
            rgb_now = ffi.new("GhosttyColorRgb*")
            if self._get(name.upper(), rgb_now):
                parts.append(b"\x1b]%d;rgb:%02x/%02x/%02x\x07" % (number, rgb_now.r, rgb_now.g, rgb_now.b))
        return b"".join(parts)

    def _palette(self, name: str) -> Any:
        palette = ffi.new("GhosttyColorRgb[256]")
        self._get(name, palette)
        return palette

    def _tabs(self) -> bytes:
        row = self._selection(0, 0)
        return self._format(row, tabs=True).removesuffix(self._format(row)).removesuffix(b"\x1b[H")

    def _plain_tabs(self) -> bytes:
        return b"\x1b[3g" + b"".join(b"\x1b[%dG\x1bH" % c for c in range(9, self._term.size[0] + 1, 8))

    # -- the library

    def _set(self, name: str, value: Any) -> None:
        lib.ghostty_terminal_set(self._term._t[0], getattr(lib, f"GHOSTTY_TERMINAL_OPT_{name}"), value)

    def _get(self, name: str, out: Any) -> bool:
        key = getattr(lib, f"GHOSTTY_TERMINAL_DATA_{name}")
        return int(lib.ghostty_terminal_get(self._term._t[0], key, out)) == 0

    def _selection(self, first: int, last: int) -> Any:
        selection = init_sized("GhosttySelection")
        selection.start = self._term.ref(0, first)[0]
        selection.end = self._term.ref(self._term.size[0] - 1, last)[0]
        return selection

    def _format(
        self,
        selection: Any = None,
        *,
        unwrap: bool = False,
        extras: tuple[str, ...] = (),
        region: bool = False,
        tabs: bool = False,
    ) -> bytes:
        options = init_sized("GhosttyFormatterTerminalOptions")
        options.emit = lib.GHOSTTY_FORMATTER_FORMAT_VT
        options.unwrap = unwrap
        options.extra.scrolling_region = region
        options.extra.tabstops = tabs
        for name in extras:
            setattr(options.extra.screen, name, True)
        if selection is not None:
            options.selection = selection
        formatter = ffi.new("GhosttyFormatter*")
        if lib.ghostty_formatter_terminal_new(ffi.NULL, formatter, self._term._t[0], options[0]):
            raise MemoryError
        try:
            size = ffi.new("size_t*")
            lib.ghostty_formatter_format_buf(formatter[0], ffi.NULL, 0, size)
            text = ffi.new("uint8_t[]", max(1, size[0]))
            lib.ghostty_formatter_format_buf(formatter[0], text, len(text), size)
            return bytes(ffi.buffer(text, size[0]))
        finally:
            lib.ghostty_formatter_free(formatter[0])
