"""When something last happened in a terminal: what was typed, and what its program printed while it was at work.

Who watches does nothing here, and neither does a shell that waits at its prompt: it repaints when somebody who looks
has a window of another size, and some prompts show the time.
"""

import os
import time
from collections.abc import Callable

__all__ = ["GRAIN", "Activity", "Latest", "is_shell"]

GRAIN = 1.0
"""Seconds by which the figures may be too old, so that keys and output cost one comparison each."""


class Activity:
    """The last time, on the wall (`at`, seconds since the epoch) and on the loop's clock (`since`), which never jumps.

    Input is to be noted from `input_due` on, and output looked at from `output_due` on; `told` hears of what is noted.
    `spared` is when it was idle for long, and was not culled.
    """

    __slots__ = ("_told", "at", "input_due", "output_due", "since", "spared")

    def __init__(self, now: float, told: Callable[[float], None] = lambda at: None) -> None:
        self._told = told
        self.at = time.time()
        self.since = self.input_due = self.output_due = self.spared = now

    def note(self, now: float, *, tell: bool = True) -> None:
        """Something happened."""
        self.at = time.time()
        self.since = now
        self.input_due = self.output_due = now + GRAIN
        if tell:
            self._told(self.at)

    def output(self, now: float, *, matters: bool) -> None:
        """There was output, of what is at work or of something that only repaints."""
        if matters:
            self.note(now)
        else:
            self.output_due = now + GRAIN


class Latest:
    """The last time in any terminal of an engine; `told` hears of it every `GRAIN` seconds at most, and only then."""

    __slots__ = ("_clock", "_due", "at", "told")

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._due = clock()
        self.at: float | None = None
        self.told: Callable[[float], None] = lambda at: None

    def note(self, at: float) -> None:
        """Something happened in one of them."""
        self.at = at
        now = self._clock()
        if now >= self._due:
            self._due = now + GRAIN
            self.told(at)


def is_shell(command: list[str]) -> bool:
    """Whether these words start a shell that waits for people, and not one that runs a script."""
    from orchflow_jupyter.terminals.injection import PLAIN
    from orchflow_jupyter.terminals.requests import LOGIN_SHELLS

    return os.path.basename(command[0]) in LOGIN_SHELLS and PLAIN.issuperset(command[1:])
