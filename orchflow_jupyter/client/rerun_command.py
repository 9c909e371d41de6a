"""A command that runs again in a terminal: each run in a new one, of which the last is kept for its output."""

import contextlib
from collections.abc import Callable

from orchflow_jupyter.client.calls import by_shell
from orchflow_jupyter.client.current import current_engine
from orchflow_jupyter.client.rerunning import Outcome
from orchflow_jupyter.errors import OrchflowError

__all__ = ["CommandRuns"]

COLS, ROWS = 100, 14
"""What a widget shows of it without much scrolling; a page that looks while it runs has it fit."""
LOOK = 0.2
"""Seconds after which it is looked whether the run is wanted still."""


class CommandRuns:
    """Runs `line` as this user's shell reads it, in `cwd`. `began` is called with each run's terminal."""

    def __init__(self, line: str, cwd: str, began: Callable[[str], None]) -> None:
        self._line = line
        self._cwd = cwd
        self._began = began
        self._last = ""

    def run(self, wanted: Callable[[], bool]) -> Outcome:
        """One run, to its end, or until it is not `wanted`: then it is hung up on."""
        engine = current_engine()
        self.forget()
        self._last = terminal = str(engine.create(by_shell(self._line), cwd=self._cwd, cols=COLS, rows=ROWS)["id"])
        self._began(terminal)
        with engine.attach(terminal, since=0) as attachment:
            while True:
                try:
                    how = attachment.wait(LOOK)
                    break
                except TimeoutError:
                    if wanted():
                        continue
                self.forget()
                return Outcome(False, "it was ended")
        code, signal = how.get("code"), how.get("signal")
        if code == 0:
            return Outcome(True, terminal=terminal)
        return Outcome(False, f"exit code {code}" if code is not None else f"signal {signal}", terminal)

    def forget(self) -> None:
        """End the last run, and let its output go."""
        last, self._last = self._last, ""
        if last:
            # Gone already, or with its engine.
            with contextlib.suppress(OrchflowError):
                current_engine().delete(last)
