"""The emulator behind a terminal's output, as the engine uses it: a snapshot, and what the screen shows now."""

import asyncio
import time

from benchmarks.figures import Amounts, Figures, median_ms
from benchmarks.servers import Ours, Place
from orchflow_jupyter.settings import TerminalSettings
from orchflow_jupyter.terminals.checkpoints import Checkpoints
from orchflow_jupyter.terminals.emulator import emulator
from orchflow_jupyter.terminals.ring import Ring
from orchflow_jupyter.terminals.screen import Screen
from orchflow_jupyter.terminals.sizes import Sizes

__all__ = ["colours", "screen", "snapshot"]

SIZE = 120, 40
LARGE = 200, 50
SCROLLBACK = 1000
CALLS = 20
"""Calls for each of the usual repeats; one takes a few milliseconds."""


def snapshot(place: Place, amounts: Amounts) -> Figures:
    """Milliseconds for a snapshot of a screen of coloured text with 1,000 and 10,000 lines above it."""
    if not isinstance(place, Ours) or not emulator.there:
        return {}
    figures = {}
    for lines in (SCROLLBACK, 10 * SCROLLBACK):
        made = Screen(*SIZE, lines, TerminalSettings().scrollback_bytes)
        made.feed(b"".join(map(_line, range(lines + SIZE[1]))))
        figures[f"{lines:,} lines above"] = median_ms(made.snapshot, amounts.repeats * CALLS)
        made.close()
    return figures


def screen(place: Place, amounts: Amounts) -> Figures:
    """Milliseconds to read the screen of now while the emulator is 256 KiB behind: after a log, after cursor moves."""
    if not isinstance(place, Ours) or not emulator.there:
        return {}
    figures = {}
    for kind, piece in (("log", _line), ("full screen", _moved)):
        settings, loop = TerminalSettings(), asyncio.new_event_loop()
        ring = Ring(settings.ring_bytes)
        behind = Checkpoints(loop, ring, Sizes(*SIZE), settings)
        ring.append(b"".join(map(piece, range(20_000))))
        behind.latest()
        figures[kind] = median_ms(lambda: _shown(behind), amounts.repeats * CALLS)  # noqa: B023 - called at once
        behind.close()
        loop.close()
        ring.close()
    return figures


def colours(place: Place, amounts: Amounts) -> Figures:
    """Milliseconds for which others wait where each of 200 by 50 cells has colours of its own: the longest at once."""
    if not isinstance(place, Ours) or not emulator.there:
        return {}
    made = Screen(*LARGE, SCROLLBACK, TerminalSettings().scrollback_bytes)
    made.feed(
        b"".join(b"\x1b[38;2;%d;%d;0;48;2;0;%d;9mx" % (n >> 8, n & 255, n % 251) for n in range(LARGE[0] * LARGE[1]))
    )
    figures = {"snapshot": median_ms(lambda: made.snapshot(scrollback=0), amounts.repeats * CALLS)}
    turns = [_longest_turn(made) for _ in range(amounts.repeats)]
    made.close()
    return figures | {"screen(), longest turn": sorted(turns)[len(turns) // 2]}


def _longest_turn(made: Screen) -> float:
    reader, longest = made.reading(), 0.0
    while True:
        began = time.perf_counter()
        over = next(reader, reader) is reader
        longest = max(longest, time.perf_counter() - began)
        if over:
            return longest * 1000


def _shown(behind: Checkpoints) -> None:
    fork = behind.fork()
    assert fork is not None
    fork.shown()
    fork.close()


def _line(number: int) -> bytes:
    return b"\x1b[3%dm%06d\x1b[0m a line of the log, \x1b[1mbold\x1b[0m, %b\r\n" % (
        number % 8,
        number,
        b"x" * (number % 70),
    )


def _moved(number: int) -> bytes:
    return b"\x1b[%d;%dH\x1b[3%dm%06d of a program that has the screen" % (
        number % SIZE[1] + 1,
        number % 70 + 1,
        number % 8,
        number,
    )
