"""`%orchflow screen` and `%orchflow image`: what a terminal shows, as text and as a picture."""

from typing import Any

from orchflow_jupyter.client.current import current_engine
from orchflow_jupyter.client.image import Image

__all__ = ["image", "screen"]


def screen(given: Any) -> None:
    """Print the text of the screen, and of so many lines above it."""
    engine = current_engine()
    print(engine.screen(engine.get(given.name)["id"], scrollback=given.lines))  # noqa: T201 - a cell's output


def image(given: Any) -> Image | None:
    """A picture for the cell; saved where `given.out` names a file, as PNG where it ends so."""
    engine = current_engine()
    kind = "png" if given.png or (given.out or "").lower().endswith(".png") else "svg"
    theme = "dark" if given.dark else "light"
    made = engine.image(engine.get(given.name)["id"], kind, scrollback=given.lines, theme=theme, trim=given.trim)
    if given.out is None:
        return made
    made.save(given.out)
    return None
