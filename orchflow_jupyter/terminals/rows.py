"""The rows of a screen as libghostty-vt holds them: cells of 64 bits, and styles by the column.

It gives no names for what lies in a cell; `laid_out` holds what is written here against the library, once.
"""

from collections.abc import Collection, Iterator
from functools import cache
from itertools import groupby
from typing import Any, Self

from orchflow_jupyter.terminals.ghostty import ffi, lib
from orchflow_jupyter.terminals.vt import Vt, types

__all__ = ["Rows", "backgrounds", "gaps", "laid_out"]

TEXT, JOINED, PALETTE_ONLY, RGB_ONLY = range(4)
"""What a cell holds: nothing or a character, the first of several code points, or just a background."""
CONTENT = (1 << 24) - 1
STYLE = 0xFFFF << 26
WIDE = 3 << 42
WIDE_CELL, TAIL = 1 << 42, 2 << 42
FLAGS = ("bold", "italic", "dim", "blink", "inverse", "hidden", "strike", "overline")
PLACES = {"fg_color": 8, "bg_color": 24, "underline_color": 40, "bold": 56, "underline": 64}
"""Where a style has what, in bytes; a colour is its kind, and 8 bytes on its value."""
STYLE_FLAGS = slice(56, 65)
"""Those of `FLAGS`, and the kind of underline."""
SEEN_ON_BLANKS = (24, 60, 62, 63, 64)
"""Where a style has what blanks show: background, inverse, strike, overline, underline."""
MOST_ROWS = 65_535
"""The library counts them in 16 bits, and reads elsewhere where there are more."""
RENDER_STATE, ROWS, CELLS, ABOVE, VIEW, STYLE_OF, CELL, VALUE = types(
    "GhosttyRenderState*",
    "GhosttyRenderStateRowIterator*",
    "GhosttyRenderStateRowCells*",
    "GhosttyRenderStateOverscan*",
    "GhosttyCellsView*",
    "GhosttyStyle*",
    "GhosttyCell*",
    "uint32_t*",
)
SELECT, GET = lib.ghostty_render_state_row_cells_select, lib.ghostty_render_state_row_cells_get


class Rows:
    """The rows of `term` as it is now, and at most `above` that have scrolled away; for one reading, from the top."""

    def __init__(self, term: Vt, above: int = 0) -> None:
        self._state, self._iterator, self._cells = map(ffi.new, (RENDER_STATE, ROWS, CELLS))
        lib.ghostty_render_state_new(ffi.NULL, self._state)
        lib.ghostty_render_state_row_iterator_new(ffi.NULL, self._iterator)
        lib.ghostty_render_state_row_cells_new(ffi.NULL, self._cells)
        self._style = ffi.new(STYLE_OF, {"size": ffi.sizeof(STYLE_OF.item)})
        self._bytes = ffi.buffer(self._style)
        option = ffi.new(ABOVE, {"above": min(above, MOST_ROWS - term.size[1])})
        lib.ghostty_render_state_set(self.state, lib.GHOSTTY_RENDER_STATE_OPTION_OVERSCAN, option)
        if lib.ghostty_render_state_update(self.state, term.handle):
            self.close()
            raise MemoryError
        lib.ghostty_render_state_get(self.state, lib.GHOSTTY_RENDER_STATE_DATA_ROW_ITERATOR, self._iterator)

    @property
    def state(self) -> Any:
        """The library's own name of what was taken."""
        return self._state[0]

    def __iter__(self) -> Iterator[list[int]]:
        """The cells of one row after the other, without those at its end that nothing was written to."""
        view = ffi.new(VIEW)
        while lib.ghostty_render_state_row_iterator_next(self._iterator[0]):
            lib.ghostty_render_state_row_get(self._iterator[0], lib.GHOSTTY_RENDER_STATE_ROW_DATA_CELLS_RAW, view)
            raw = bytes(ffi.buffer(view.ptr, view.len * 8)).rstrip(b"\0")
            if not raw:
                yield []
                continue
            lib.ghostty_render_state_row_get(self._iterator[0], lib.GHOSTTY_RENDER_STATE_ROW_DATA_CELLS, self._cells)
            yield memoryview(raw.ljust(-(-len(raw) // 8) * 8, b"\0")).cast("Q").tolist()

    def style(self, x: int) -> bytes:
        """How the library holds the style of column `x` in the row that came last."""
        self.cell(x, lib.GHOSTTY_RENDER_STATE_ROW_CELLS_DATA_STYLE, self._style)
        return self._bytes[:]  # type: ignore[no-any-return]

    def cell(self, x: int, key: int, out: Any) -> bool:
        """Put `key` of column `x` in that row where `out` points to; whether there is it."""
        SELECT(self._cells[0], x)
        return not GET(self._cells[0], key, out)

    def close(self) -> None:
        """Give the memory back."""
        lib.ghostty_render_state_row_cells_free(self._cells[0])
        lib.ghostty_render_state_row_iterator_free(self._iterator[0])
        lib.ghostty_render_state_free(self.state)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def backgrounds(term: Vt, lines: Collection[int]) -> Iterator[tuple[int, int, int, int, bool]]:
    """Cells of these lines that have just a background: line and column from 0, how many, colour, and whether as RGB.

    RGB is of 24 bits, the red lowest; else it is a number of the palette. None where that cannot be told.
    """
    if not lines or not laid_out():
        return
    with Rows(term) as rows:
        for y, row in enumerate(rows):
            end = 0
            for cell, cells in groupby(row) if y in lines else ():
                begin, end = end, end + len(list(cells))
                if cell & 3 >= PALETTE_ONLY:
                    yield y, begin, end - begin, cell >> 2 & CONTENT, cell & 3 == RGB_ONLY


def gaps(term: Vt) -> Iterator[tuple[int, int, int]]:
    """Where nothing was written to behind a cell whose style blanks show: line and column from 0, and how many cells.

    None where that cannot be told.
    """
    if not laid_out():
        return
    with Rows(term) as rows:
        for y, row in enumerate(rows):
            end, shows = 0, dict[int, bool]()  # a number is that of another style in another row
            for written, cells in groupby(row, bool) if 0 in row else ():
                begin, end = end, end + len(list(cells))
                if written or not begin:
                    continue
                before = row[begin - 1]
                if (number := before & STYLE) not in shows:
                    shows[number] = any(map(rows.style(begin - 1).__getitem__, SEEN_ON_BLANKS))
                if shows[number] or before & 3 >= PALETTE_ONLY:
                    yield y, begin, end - begin


@cache
def laid_out() -> bool:
    """Whether the library lays cells and styles out as is written here."""
    term = Vt(8, 1, 0, 0)
    term.feed("\x1b[1mab\x1b[0m漢\x1b[48;5;200m\x1b[K".encode())
    if any(ffi.offsetof(STYLE_OF.item, name) != at for name, at in PLACES.items()):
        return False
    cell, value = ffi.new(CELL), ffi.new(VALUE)
    for x in range(8):
        lib.ghostty_grid_ref_cell(term.place(x, 0), cell)
        for name, at, size in (("CONTENT_TAG", 0, 2), ("STYLE_ID", 26, 16), ("WIDE", 42, 2)):
            value[0] = 0
            lib.ghostty_cell_get(cell[0], getattr(lib, f"GHOSTTY_CELL_DATA_{name}"), value)
            if value[0] != cell[0] >> at & (1 << size) - 1:
                return False
        name = "CODEPOINT" if cell[0] & 3 < PALETTE_ONLY else "COLOR_PALETTE"
        value[0] = 0
        lib.ghostty_cell_get(cell[0], getattr(lib, f"GHOSTTY_CELL_DATA_{name}"), value)
        if value[0] != cell[0] >> 2 & CONTENT:
            return False
    term.close()
    return True
