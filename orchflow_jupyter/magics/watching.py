"""`%orchflow watch PATH`: what changes below it, live, and with `--run` a command that runs again each time."""

import atexit
import os
from collections.abc import Callable, Sequence
from typing import Any

from IPython.core.error import UsageError

from orchflow_jupyter.client.files import watch
from orchflow_jupyter.client.rerun_command import CommandRuns
from orchflow_jupyter.client.rerunning import Progress, Rerunning
from orchflow_jupyter.protocol.files import Batch

__all__ = ["paths_of", "replace_former", "rerunning", "watched"]

_former: dict[tuple[str, ...], Callable[[], None]] = {}
"""How to end what a cell began when it last ran."""


def watched(shell: Any, given: Any) -> Any:
    """The widget for `given.path`; what `given.run` names runs again in a terminal whenever something changed there."""
    from orchflow_jupyter.widgets.files import FileEvents

    if given.restart and not given.run:
        raise UsageError("%orchflow watch: --restart says how the command of --run runs again, and there is none")
    widget = FileEvents(given.path, ignore=given.ignore)
    if not given.run:
        return widget

    def told(progress: Progress) -> None:
        widget.rerun = progress.model()

    runs = CommandRuns(given.run, os.getcwd(), lambda terminal: reruns.terminal(terminal))
    reruns = Rerunning("command", given.run, runs.run, told, restart=given.restart)
    handle = watch(given.path, callback=lambda batch: reruns.changed(paths_of(batch, given.path)), ignore=given.ignore)

    def end() -> None:
        handle.stop(timeout=0)
        reruns.close()
        runs.forget()
        atexit.unregister(runs.forget)
        widget.close()

    # A kernel that is restarted leaves no run behind.
    atexit.register(runs.forget)
    replace_former(shell, "watch", [os.path.abspath(given.path), given.run], end)
    widget.on_rerun({"run": lambda: reruns.changed([]), "stop": reruns.stop, "start": reruns.start})
    return widget


def rerunning(reruns: Rerunning, base: str) -> Callable[[Batch], None]:
    """What to call with batches of changes below `base`, so that they make runs."""

    def changed(batch: Batch) -> None:
        paths = paths_of(batch, base)
        if paths:
            reruns.changed(paths)

    return changed


def paths_of(batch: Batch, base: str) -> list[str]:
    """What changed, below `base`; what may have changed unseen counts too."""
    paths = [event.path for event in batch.events]
    # That a part is polled or closed is told at the beginning, and no change.
    if batch.resync is not None and batch.resync.reason not in ("limit", "denied"):
        paths.append(batch.resync.path)
    return [_below(path, base) for path in paths]


def _below(path: str, base: str) -> str:
    relative = os.path.relpath(path, base)
    return os.path.basename(os.path.abspath(path)) if relative == "." else relative


def replace_former(shell: Any, kind: str, what: Sequence[str], end: Callable[[], None]) -> None:
    """End what this cell began when it last ran; `end` ends what it begins now.

    JupyterLab names the cell in its request; where nobody does, the same words are taken for the same cell.
    """
    cell = None
    if hasattr(shell, "get_parent"):
        cell = (shell.get_parent() or {}).get("metadata", {}).get("cellId")
    key = (kind, str(cell)) if cell else (kind, *what)
    former = _former.pop(key, None)
    _former[key] = end
    if former is not None:
        former()
