"""A picture of a screen, for notebooks and for people who share results: SVG by itself, PNG with resvg."""

import base64
import os
import subprocess
from dataclasses import dataclass, field
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

from orchflow_jupyter.client.palette import PALETTES
from orchflow_jupyter.client.svg import FONTS, measure, paint
from orchflow_jupyter.errors import InvalidRequestError, NotSupportedError

if TYPE_CHECKING:
    from orchflow_jupyter.client.screen import Screen

__all__ = ["Image", "draw"]

FORMATS = ("svg", "png")
MOST = 16_384
"""Pixels of a PNG from side to side, or from top to bottom."""
LETTER = '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8" font-family="{}">{}</svg>'


@dataclass(frozen=True)
class Image:
    """A picture that notebooks show; `data` is that of its file. `width` and `height` are those it is shown with."""

    data: bytes = field(repr=False)
    format: str
    width: int
    height: int
    text: str = field(repr=False)
    """What is to be read in it."""

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the file; its name is as it is given, whatever the format."""
        with open(path, "wb") as file:
            file.write(self.data)

    @property
    def html(self) -> str:
        """An `<img>` that holds all of it."""
        kind = "svg+xml" if self.format == "svg" else self.format
        coded = base64.b64encode(self.data).decode()
        return (
            f'<img src="data:image/{kind};base64,{coded}" width="{self.width}" height="{self.height}" '
            f'alt="{escape(self.text)}">'
        )

    def _repr_svg_(self) -> tuple[str, dict[str, Any]] | None:
        return (self.data.decode(), {"alt": self.text}) if self.format == "svg" else None

    def _repr_png_(self) -> tuple[bytes, dict[str, Any]] | None:
        if self.format != "png":
            return None
        return self.data, {"width": self.width, "height": self.height, "alt": self.text}


def draw(
    screen: "Screen",
    format: str = "svg",  # noqa: A002 - what others call it, too
    *,
    theme: str = "light",
    cursor: bool = True,
    trim: bool = False,
    scale: float = 2.0,
) -> Image:
    """A picture of a screen, with the lines above it that it holds.

    `theme` is `light` or `dark`; `cursor=False` leaves the cursor out, `trim` the blank lines at the end. A PNG has
    `scale` pixels for one of the picture. Raises `InvalidRequestError` for what is none of these, and
    `NotSupportedError` for a PNG where resvg, or a font, is missing.
    """
    known = isinstance(theme, str) and theme in PALETTES and isinstance(scale, int | float)
    if format not in FORMATS or not known or not 0.1 <= scale <= 8:
        raise InvalidRequestError(
            f"format must be svg or png, theme light or dark, and scale from 0.1 to 8; "
            f"{format!r}, {theme!r} and {scale!r} are not all of these"
        )
    lines = len(screen.runs)
    if trim:
        last = screen.cursor.y + screen.scrollback if cursor and screen.cursor.visible else 0
        lines = max([last, *(y for y, line in enumerate(screen.runs) if line)]) + 1
    width, height = measure(screen, lines)
    svg = paint(screen, PALETTES[theme], cursor=cursor, lines=lines)
    text = "\n".join(screen.lines[:lines]).rstrip("\n")
    if format == "svg":
        return Image(svg.encode(), "svg", width, height, text)
    if max(width, height) * scale > MOST:
        raise InvalidRequestError(f"a PNG has at most {MOST:,} pixels from side to side: ask for a smaller scale")
    return Image(_png(svg, scale), "png", width, height, text)


def _png(svg: str, scale: float) -> bytes:
    try:
        import resvg_py
    except ImportError:
        raise NotSupportedError(
            "PNG pictures are made with resvg, which is not installed here: pip install resvg-py"
        ) from None
    if not _letters_show():
        raise NotSupportedError("this machine has no font to write with: install one, such as fonts-dejavu-core")
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, zoom=scale, monospace_family=_monospace()))


@cache
def _letters_show() -> bool:
    import resvg_py

    letter, nothing = (
        bytes(resvg_py.svg_to_bytes(svg_string=LETTER.format(FONTS, text), monospace_family=_monospace()))
        for text in ('<text y="8">M</text>', "")
    )
    return letter != nothing


@cache
def _monospace() -> str | None:
    """The family that this machine takes for `monospace`, which resvg does not look up."""
    try:
        asked = subprocess.run(
            ["fc-match", "--format=%{family[0]}", "monospace"],  # noqa: S607 - only PATH knows where it is
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return asked.stdout.strip() or None
