"""What a terminal shows, for Python: text, cells and cursor of one moment."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from orchflow_jupyter.client.control import AsyncControl, Control

if TYPE_CHECKING:
    from orchflow_jupyter.client.image import Image

__all__ = ["AsyncLooking", "Cell", "Cursor", "Looking", "Run", "Screen", "Style"]

Colour = int | str
"""A number of the palette's 256, or `#rrggbb`."""


@dataclass(frozen=True, slots=True)
class Style:
    """How characters look. A colour that is None is the terminal's own."""

    fg: Colour | None = None
    bg: Colour | None = None
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: str = ""
    """`single`, `double`, `curly`, `dotted` or `dashed`; empty for none."""
    underline_color: Colour | None = None
    blink: bool = False
    inverse: bool = False
    hidden: bool = False
    strike: bool = False
    overline: bool = False


PLAIN = Style()


class Run(NamedTuple):
    """Characters side by side in one style; `column` is that of the first, and each takes `width` columns."""

    column: int
    characters: tuple[str, ...]
    style: Style
    width: int = 1

    @property
    def text(self) -> str:
        """The characters in one."""
        return "".join(self.characters)

    @property
    def columns(self) -> int:
        """How many columns they take."""
        return len(self.characters) * self.width


class Cell(NamedTuple):
    """One column of a row; the second one of a wide character holds no text and has the width 0."""

    text: str
    style: Style
    width: int = 1


class Cursor(NamedTuple):
    """Where the cursor is, from 0, and how it looks: `shape` is `block`, `underline` or `bar`."""

    x: int
    y: int
    visible: bool
    shape: str
    blinking: bool


@dataclass(frozen=True)
class Screen:
    """What a terminal shows at one moment, and the lines above it that were asked for.

    `runs` are those of each line; the last `rows` lines are the screen. `offset` is that of the output shown.
    """

    cols: int
    rows: int
    offset: int
    title: str
    alternate: bool
    """Whether a full-screen program has it."""
    cursor: Cursor
    modes: Mapping[str, Any]
    """`application_cursor`, `bracketed_paste`, `focus`; `mouse`: None, `press`, `click`, `drag` or `motion`."""
    colors: Mapping[str, Any]
    """What the program changed of `foreground`, `background`, `cursor`; `palette`: numbers to `#rrggbb`."""
    runs: tuple[tuple[Run, ...], ...] = field(repr=False)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "Screen":
        """What the engine told (`docs/protocol.md`)."""
        styles = [Style(**style) for style in told["styles"]]
        return cls(
            cols=told["cols"],
            rows=told["rows"],
            offset=told["offset"],
            title=told["title"],
            alternate=told["alternate"],
            cursor=Cursor(**told["cursor"]),
            modes=told["modes"],
            colors={
                name: value if name != "palette" else {int(number): rgb for number, rgb in value.items()}
                for name, value in told["colors"].items()
            },
            runs=tuple(tuple(_placed(line, styles)) for line in told["lines"]),
        )

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows of the screen."""
        return self.cols, self.rows

    @property
    def scrollback(self) -> int:
        """How many lines above the screen are in it."""
        return len(self.runs) - self.rows

    @cached_property
    def lines(self) -> list[str]:
        """The text of each line, without the blanks behind it; those above the screen come first."""
        return ["".join(run.text for run in line).rstrip(" ") for line in self.runs]

    @property
    def text(self) -> str:
        """The lines in one, without the blank ones at the end."""
        return "\n".join(self.lines).rstrip("\n")

    @cached_property
    def cells(self) -> list[list[Cell]]:
        """Each line, column by column: `cells[y][x]`."""
        return [_cells(line, self.cols) for line in self.runs]

    def image(self, format: str = "svg", **how: Any) -> "Image":  # noqa: A002 - what others call it, too
        """A picture of it, `svg` or `png`; `how` are the options of `client.image.draw`, such as `theme="dark"`."""
        from orchflow_jupyter.client.image import draw

        return draw(self, format, **how)

    def __str__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return self.image().html


class Looking:
    """What `client.sync.Engine` does with screens."""

    control: Control

    def screen(self, terminal: str, *, scrollback: int = 0) -> Screen:
        """What the terminal with this id shows now, and at most so many lines above that.

        Raises `NotFoundError`, `NotSupportedError` where the engine has no pyghostty, and `TooLargeError` for more
        lines than fit into one answer.
        """
        return Screen.from_json(self.control.call("terminals.screen", {"id": terminal, "scrollback": scrollback}))

    def image(self, terminal: str, format: str = "svg", *, scrollback: int = 0, **how: Any) -> "Image":  # noqa: A002
        """A picture, `svg` or `png`, of what `screen` gives; `how` are the options of `client.image.draw`."""
        return self.screen(terminal, scrollback=scrollback).image(format, **how)


class AsyncLooking:
    """What `client.aio.AsyncEngine` does with screens."""

    control: AsyncControl

    async def screen(self, terminal: str, *, scrollback: int = 0) -> Screen:
        """What the terminal with this id shows now; as `client.sync.Engine.screen`."""
        return Screen.from_json(await self.control.call("terminals.screen", {"id": terminal, "scrollback": scrollback}))

    async def image(
        self,
        terminal: str,
        format: str = "svg",  # noqa: A002
        *,
        scrollback: int = 0,
        **how: Any,
    ) -> "Image":
        """A picture of what `screen` gives; a PNG takes a while, and other tasks go on meanwhile."""
        screen = await self.screen(terminal, scrollback=scrollback)
        return await asyncio.to_thread(screen.image, format, **how)


def _placed(line: list[list[Any]], styles: list[Style]) -> Iterator[Run]:
    column = 0
    for characters, style, *width in line:
        run = Run(column, tuple(characters), styles[style], *width)
        column += run.columns
        yield run


def _cells(line: tuple[Run, ...], cols: int) -> list[Cell]:
    cells: list[Cell] = []
    for run in line:
        for text in run.characters:
            cells.append(Cell(text, run.style, run.width))
            cells += [Cell("", run.style, 0)] * (run.width - 1)
    return cells + [Cell(" ", PLAIN)] * (cols - len(cells))
