"""What a recording begins with: the screen as it is then, so that what follows is painted on what it was painted on.

What has scrolled away is not in it: who clears the screen before a recording does not want it shown.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from orchflow_jupyter.terminals.checkpoints import Checkpoints
from orchflow_jupyter.terminals.ring import Ring

if TYPE_CHECKING:
    from orchflow_jupyter.terminals.screen import Screen

__all__ = ["opening"]

TAIL = 64 * 1024
"""Bytes in which a sequence may have begun that is not whole yet; a longer one is none that paints."""
TRIES = 16


def opening(ring: Ring, checkpoints: Checkpoints) -> tuple[int, Callable[[], bytes] | None]:
    """From where the output goes on, and what tells what paints the state there on a reset terminal of its size.

    That is the end, or a little before it while a sequence or a character is half said; the end and nothing where
    there is no output or no emulator. It is told once, in any thread: for a large screen that takes a while.
    """
    for offset in _places(ring):
        screen = checkpoints.fork(end=offset)
        if screen is None:
            break
        if screen.ground:
            return offset, partial(_painted, screen)
        screen.close()
    return ring.end, None


def _painted(screen: "Screen") -> bytes:
    try:
        return screen.snapshot(scrollback=0)
    finally:
        screen.close()


def _places(ring: Ring) -> Iterator[int]:
    """Where the last byte may be behind which nothing is half said, the latest first."""
    end = ring.end
    if end == 0:
        return
    yield end
    begin = max(ring.start, end - TAIL)
    tail = ring.read(begin, end - begin)
    for cut in range(1, min(4, len(tail))):
        if tail[-cut] >= 0xC0:  # the first byte of a character (RFC 3629)
            yield end - cut
    at = len(tail)
    for _ in range(TRIES):
        at = tail.rfind(b"\x1b", 0, at)
        if at < 0:
            return
        yield begin + at
