"""`%orchflow screen` and `%orchflow image`: what a terminal shows, as text and as a picture."""

import os
from typing import Any

from IPython.core.error import UsageError

from orchflow_jupyter.client.current import current_engine
from orchflow_jupyter.client.image import Image

__all__ = ["image", "screen"]


def screen(given: Any) -> None:
    """Print the text of the screen, and of so many lines above it."""
    engine = current_engine()
    print(engine.screen(engine.get(given.name)["id"], scrollback=given.lines))  # noqa: T201 - a cell's output


def image(given: Any) -> Image | None:
    """A picture for the cell; saved where `given.out` names a file, as PNG where it ends so.

    Raises `UsageError` for a file of another kind, or one that cannot be written.
    """
    ending = os.path.splitext(given.out or "")[1].lower()
    if ending not in ("", ".svg", ".png"):
        raise UsageError(f"%orchflow image: pictures are SVG or PNG: give {given.out!r} the ending .svg or .png")
    if given.png and ending == ".svg":
        raise UsageError(f"%orchflow image: --png makes a PNG, and {given.out!r} ends as an SVG does: leave one out")
    engine = current_engine()
    kind = "png" if given.png or ending == ".png" else "svg"
    theme = "dark" if given.dark else "light"
    made = engine.image(engine.get(given.name)["id"], kind, scrollback=given.lines, theme=theme, trim=given.trim)
    if given.out is None:
        return made
    try:
        made.save(os.path.expanduser(given.out))
    except OSError as error:
        raise UsageError(f"%orchflow image: {given.out!r} cannot be written: {error.strerror}") from None
    return None
