"""Thousands of changes at once: whether each is told, how late the last one, and what keystrokes take meanwhile."""

import os
import subprocess
import tarfile
import threading
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from benchmarks.figures import Amounts, Figures, percentiles
from benchmarks.folders import new_folder
from benchmarks.servers import Ours, Place
from benchmarks.terminals import Terminal
from benchmarks.watching import Came, watched
from orchflow_jupyter.client import Engine
from orchflow_jupyter.protocol.files import Event

__all__ = ["file_storm", "git_checkout"]

FILES_EACH = 100
"""Files of one directory."""
PAUSE = 0.003
"""Seconds between two keys."""
SETTLE = 1.0
"""Seconds after an operation in which its last batch comes; it must within half of that."""

GIT = ".git"

Tree = dict[str, bytes | None]
"""Paths to contents, None for directories."""


def file_storm(place: Place, amounts: Amounts) -> Figures:
    """A tree of 20,000 files unpacked, 5,000 of them written anew, all of it removed.

    `late` is seconds from the end of an operation to its last batch; `told` is whether replaying the batches on the
    tree as it was gives the tree as it is.
    """
    if not isinstance(place, Ours):
        return {}
    count = max(4 * FILES_EACH, min(20_000, amounts.inputs // 5))
    some = count // FILES_EACH // 4
    archive = place.server.folder / "storm.tar"
    _pack(archive, count)
    with new_folder(place, "storm") as folder, place.run("echo") as terminal:
        rewrite = f'cd "{folder}/tree" && for d in $(seq {some}); do echo new | tee d$((d - 1))/* >/dev/null; done'
        steps = [
            ["tar", "xf", str(archive), "-C", str(folder)],
            ["sh", "-c", rewrite],
            ["rm", "-rf", str(folder / "tree")],
        ]
        quiet = percentiles([took for _, took in _keys(terminal, amounts.keys)])["p99"]
        alone = percentiles([took for step in steps for took in _during(step, terminal).keys])["p99"]
        figures = _told(place, folder, steps, terminal)
        figures["keystroke p99, times quiet"] = figures.pop("p99") / quiet
        figures["the same without a watch"] = alone / quiet
        with Engine.open(place.server.directory, str(place.server.root)) as engine:
            figures["engine"] = engine.status()["memory"]["private"] / 1e6
    archive.unlink()
    return figures


def git_checkout(place: Place, amounts: Amounts) -> Figures:
    """`git checkout` of a commit in which 5,000 files differ; as `file_storm`, and how many batches told of them."""
    if not isinstance(place, Ours):
        return {}
    count = max(FILES_EACH, min(5_000, amounts.inputs // 20))
    with new_folder(place, "checkout") as folder, place.run("echo") as terminal:
        _git(folder, "init", "-q")
        for content in ("old", "new"):
            for number in range(count):
                file = folder / f"d{number // FILES_EACH}" / f"f{number % FILES_EACH}"
                file.parent.mkdir(exist_ok=True)
                file.write_text(content)
            _git(folder, "add", ".")
            _git(folder, "commit", "-qm", content)
        figures = _told(place, folder, [["git", "-C", str(folder), "checkout", "-q", "HEAD~1"]], terminal)
    del figures["p99"]
    return figures


# -- within


class _During:
    """When an operation began and ended, and the keys meanwhile with their times."""

    def __init__(self, began: float, ended: float, typed: list[tuple[float, float]]) -> None:
        self.began = began
        self.ended = ended
        self.typed = typed

    @property
    def keys(self) -> list[float]:
        """Milliseconds of those until the end."""
        return [took for at, took in self.typed if at < self.ended]


def _told(place: Ours, folder: Path, steps: list[list[str]], terminal: Terminal) -> Figures:
    trees, operations = [_tree(folder)], []
    with watched(place, folder) as came:
        for step in steps:
            operations.append(_during(step, terminal, SETTLE))
            trees.append(_tree(folder))
    figures: Figures = {"told": 1.0, "late": 0.0, "batches": 0.0}
    keys: list[float] = []
    for number, operation in enumerate(operations):
        until = operations[number + 1].began if number + 1 < len(operations) else float("inf")
        its = [(at, batch) for at, batch in came if operation.began <= at < until]
        last = max((at for at, _ in its), default=float("inf"))
        figures["late"] = max(figures["late"], last - operation.ended)
        figures["told"] = min(figures["told"], float(_replayed(trees[number], its, trees[number + 1])))
        figures["batches"] += sum(any(f"/{GIT}/" not in event.path for event in batch.events) for _, batch in its)
        keys += [took for at, took in operation.typed if at < last]
    return figures | {"p99": percentiles(keys)["p99"]}


def _replayed(tree: Tree, came: Came, now: Tree) -> bool:
    """Whether the batches make `now` of `tree`."""
    tree = dict(tree)
    for _, batch in came:
        if batch.resync:
            return False
        for event in batch.events:
            if f"/{GIT}/" not in event.path and not _replay(tree, event, now):
                return False
    return tree == now


def _replay(tree: Tree, event: Event, now: Tree) -> bool:
    path = event.path
    if event.kind in ("deleted", "moved"):
        old = event.from_ or path
        if old not in tree:
            return False
        below = [one for one in tree if one.startswith(f"{old}/")] if event.is_dir else []
        for one in [old, *below]:
            content = tree.pop(one)
            if event.kind == "moved":
                tree[path + one[len(old) :]] = content
        return True
    if (event.kind == "created") is (path in tree):
        return False
    tree[path] = None if event.is_dir else now.get(path, b"")
    return True


def _during(command: list[str], terminal: Terminal, settle: float = 0.0) -> _During:
    ended: list[float] = []

    def run() -> None:
        subprocess.run(command, check=True)
        ended.append(time.time())

    running = threading.Thread(target=run)
    began = time.time()
    running.start()
    typed = _keys(terminal, on=lambda: not ended or time.time() - ended[0] < settle)
    running.join()
    return _During(began, ended[0], typed)


def _keys(terminal: Terminal, count: int = 0, on: Callable[[], bool] | None = None) -> list[tuple[float, float]]:
    """When keys were typed, and the milliseconds until each was echoed."""
    typed: list[tuple[float, float]] = []
    while on() if on else len(typed) < count:
        at, began = time.time(), time.perf_counter()
        terminal.send(b"x")
        terminal.expect_size(1)
        typed.append((at, (time.perf_counter() - began) * 1000))
        time.sleep(PAUSE)
    return typed


def _pack(archive: Path, count: int) -> None:
    with tarfile.open(archive, "w") as tar:
        for number in range(count):
            entry = tarfile.TarInfo(f"tree/d{number // FILES_EACH}/f{number % FILES_EACH}")
            entry.size = 4
            tar.addfile(entry, BytesIO(b"old\n"))


def _git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=x", "-c", "user.email=x@y", "-c", "gc.auto=0"]
    subprocess.run(["git", "-C", str(folder), *who, *words], check=True)


def _tree(folder: Path) -> Tree:
    """What is there, but for what is not watched and git's own."""
    tree: Tree = {}
    for where, folders, files in os.walk(folder):
        if GIT in folders:
            folders.remove(GIT)
        tree |= dict.fromkeys(os.path.join(where, name) for name in folders)
        tree |= {(path := os.path.join(where, name)): Path(path).read_bytes() for name in files}
    return tree
