"""What a terminal shows at this moment: a copy of its emulator, brought up to date, read, and let go."""

import asyncio
import importlib.util

from orchflow_jupyter.errors import NotSupportedError, TooLargeError
from orchflow_jupyter.protocol.control import MAX_LINE, Json
from orchflow_jupyter.terminals.session import Session

__all__ = ["view"]

MAX_BYTES = MAX_LINE - 64 * 1024


async def view(session: Session, scrollback: int = 0) -> Json:
    """The screen and at most `scrollback` lines above it, as `docs/protocol.md` says; others have their turns too.

    Raises `NotSupportedError` where there is no emulator, `TooLargeError` for more lines than one answer holds.
    """
    from msgspec import json

    offset = session.ring.end
    screen = session.checkpoints.fork(scrollback)
    if screen is None:
        raise NotSupportedError(_why())
    try:
        await asyncio.sleep(0)
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
    await asyncio.sleep(0)
    found = json.encode({"id": session.id, "offset": offset, **shown})  # some six times as fast as the standard one
    if len(found) > MAX_BYTES:
        what = f"{scrollback} lines above it" if scrollback else f"of {shown['cols']} x {shown['rows']} cells"
        do = "ask for fewer" if scrollback else "make the terminal smaller"
        raise TooLargeError(f"the screen of this terminal, {what}, is more than one answer holds: {do}")
    return Json(found)


def _why() -> str:
    if importlib.util.find_spec("pyghostty") is None:
        return "screens are read with pyghostty, which is not installed: pip install pyghostty (Linux and macOS)"
    return "screens are read with pyghostty, which does not load here; the engine's log says why"
