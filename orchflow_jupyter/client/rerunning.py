"""Doing one thing again whenever something changed: one run at a time, changes gathered for the next one.

What is done is given as a function; a thread waits for changes and calls it. Commands are in `rerun_command`, cells of
a notebook in the magics.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

__all__ = ["Outcome", "Progress", "Rerunning"]


@dataclass(frozen=True)
class Outcome:
    """How a run ended: whether it `passed`, and else in words `how`. `terminal` is where it ran, if in one."""

    passed: bool
    how: str = ""
    terminal: str = ""


@dataclass(frozen=True)
class Progress:
    """How things stand, as the page shows it. `state` is `waiting`, `running`, `passed`, `failed` or `stopped`.

    `duration` is seconds; `after` a path whose change the last run followed, and `others` how many more there were.
    """

    kind: str
    name: str
    state: str = "waiting"
    how: str = ""
    duration: float | None = None
    after: str = ""
    others: int = 0
    runs: int = 0
    queued: bool = False
    terminal: str = ""

    def model(self) -> dict[str, Any]:
        """As JSON."""
        return dict(vars(self))


class Rerunning:
    """Calls `perform(wanted)` once for all that changed, and once more for what changed meanwhile.

    `perform` runs in a thread of its own and returns an `Outcome`; it ends early where `wanted()` is false: when it was
    stopped, or, with `restart`, when something changed again. `told` is called with each `Progress`, from any thread.
    """

    def __init__(
        self,
        kind: str,
        name: str,
        perform: Callable[[Callable[[], bool]], Outcome],
        told: Callable[[Progress], None],
        *,
        restart: bool = False,
    ) -> None:
        self.progress = Progress(kind, name)
        self._perform = perform
        self._told = told
        self._restart = restart
        self._changed = threading.Condition()
        self._due: list[str] | None = None
        self._stopped = self._closed = False
        self._thread = threading.Thread(target=self._work, name=f"orchflow rerun {name}", daemon=True)
        self._thread.start()
        told(self.progress)

    def changed(self, paths: Sequence[str]) -> None:
        """Something changed; no paths where it is wanted anyway."""
        with self._changed:
            if self._stopped:
                return
            known = dict.fromkeys(self._due or ())
            self._due = [*(known | dict.fromkeys(paths))]
            running = self.progress.state == "running"
            if running and not self.progress.queued:
                self._tell(queued=True)
            self._changed.notify_all()

    def stop(self) -> None:
        """Run no more until `start`."""
        with self._changed:
            self._stopped = True
            self._due = None
            if self.progress.state != "running":
                self._tell(state="stopped")
            self._changed.notify_all()

    def start(self) -> None:
        """Go on, with a run at once: something may have changed meanwhile."""
        with self._changed:
            if not self._stopped:
                return
            self._stopped = False
        self.changed([])

    def close(self, timeout: float | None = 10.0) -> None:
        """Stop for good, and wait for the end of what runs."""
        with self._changed:
            self._closed = True
        self.stop()
        if threading.current_thread() is not self._thread:
            self._thread.join(timeout)

    def ran(self, outcome: Outcome, duration: float) -> None:
        """A first run was made elsewhere."""
        with self._changed:
            self._ended(outcome, duration)

    def _wanted(self) -> bool:
        return not (self._stopped or (self._restart and self._due is not None))

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._due is not None or self._closed)
                if self._closed:
                    return
                due, self._due = self._due or [], None
                self._tell(
                    state="running", after=due[0] if due else "", others=max(0, len(due) - 1), queued=False, how=""
                )
            began = time.monotonic()
            try:
                outcome = self._perform(self._wanted)
            except Exception as error:  # noqa: BLE001 - whatever it was, its user must hear of it
                outcome = Outcome(False, str(error) or type(error).__name__)
            with self._changed:
                self._ended(outcome, time.monotonic() - began)

    def _ended(self, outcome: Outcome, duration: float) -> None:
        self._tell(
            state="stopped" if self._stopped else "passed" if outcome.passed else "failed",
            how=outcome.how,
            duration=duration,
            runs=self.progress.runs + 1,
            queued=False,
            terminal=outcome.terminal or self.progress.terminal,
        )

    def terminal(self, terminal: str) -> None:
        """The run goes on in this terminal."""
        with self._changed:
            self._tell(terminal=terminal)

    def _tell(self, **changes: Any) -> None:
        self.progress = replace(self.progress, **changes)
        self._told(self.progress)
