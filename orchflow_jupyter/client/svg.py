"""A screen as SVG: backgrounds, text in its columns, lines that join, the cursor."""

import re
from collections.abc import Iterable
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from orchflow_jupyter.client.boxes import outline
from orchflow_jupyter.client.palette import CONTRAST, Palette, legible

if TYPE_CHECKING:
    from orchflow_jupyter.client.screen import Cell, Run, Screen, Style

__all__ = ["FONTS", "measure", "paint"]

WIDTH, HEIGHT, BASE = 8, 17, 13
"""A cell, and where its letters stand, in pixels."""
SIZE = 13.3
"""The size of letters that are 8 pixels wide in the fonts below, or nearly."""
MARGIN = 8
FONTS = "ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', 'Noto Sans Mono', monospace"
STRANGE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""What may not stand in XML, or would be nothing to be seen."""
DASHES = {"dotted": "1 2", "dashed": "3 2"}
EVEN = re.compile("[\x20-\x7e\xa0-\u024f\u0370-\u0377\u0384-\u03ff\u0400-\u04ff]*")
"""Letters that every such font has, all of one width."""


def measure(screen: "Screen", lines: int) -> tuple[int, int]:
    """Pixels from side to side, and from top to bottom, of a picture with so many lines."""
    return screen.cols * WIDTH + 2 * MARGIN, lines * HEIGHT + 2 * MARGIN


def paint(screen: "Screen", palette: Palette, *, cursor: bool, lines: int) -> str:
    """The first `lines` lines of the screen, with what lies above it, as an SVG document."""
    width, height = measure(screen, lines)
    palette = palette.with_changes(screen.colors)
    painter = _Painter(palette)
    for y, line in enumerate(screen.runs[:lines]):
        painter.line(line, y * HEIGHT)
    place = screen.cursor.y + screen.scrollback
    if cursor and screen.cursor.visible and place < lines:
        painter.cursor(screen, place)
    title = f"<title>{_safe(screen.title)}</title>" if screen.title else ""
    label = _safe(screen.title).replace('"', "&quot;") or "A terminal"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'role="img" aria-label="{label}" '
        f'font-family="{FONTS}" font-size="{SIZE}" fill="{palette.foreground}">{title}'
        f'<rect x=".5" y=".5" width="{width - 1}" height="{height - 1}" rx="6" '
        f'fill="{palette.background}" stroke="{palette.frame}"/>'
        f'<g transform="translate({MARGIN} {MARGIN})">{painter.written()}</g></svg>'
    )


class _Painter:
    """Collects backgrounds below and everything else above them."""

    def __init__(self, palette: Palette) -> None:
        self._palette = palette
        self._below: list[str] = []
        self._above: list[str] = []

    def written(self) -> str:
        """All of it."""
        return f'<g shape-rendering="crispEdges">{"".join(self._below)}</g>{"".join(self._above)}'

    def line(self, runs: Iterable["Run"], top: int) -> None:
        """One line, its top so many pixels below the first one's."""
        end, colour = 0, ""
        begin = 0
        for run in runs:
            _, paper = self._inks(run.style)
            if paper != colour or run.column != end:
                self._paper(begin, end, top, colour)
                begin, colour = run.column, paper
            end = run.column + run.columns
            if not run.style.hidden:
                self._run(run, top)
        self._paper(begin, end, top, colour)

    def cursor(self, screen: "Screen", line: int) -> None:
        """The cursor; on a block stands its character, in the colour of what is around."""
        x, top = screen.cursor.x * WIDTH, line * HEIGHT
        cell: Cell = screen.cells[line][min(screen.cursor.x, screen.cols - 1)]
        wide = WIDTH * max(1, cell.width)
        box = {"bar": (x, top, 2, HEIGHT), "underline": (x, top + HEIGHT - 2, wide, 2)}
        left, upper, width, height = box.get(screen.cursor.shape, (x, top, wide, HEIGHT))
        self._above.append(_rect(left, upper, width, height, self._palette.cursor))
        if screen.cursor.shape == "block" and cell.text.strip():
            ink = legible(self._palette.background, self._palette.cursor)
            self._letters(cell.text, x, top, cell.width, f'fill="{ink}"')

    def _inks(self, style: "Style") -> tuple[str, str]:
        """What is written with, and on; the latter is empty where it is the picture's own."""
        palette = self._palette
        ink, paper = (
            palette.colour(colour) if isinstance(colour, int) else colour or "" for colour in (style.fg, style.bg)
        )
        if style.inverse:
            ink, paper = paper or palette.background, ink or palette.foreground
        return ink or palette.foreground, paper

    def _paper(self, begin: int, end: int, top: int, colour: str) -> None:
        if colour and end > begin:
            self._below.append(_rect(begin * WIDTH, top, (end - begin) * WIDTH, HEIGHT, colour))

    def _run(self, run: "Run", top: int) -> None:
        ink, paper = self._inks(run.style)
        paper = paper or self._palette.background
        pure, x = ink, run.column * WIDTH
        ink = legible(ink, paper, CONTRAST / 2 if run.style.dim else CONTRAST)
        look = self._look(run.style, ink)
        if run.style.underline or run.style.strike or run.style.overline:
            self._rules(run.style, x, top, run.columns * WIDTH, ink)
        if run.width > 1 or any(len(character) > 1 for character in run.characters):
            for character in run.characters:
                self._letters(character, x, top, run.width, look)
                x += run.width * WIDTH
            return
        for even, part in groupby(run.characters, key=_even):
            text = "".join(part)
            if even:
                self._text(text, x, top, look)
            else:
                for at, character in enumerate(text):
                    self._odd(character, x + at * WIDTH, top, look, pure, run.style.dim)
            x += len(text) * WIDTH

    def _look(self, style: "Style", ink: str) -> str:
        look = "" if ink == self._palette.foreground else f' fill="{ink}"'
        look += ' font-weight="700"' if style.bold else ""
        look += ' font-style="italic"' if style.italic else ""
        return (look + ' opacity=".6"' if style.dim else look).strip()

    def _text(self, text: str, x: float, top: int, look: str) -> None:
        """Letters of one width, from the first that is no blank to the last, each word group where it belongs."""
        for found in re.finditer(r"[^ \xa0]+(?: [^ \xa0]+)*", text):
            left, columns = x + found.start() * WIDTH, len(found[0])
            self._above.append(
                f'<text x="{left:g}" y="{top + BASE}" textLength="{columns * WIDTH}" '
                f'lengthAdjust="spacingAndGlyphs"{_more(look)}>{_safe(found[0])}</text>'
            )

    def _odd(self, character: str, x: float, top: int, look: str, ink: str, dim: bool) -> None:
        """A character that is drawn, or that fonts may have in any width."""
        drawn = outline(character, WIDTH, HEIGHT)
        if drawn is None:
            self._letters(character, x, top, 1, look)
            return
        path, stroke, opacity = drawn
        fill = f'fill="none" stroke="{ink}" stroke-width="{stroke:g}"' if stroke else f'fill="{ink}"'
        crisp = "" if stroke else ' shape-rendering="crispEdges"'
        faint = f' opacity="{opacity * 0.6 if dim else opacity:g}"' if dim or opacity < 1 else ""
        self._above.append(f'<path transform="translate({x:g} {top})" d="{path}" {fill}{crisp}{faint}/>')

    def _letters(self, text: str, x: float, top: int, width: int, look: str) -> None:
        """One character, in the middle of its columns."""
        if (text := _safe(text)).strip():
            middle = x + max(1, width) * WIDTH / 2
            self._above.append(f'<text x="{middle:g}" y="{top + BASE}" text-anchor="middle"{_more(look)}>{text}</text>')

    def _rules(self, style: "Style", x: float, top: int, width: float, ink: str) -> None:
        colour = style.underline_color
        rule = ink if colour is None else self._palette.colour(colour) if isinstance(colour, int) else colour
        low = top + BASE + 2
        if style.underline == "curly":
            waves = "".join("q1 -1.5 2 0t2 0" for _ in range(int(width) // 4))
            self._above.append(f'<path d="M{x:g} {low + 0.5:g}{waves}" fill="none" stroke="{rule}"/>')
        elif style.underline in DASHES:
            self._above.append(
                f'<path d="M{x:g} {low + 0.5:g}h{width:g}" stroke="{rule}" '
                f'stroke-dasharray="{DASHES[style.underline]}"/>'
            )
        elif style.underline:
            self._above.append(_rect(x, low, width, 1, rule))
            if style.underline == "double":
                self._above.append(_rect(x, low - 2, width, 1, rule))
        if style.strike:
            self._above.append(_rect(x, top + 8, width, 1, ink))
        if style.overline:
            self._above.append(_rect(x, top, width, 1, ink))


def _even(character: str) -> bool:
    return EVEN.fullmatch(character) is not None


def _more(look: str) -> str:
    return f" {look}" if look else ""


def _rect(x: float, y: float, width: float, height: float, colour: str) -> str:
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" fill="{colour}"/>'


def _safe(text: str) -> str:
    return escape(STRANGE.sub("", text), quote=False)
