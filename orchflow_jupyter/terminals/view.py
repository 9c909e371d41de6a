"""What a terminal shows at this moment: a copy of its emulator, brought up to date, read, and let go."""

import asyncio
import importlib.util
import json
from typing import Any

from orchflow_jupyter.errors import NotSupportedError, TooLargeError
from orchflow_jupyter.protocol.control import MAX_LINE
from orchflow_jupyter.terminals.session import Session

__all__ = ["view"]

MAX_BYTES = MAX_LINE - 64 * 1024
WORST = 12
"""Bytes that a character may take in JSON: two escapes of six."""


async def view(session: Session, scrollback: int = 0) -> dict[str, Any]:
    """The screen and at most `scrollback` lines above it, as `docs/protocol.md` says; others have their turns too.

    Raises `NotSupportedError` where there is no emulator, `TooLargeError` for more lines than one answer holds.
    """
    offset = session.ring.end
    screen = session.checkpoints.fork(scrollback)
    if screen is None:
        raise NotSupportedError(_why())
    try:
        reader = screen.reading(scrollback)
        while True:
            try:
                next(reader)
            except StopIteration as done:
                shown = done.value
                break
            await asyncio.sleep(0)
    finally:
        screen.close()
    found = {"id": session.id, "offset": offset, **shown}
    if _may_be_too_large(found) and len(json.dumps(found)) > MAX_BYTES:
        raise TooLargeError(f"{scrollback} lines of this terminal are more than one answer holds: ask for fewer")
    return found


def _may_be_too_large(shown: dict[str, Any]) -> bool:
    letters = sum(len(run[0]) for line in shown["lines"] for run in line)
    runs = sum(map(len, shown["lines"]))
    return WORST * letters + 32 * runs + 256 * len(shown["styles"]) > MAX_BYTES


def _why() -> str:
    if importlib.util.find_spec("pyghostty") is None:
        return "screens are read with pyghostty, which is not installed: pip install pyghostty (Linux and macOS)"
    return "screens are read with pyghostty, which does not load here; the engine's log says why"
