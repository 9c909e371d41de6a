"""What one terminal has done, and what all of them have that an engine has held, those that are gone included."""

from math import inf
from typing import TYPE_CHECKING

from orchflow_jupyter.terminals.histogram import Histogram

if TYPE_CHECKING:
    from orchflow_jupyter.terminals.session import Session

__all__ = ["Tally", "Totals"]

UNANSWERED = 1.0
"""Seconds after which a key is taken for one that the program does not answer, as those of a password: the next key
is timed instead."""


class Tally:
    """One terminal's own counts. Times are those of `time.perf_counter`."""

    __slots__ = ("echo", "inputs", "output", "read_at", "typed_at")

    def __init__(self) -> None:
        self.inputs = 0
        self.read_at = -inf
        """When output was last read."""
        self.typed_at = -inf
        """When the input came that the program has not answered yet."""
        self.echo: Histogram | None = None
        """From an input's arrival to the first output that is read after it; an idle terminal has none."""
        self.output: Histogram | None = None
        """From a read of output until all of it was handed to a client's connection."""

    def typed(self, now: float) -> None:
        """Input goes to the program."""
        if now - self.typed_at > UNANSWERED:
            self.typed_at = now

    def answered(self, now: float) -> None:
        """Output was read, the first after an input."""
        if self.echo is None:
            self.echo = Histogram()
        self.echo.add(now - self.typed_at)
        self.typed_at = -inf

    def delivered(self, seconds: float) -> None:
        """A piece of output is with a client."""
        if self.output is None:
            self.output = Histogram()
        self.output.add(seconds)


class Totals:
    """Sums over terminals."""

    __slots__ = ("bytes_in", "bytes_out", "echo", "gaps", "inputs", "snapshots")

    def __init__(self) -> None:
        self.inputs = self.bytes_in = self.bytes_out = self.gaps = self.snapshots = 0
        self.echo = Histogram()

    def add(self, session: "Session") -> None:
        """Add what a terminal has done."""
        self.inputs += session.tally.inputs
        self.bytes_in += session.input.taken
        self.bytes_out += session.ring.end
        self.gaps += session.gaps
        self.snapshots += session.snapshots
        if session.tally.echo is not None:
            self.echo.merge(session.tally.echo)

    def merge(self, other: "Totals") -> None:
        """Add other sums."""
        for name in ("inputs", "bytes_in", "bytes_out", "gaps", "snapshots"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.echo.merge(other.echo)
