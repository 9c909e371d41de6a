"""File events: from a change to the hands of a client, beside watchdog alone and watchfiles with their defaults."""

import asyncio
import contextlib
import os
import shutil
import subprocess
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchfiles import awatch

from benchmarks.figures import Amounts, Figures, percentiles
from benchmarks.servers import Ours, Place
from orchflow_jupyter.client import Engine
from orchflow_jupyter.client.files import Watch, watch
from orchflow_jupyter.protocol.files import Batch

__all__ = ["file_storm", "file_write", "file_writes", "watch_start"]

QUIET = 0.15
"""Seconds of quiet before a change; three windows."""
LATE = 10.0
"""Seconds after which a change is not coming any more."""
WRITES = 200
FILES_EACH = 100


def file_write(place: Place, amounts: Amounts) -> Figures:
    """Milliseconds from the return of a write, after quiet, to the hands of a client."""
    if not isinstance(place, Ours):
        return {}
    count = amounts.repeats * 20
    with _folder(place, "write") as folder:
        file = folder / "file"
        file.touch()
        with _engine(place) as engine, watch(folder, engine=engine) as batches:
            figures = _named("", percentiles([_ours(batches, file) for _ in range(count)]))
        figures |= _named("watchdog alone, ", percentiles(_with_watchdog(folder, file, count)))
        figures |= _named("watchfiles, ", percentiles(asyncio.run(_with_watchfiles(folder, file, amounts.repeats))))
    return figures


def file_writes(place: Place, amounts: Amounts) -> Figures:
    """How many events 200 small writes to one file are."""
    if not isinstance(place, Ours):
        return {}
    with _folder(place, "writes") as folder:
        file = folder / "file"
        file.touch()
        with _engine(place) as engine, watch(folder, engine=engine) as batches:
            _write_often(file)
            ours = sum(len(batch.events) for batch in _until_quiet(batches))
        alone: list[float] = []
        with _watchdog(folder, lambda event: alone.append(0)):
            _write_often(file)
            time.sleep(1)
    return {"events": float(ours), "watchdog alone": float(len(alone))}


def watch_start(place: Place, amounts: Amounts) -> Figures:
    """Milliseconds until 10,000 directories are watched; and with as many more that are ignored."""
    if not isinstance(place, Ours):
        return {}
    count = min(10_000, amounts.inputs // 10)
    with _folder(place, "start") as folder:
        _directories(folder, count)
        with _engine(place) as engine:
            ours = _timed(lambda: watch(folder, engine=engine).close())
            with contextlib.ExitStack() as opened:
                alone = _timed(lambda: opened.enter_context(_watchdog(folder, lambda event: None)))
            _directories(folder / "node_modules", count)
            # Another pattern, so that it is not the watch from before that is kept for who comes back.
            ignored = _timed(lambda: watch(folder, engine=engine, ignore=["*.never"]).close())
    return {"time": ours, "watchdog alone": alone, "with as many ignored": ignored}


def file_storm(place: Place, amounts: Amounts) -> Figures:
    """A tree of 20,000 files unpacked, 5,000 of them written anew, all of it removed.

    `late` is seconds from the end of an operation to its last batch, `told` whether all changes were.
    """
    if not isinstance(place, Ours):
        return {}
    count = max(4 * FILES_EACH, min(20_000, amounts.inputs // 5))
    figures: Figures = {"told": 1.0, "late": 0.0}
    with _folder(place, "storm") as folder, _engine(place) as engine, place.run("echo") as terminal:
        quiet = percentiles([_key(terminal) for _ in range(amounts.keys)])["p99"]
        archive = place.server.folder / "storm.tar"
        _pack(archive, count)
        some = count // FILES_EACH // 4
        rewrite = f'cd "{folder}/tree" && for d in $(seq {some}); do echo new | tee d$((d - 1))/* >/dev/null; done'
        steps = {
            "created": ["tar", "xf", str(archive), "-C", str(folder)],
            "modified": ["sh", "-c", rewrite],
            "deleted": ["rm", "-rf", str(folder / "tree")],
        }
        keys: list[float] = []
        with watch(folder, engine=engine) as batches:
            for kind, command in steps.items():
                before = _paths(folder)
                late, told = _during(batches, command, terminal, keys)
                after = _paths(folder)
                wanted = {"created": after - before, "deleted": {str(folder / "tree")}}.get(
                    kind, {path for path in after if Path(path).is_file() and Path(path).read_text() == "new\n"}
                )
                seen = {event.path for batch in told for event in batch.events if event.kind == kind}
                lost = any(batch.resync for batch in told)
                figures["told"] = min(figures["told"], float(wanted <= seen and not lost))
                figures["late"] = max(figures["late"], late)
        figures["engine"] = engine.status()["memory"]["private"] / 1e6
        figures["keystroke p99, times quiet"] = percentiles(keys)["p99"] / quiet
        archive.unlink()
    return figures


# -- within


def _during(batches: Watch, command: list[str], terminal: object, keys: list[float]) -> tuple[float, list[Batch]]:
    ended: list[float] = []

    def run() -> None:
        subprocess.run(command, check=True)
        ended.append(time.time())

    told: list[Batch] = []
    came: list[float] = []
    over = threading.Event()

    def collect() -> None:
        while not over.is_set():
            with contextlib.suppress(TimeoutError):
                told.append(batches.next(0.2))
                came.append(time.time())

    running, collecting = threading.Thread(target=run), threading.Thread(target=collect)
    running.start()
    collecting.start()
    while running.is_alive() or (came and time.time() - came[-1] < 1):
        keys.append(_key(terminal))
        time.sleep(0.003)
    over.set()
    collecting.join()
    return (max(0.0, came[-1] - ended[0]) if came else LATE), told


def _key(terminal: object) -> float:
    began = time.perf_counter()
    terminal.send(b"x")  # type: ignore[attr-defined]
    terminal.expect_size(1)  # type: ignore[attr-defined]
    return (time.perf_counter() - began) * 1000


def _pack(archive: Path, count: int) -> None:
    with tarfile.open(archive, "w") as tar:
        for number in range(count):
            entry = tarfile.TarInfo(f"tree/d{number // FILES_EACH}/f{number % FILES_EACH}")
            entry.size = 4
            tar.addfile(entry, BytesIO(b"old\n"))


def _paths(folder: Path) -> set[str]:
    return {os.path.join(where, name) for where, folders, files in os.walk(folder) for name in folders + files}


@contextlib.contextmanager
def _folder(place: Ours, name: str) -> Iterator[Path]:
    folder = place.server.root / name
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _engine(place: Ours) -> Engine:
    return Engine.open(place.server.directory, str(place.server.root))


def _named(prefix: str, figures: Figures) -> Figures:
    return {f"{prefix}{name}": value for name, value in figures.items()}


def _write(file: Path) -> float:
    with file.open("a") as opened:
        opened.write("x")
    return time.perf_counter()


def _write_often(file: Path) -> None:
    for _ in range(WRITES):
        _write(file)


def _ours(batches: Watch, file: Path) -> float:
    _until_quiet(batches)
    began = _write(file)
    batches.next(LATE)
    return (time.perf_counter() - began) * 1000


def _until_quiet(batches: Watch) -> list[Batch]:
    came = []
    with contextlib.suppress(TimeoutError):
        while True:
            came.append(batches.next(QUIET))
    return came


class _Handler(FileSystemEventHandler):
    def __init__(self, told: Callable[[FileSystemEvent], None]) -> None:
        self._told = told

    def on_any_event(self, event: FileSystemEvent) -> None:
        self._told(event)


@contextlib.contextmanager
def _watchdog(folder: Path, told: Callable[[FileSystemEvent], None]) -> Iterator[None]:
    observer = Observer()
    observer.schedule(_Handler(told), str(folder), recursive=True)
    observer.start()
    try:
        yield
    finally:
        observer.stop()
        observer.join()


def _with_watchdog(folder: Path, file: Path, count: int) -> list[float]:
    came, took = threading.Event(), []

    def told(event: FileSystemEvent) -> None:
        if event.event_type == "modified" and not event.is_directory:
            came.set()

    with _watchdog(folder, told):
        for _ in range(count):
            time.sleep(QUIET)
            came.clear()
            began = _write(file)
            came.wait(LATE)
            took.append((time.perf_counter() - began) * 1000)
    return took


async def _with_watchfiles(folder: Path, file: Path, count: int) -> list[float]:
    took: list[float] = []
    began = 0.0

    async def write() -> None:
        nonlocal began
        await asyncio.sleep(2 * QUIET)
        began = _write(file)

    writing = asyncio.create_task(write())
    async for _ in awatch(folder):
        took.append((time.perf_counter() - began) * 1000)
        if len(took) == count:
            break
        writing = asyncio.create_task(write())
    await writing
    return took


def _directories(folder: Path, count: int) -> None:
    for number in range(count):
        (folder / f"d{number // 100}" / f"e{number % 100}").mkdir(parents=True, exist_ok=True)


def _timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1000
