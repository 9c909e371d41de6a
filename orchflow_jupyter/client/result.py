"""How a command ended, and what is raised where it failed, took too long, or was interrupted."""

import codecs
from dataclasses import dataclass
from datetime import datetime

from orchflow_jupyter.errors import OrchflowError

__all__ = ["CommandFailedError", "CommandInterruptedError", "CommandTimeoutError", "Result"]


@dataclass(frozen=True)
class Result:
    """How a command ended, and what it said.

    `exit_code` is None where a signal ended it, where it goes on, or where the shell did not run it at all (a syntax
    error): then `output` is what the shell said of that. A syntax error in a script, or in a line that may not be
    whole, has the exit code that the shell's `eval` has for it. `output` holds the bytes as they came, escape
    sequences and all, the newest 64 MiB where there are more (`cut`). `started` is in UTC by the engine's clock,
    `duration` in seconds.
    """

    command: str
    exit_code: int | None
    output: bytes
    started: datetime | None
    duration: float
    signal: str | None = None
    cut: bool = False

    @property
    def text(self) -> str:
        """The output as text, with line ends as Python has them; what is no UTF-8 is replaced."""
        return codecs.decode(self.output, "utf-8", "replace").replace("\r\n", "\n")

    @property
    def ok(self) -> bool:
        """Whether it ended with exit code 0."""
        return self.exit_code == 0

    def check(self) -> None:
        """Raise `CommandFailedError` unless it is `ok`."""
        if not self.ok:
            raise CommandFailedError(self)

    def __repr__(self) -> str:
        how = f"signal {self.signal}" if self.signal else f"exit code {self.exit_code}"
        return f"<Result of {self.command!r}: {how}, {len(self.output)} bytes, {self.duration:.3f} s>"


class CommandFailedError(OrchflowError):
    """A command ended with another exit code than 0, and was to be checked; `result` says how."""

    def __init__(self, result: Result) -> None:
        self.result = result
        how = f"was ended by {result.signal}" if result.signal else f"ended with exit code {result.exit_code}"
        if result.exit_code is None and result.signal is None:
            how = "ended, nobody knows how," if result.started else "was not run by the shell"
        after = "" if result.started is None else f" after {result.duration:.3f} s"
        super().__init__(f"{result.command!r} {how}{after}")


class CommandTimeoutError(TimeoutError):
    """A command did not end in time; `result` is what there was of it, or how it ended once it was interrupted."""

    def __init__(self, message: str, result: Result) -> None:
        self.result = result
        super().__init__(message)


class CommandInterruptedError(KeyboardInterrupt):
    """An interrupt of Python, with which a command was interrupted; `result` says how it ended, or that it did not."""

    def __init__(self, result: Result) -> None:
        self.result = result
        super().__init__(f"{result.command!r} was interrupted")
