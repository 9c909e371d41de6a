"""`%%orchflow on-change PATH…`: a cell whose inputs are files, run again in the kernel when they change."""

import contextlib
import itertools
import os
import time
from collections.abc import Callable, Iterator
from typing import Any

from IPython.core.error import UsageError

from orchflow_jupyter.client.files import watch
from orchflow_jupyter.client.rerunning import Outcome, Progress, Rerunning
from orchflow_jupyter.magics.between import between_executions
from orchflow_jupyter.magics.capture import Transcript, captured
from orchflow_jupyter.magics.watching import replace_former, rerunning

__all__ = ["on_change", "rerun", "rerun_async"]

_cells: dict[str, "Cell"] = {}
_numbers = itertools.count(1)


class Cell:
    """A body, and where what it says is shown."""

    def __init__(self, shell: Any, body: str, output: Any) -> None:
        self.shell = shell
        self.body = body
        self.key = str(next(_numbers))
        self._number = shell.execution_count
        self._transcript = Transcript(output)
        self._outcome = Outcome(False, "the kernel did not run it")
        self._wanted: Callable[[], bool] = lambda: True

    @property
    def awaits(self) -> bool:
        """Whether it awaits something outside of a function."""
        return bool(self.shell.should_run_async(self.body, transformed_cell=self.shell.transform_cell(self.body)))

    def perform(self, wanted: Callable[[], bool]) -> Outcome:
        """Have the kernel run it, from another thread."""
        self._outcome, self._wanted = Outcome(False, "the kernel did not run it"), wanted
        call = "await {}.rerun_async({!r})" if self.awaits else "{}.rerun({!r})"
        between_executions(call.format(f"__import__('importlib').import_module({__name__!r})", self.key), wanted)
        return self._outcome

    def run(self) -> Outcome:
        """Run it here and now."""
        if not self._wanted():
            return self._outcome
        self._transcript.clear(wait=True)
        with captured(self.shell, self._transcript), self._numbered():
            return self._done(self.shell.run_cell(self.body, store_history=False))

    async def run_async(self) -> Outcome:
        """The same for one that awaits something."""
        if not self._wanted():
            return self._outcome
        self._transcript.clear(wait=True)
        with captured(self.shell, self._transcript), self._numbered():
            transformed = self.shell.transform_cell(self.body)
            return self._done(
                await self.shell.run_cell_async(self.body, store_history=False, transformed_cell=transformed)
            )

    @contextlib.contextmanager
    def _numbered(self) -> Iterator[None]:
        """By its own number tracebacks name it, not by that of the cell that comes next."""
        now, self.shell.execution_count = self.shell.execution_count, self._number
        try:
            yield
        finally:
            self.shell.execution_count = now

    def _done(self, result: Any) -> Outcome:
        error = result.error_before_exec or result.error_in_exec
        self._outcome = Outcome(True) if error is None else Outcome(False, f"{type(error).__name__}: {error}")
        return self._outcome


def rerun(key: str) -> None:
    """What the kernel is asked to run."""
    cell = _cells.get(key)
    if cell is not None:
        cell.run()


async def rerun_async(key: str) -> None:
    """The same for a body that awaits something."""
    cell = _cells.get(key)
    if cell is not None:
        await cell.run_async()


def on_change(shell: Any, given: Any, body: str) -> None:
    """Run `body` now, and again between executions whenever one of `given.paths` changed.

    What it says is shown below the widget, each time anew. Raises `UsageError` where the first run fails; it goes on.
    """
    import ipywidgets
    from IPython.display import display

    from orchflow_jupyter.widgets.files import FileEvents

    if getattr(shell, "kernel", None) is None:
        raise UsageError("%%orchflow on-change: there is no kernel here; it is for notebooks")
    widget = FileEvents(given.paths[0], also=given.paths[1:], ignore=given.ignore)
    output = ipywidgets.Output()
    cell = Cell(shell, body, output)
    _cells[cell.key] = cell

    def told(progress: Progress) -> None:
        widget.rerun = progress.model()

    reruns = Rerunning("cell", "The cell", cell.perform, told)

    watches = [watch(path, callback=rerunning(reruns, path), ignore=given.ignore) for path in given.paths]

    def end() -> None:
        _cells.pop(cell.key, None)
        for one in watches:
            one.stop(timeout=0)
        reruns.close(timeout=0)
        widget.close()
        output.close()

    replace_former(shell, "on-change", [os.path.abspath(path) for path in given.paths], end)
    widget.on_rerun({"run": lambda: reruns.changed([]), "stop": reruns.stop, "start": reruns.start})
    display(widget, output)  # type: ignore[no-untyped-call]
    if cell.awaits:
        # This cell cannot await it; it follows at once.
        reruns.changed([])
        return
    began = time.monotonic()
    outcome = cell.run()
    reruns.ran(outcome, time.monotonic() - began)
    if not outcome.passed:
        raise UsageError(f"the cell failed ({outcome.how}), and runs again when {' or '.join(given.paths)} changes")
