"""The colours of pictures: those of the widget (`js/src/ui/palette.ts`), and its least contrast of text."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

__all__ = ["PALETTES", "Palette", "legible"]

CONTRAST = 4.5
"""Least contrast of text with what is behind it (WCAG 2, success criterion 1.4.3); the widget keeps to the same."""


@dataclass(frozen=True)
class Palette:
    """The 16 colours, what text is written with and on, the cursor, and the frame around it all."""

    foreground: str
    background: str
    cursor: str
    frame: str
    colours: tuple[str, ...]
    changed: Mapping[int, str]

    def colour(self, number: int) -> str:
        """Colour `number` of the 256 as `#rrggbb` (xterm's 256colres.h: 16, a cube of 6 by 6 by 6, and 24 greys)."""
        if number in self.changed:
            return self.changed[number]
        if number < 16:
            return self.colours[number]
        if number < 232:
            levels = (number - 16) // 36, (number - 16) // 6 % 6, (number - 16) % 6
            return _hex([55 + 40 * level if level else 0 for level in levels])
        return _hex([8 + 10 * (number - 232)] * 3)

    def with_changes(self, colors: Mapping[str, Any]) -> "Palette":
        """The palette with what a program changed, as `Screen.colors` tells it."""
        named = {name: colors[name] for name in ("foreground", "background", "cursor") if name in colors}
        return replace(self, **named, changed=colors.get("palette", {}))


PALETTES = {
    "light": Palette(
        foreground="#1f2328",
        background="#ffffff",
        cursor="#1f2328",
        frame="#d0d7de",
        colours=(
            *("#24292f", "#cf222e", "#1a7f37", "#8a5a00", "#0a5fd6", "#8250df", "#1b7c83", "#656d76"),
            *("#57606a", "#a40e26", "#116329", "#633c01", "#0550ae", "#6639ba", "#0f5e63", "#424a53"),
        ),
        changed={},
    ),
    "dark": Palette(
        foreground="#d7dce1",
        background="#111418",
        cursor="#d7dce1",
        frame="#30363d",
        colours=(
            *("#848d97", "#ff7b72", "#3fb950", "#d29922", "#6ea8fe", "#bc8cff", "#39c5cf", "#b1bac4"),
            *("#9aa4af", "#ffa198", "#56d364", "#e3b341", "#9cc5ff", "#d2a8ff", "#56d4dd", "#f0f6fc"),
        ),
        changed={},
    ),
}


def legible(ink: str, paper: str, least: float = CONTRAST) -> str:
    """`ink`, or where it is too close to `paper` the nearest of it that is not, as xterm.js' minimumContrastRatio."""
    front, back = _rgb(ink), _luminance(_rgb(paper))
    if _contrast(_luminance(front), back) >= least:
        return ink
    ways = [_darker(front, back, least), _lighter(front, back, least)]
    if _luminance(front) >= back:
        ways.reverse()
    first, second = ways
    if _contrast(_luminance(first), back) >= least:
        return _hex(first)
    return _hex(max(first, second, key=lambda rgb: _contrast(_luminance(rgb), back)))


def _darker(rgb: list[int], back: float, least: float) -> list[int]:
    while any(rgb) and _contrast(_luminance(rgb), back) < least:
        rgb = [value - -(-value // 10) for value in rgb]
    return rgb


def _lighter(rgb: list[int], back: float, least: float) -> list[int]:
    while min(rgb) < 255 and _contrast(_luminance(rgb), back) < least:
        rgb = [value + -(-(255 - value) // 10) for value in rgb]
    return rgb


def _contrast(one: float, other: float) -> float:
    low, high = sorted((one, other))
    return (high + 0.05) / (low + 0.05)


def _luminance(rgb: list[int]) -> float:
    red, green, blue = (value / 255 / 12.92 if value <= 10 else ((value / 255 + 0.055) / 1.055) ** 2.4 for value in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _rgb(colour: str) -> list[int]:
    return [*bytes.fromhex(colour[1:])]


def _hex(rgb: list[int]) -> str:
    return "#" + bytes(rgb).hex()
