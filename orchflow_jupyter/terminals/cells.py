"""What a screen shows, as JSON: runs of cells in one style, the cursor, colours and modes (`docs/protocol.md`).

The library's dump of text would be no base for it: that leaves out cells that have just a background.
"""

from collections.abc import Generator
from itertools import groupby
from typing import Any

from orchflow_jupyter.errors import NotSupportedError
from orchflow_jupyter.terminals.ghostty import ffi, lib
from orchflow_jupyter.terminals.rows import (
    CONTENT,
    FLAGS,
    JOINED,
    PALETTE_ONLY,
    RGB_ONLY,
    STYLE,
    STYLE_FLAGS,
    TAIL,
    WIDE,
    WIDE_CELL,
    Rows,
    laid_out,
)
from orchflow_jupyter.terminals.vt import Vt, types

__all__ = ["reading"]

SAME = 3 | STYLE | WIDE
"""What neighbours share that make one run, the background apart where that is all they have."""
PALETTE, RGB = lib.GHOSTTY_STYLE_COLOR_PALETTE, lib.GHOSTTY_STYLE_COLOR_RGB
UNDERLINES = ("", "single", "double", "curly", "dotted", "dashed")
CURSORS = ("bar", "block", "underline", "block")
COLOURS = ("foreground", "background", "cursor")
MODES = {"application_cursor": 1, "bracketed_paste": 2004, "focus": 1004}
MICE = ((1003, "motion"), (1002, "drag"), (1000, "click"), (9, "press"))
LINE, SLICE = 2, 256
"""Runs that a line takes as long as, and runs between two pauses; they take some 2 ms."""
CURSOR, COLOUR, ALL_COLOURS, UTF8, LETTERS = types(
    "GhosttyRenderStateCursor*",
    "GhosttyColorRgb*",
    "GhosttyColorRgb(*)[256]",
    "GhosttyBuffer*",
    "uint8_t(*)[256]",
)


def reading(term: Vt, scrollback: int = 0) -> Generator[None, None, dict[str, Any]]:
    """What the terminal shows now, and at most `scrollback` lines above that, with pauses between slices of lines."""
    if not laid_out():
        raise NotSupportedError("the installed pyghostty is not one that screens can be read of; 0.1.3 is")
    with Rows(term, scrollback) as rows:
        styles = _Styles(rows)
        lines: list[list[list[Any]]] = []
        done = 0
        for row in rows:
            lines.append((yield from _runs(row, styles)))
            done += LINE + len(lines[-1])
            if done >= SLICE:
                done = 0
                yield
        size = term.size
        return {
            "cols": size[0],
            "rows": size[1],
            "scrollback": len(lines) - size[1],
            "alternate": bool(term.get("active_screen", "int")),
            "cursor": _cursor(rows.state),
            "modes": {name: term.mode(number) for name, number in MODES.items()}
            | {"mouse": next((name for number, name in MICE if term.mode(number)), None)},
            "colors": _colours(term),
            "styles": styles.known,
            "lines": lines,
        }


class _Keys(dict[int, int]):
    """What a cell shares with the others of its run."""

    def __missing__(self, cell: int) -> int:
        key = self[cell] = cell & (SAME if cell & 3 < PALETTE_ONLY else SAME | CONTENT << 2)
        return key


class _Characters(dict[int, str]):
    """The character in a cell; none in the second column of a wide one."""

    def __missing__(self, cell: int) -> str:
        code = cell >> 2 & CONTENT if cell & 3 < PALETTE_ONLY else 0
        character = self[cell] = "" if cell & WIDE == TAIL else chr(code) if code else " "
        return character


class _Styles:
    """The styles of a screen, each once, by the number that its runs have."""

    def __init__(self, rows: Rows) -> None:
        self.known: list[dict[str, Any]] = [{}]
        self._rows = rows
        self.keys, self.characters = _Keys(), _Characters()
        self._numbers: dict[bytes | int, int] = {}
        self._same: dict[tuple[tuple[str, Any], ...], int] = {(): 0}

    def at(self, x: int) -> int:
        """The number of the style of the cell in column `x`."""
        raw = self._rows.style(x)
        number = self._numbers.get(raw)
        return self._add(raw, _style(raw)) if number is None else number

    def background(self, key: int) -> int:
        """The number of the style that is just the background of a cell with this key."""
        number = self._numbers.get(key)
        if number is not None:
            return number
        colour = key >> 2 & CONTENT
        rgb = f"#{colour & 255:02x}{colour >> 8 & 255:02x}{colour >> 16:02x}"
        return self._add(key, {"bg": rgb if key & 3 == RGB_ONLY else colour & 255})

    def _add(self, key: bytes | int, style: dict[str, Any]) -> int:
        number = self._numbers[key] = self._same.setdefault(tuple(style.items()), len(self.known))
        if number == len(self.known):
            self.known.append(style)
        return number

    def joined(self, x: int) -> str:
        """All code points of the cell in column `x`."""
        buffer = ffi.new(LETTERS)
        text = ffi.new(UTF8, {"ptr": buffer[0], "cap": 256})
        if not self._rows.cell(x, lib.GHOSTTY_RENDER_STATE_ROW_CELLS_DATA_GRAPHEMES_UTF8, text):
            return "\ufffd"
        return bytes(ffi.buffer(buffer[0], text.len)).decode(errors="replace")


def _runs(row: list[int], styles: _Styles) -> Generator[None, None, list[list[Any]]]:
    """`[characters, style]`, with the width of each character where that is not 1; trailing blanks left out."""
    runs: list[list[Any]] = []
    characters = list(map(styles.characters.__getitem__, row))
    end, local = 0, {0: 0}
    for key, group in groupby(map(styles.keys.__getitem__, row)):
        begin, end = end, end + len(list(group))
        wide = key & WIDE
        if wide == TAIL:
            continue  # the wide character before it has its column
        text: Any = "".join(characters[begin:end])
        if key & 3 >= PALETTE_ONLY:
            style = styles.background(key)
        else:
            number = key & STYLE
            if number not in local:
                local[number] = styles.at(begin)
            style = local[number]
            if key & 3 == JOINED:
                text = [styles.joined(x) for x in range(begin, end)]
        width = 2 if wide == WIDE_CELL else 1
        if runs and (last := runs[-1])[1] == style and len(last) == width + 1 and type(last[0]) is type(text):
            last[0] += text  # both are texts, or both lists
        else:
            runs.append([text, style] if width == 1 else [text, style, width])
            if len(runs) % SLICE == 0:
                yield
    if runs and runs[-1][1] == 0 and isinstance(runs[-1][0], str):
        runs[-1][0] = runs[-1][0].rstrip(" ")
        if not runs[-1][0]:
            runs.pop()
    return runs


def _style(raw: bytes) -> dict[str, Any]:
    style: dict[str, Any] = {}
    for name, at in (("fg", 8), ("bg", 24), ("underline_color", 40)):
        if raw[at] == RGB:
            style[name] = "#" + raw[at + 8 : at + 11].hex()
        elif raw[at] == PALETTE:
            style[name] = raw[at + 8]
    *flags, line = raw[STYLE_FLAGS]
    if line or any(flags):
        for name, on in zip(FLAGS, flags, strict=True):
            if on:
                style[name] = True
        if line:
            style["underline"] = UNDERLINES[line] if line < len(UNDERLINES) else "single"
    return style


def _cursor(state: Any) -> dict[str, Any]:
    cursor = ffi.new(CURSOR, {"size": ffi.sizeof(CURSOR.item)})
    lib.ghostty_render_state_get(state, lib.GHOSTTY_RENDER_STATE_DATA_CURSOR, cursor)
    return {
        "x": cursor.viewport_x,
        "y": cursor.viewport_y,
        "visible": bool(cursor.visible),
        "shape": CURSORS[cursor.visual_style],
        "blinking": bool(cursor.blinking),
    }


def _colours(term: Vt) -> dict[str, Any]:
    """Only what the program changed."""
    found: dict[str, Any] = {}
    for name in COLOURS:
        rgb = ffi.new(COLOUR)
        if term.read(f"COLOR_{name.upper()}", rgb):
            found[name] = f"#{rgb.r:02x}{rgb.g:02x}{rgb.b:02x}"
    now, default = ffi.new(ALL_COLOURS), ffi.new(ALL_COLOURS)
    term.read("COLOR_PALETTE", now)
    term.read("COLOR_PALETTE_DEFAULT", default)
    if (new := bytes(ffi.buffer(now))) != (old := bytes(ffi.buffer(default))):
        three = [slice(3 * n, 3 * n + 3) for n in range(256)]
        found["palette"] = {str(n): "#" + new[at].hex() for n, at in enumerate(three) if new[at] != old[at]}
    return found
