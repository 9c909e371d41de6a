"""File events: from a change to the hands of a client, beside watchdog alone and watchfiles with their defaults."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchfiles import awatch

from benchmarks.figures import Amounts, Figures, percentiles
from benchmarks.folders import new_folder
from benchmarks.servers import Ours, Place
from orchflow_jupyter.client import Engine
from orchflow_jupyter.client.files import Watch, watch
from orchflow_jupyter.protocol.files import Batch
from orchflow_jupyter.settings import FilesSettings

__all__ = ["file_window", "file_write", "file_writes", "watch_start"]

QUIET = 0.15
"""Seconds of quiet before a change; three windows."""
LATE = 10.0
"""Seconds after which a change is not coming any more."""
WRITES = 200
WINDOW = FilesSettings().window


def file_write(place: Place, amounts: Amounts) -> Figures:
    """Milliseconds from the return of a write, after quiet, to the hands of a client."""
    if not isinstance(place, Ours):
        return {}
    count = amounts.repeats * 20
    with new_folder(place, "write") as folder:
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
    with new_folder(place, "writes") as folder:
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
    with new_folder(place, "start") as folder:
        _directories(folder, count)
        with _engine(place) as engine:
            ours = _timed(lambda: watch(folder, engine=engine).close())
            watches = engine.status()["files"]["watches"]
            with contextlib.ExitStack() as opened:
                alone = _timed(lambda: opened.enter_context(_watchdog(folder, lambda event: None)))
            _directories(folder / "node_modules", count)
            # Another pattern, so that it is not the watch from before that is kept for who comes back.
            ignored = _timed(lambda: watch(folder, engine=engine, ignore=["*.never"]).close())
            more = engine.status()["files"]["watches"] - watches
    return {
        "time": ours,
        "watchdog alone": alone,
        "times watchdog alone": ours / alone,
        "with as many ignored": ignored,
        "ignored but watched": float(more),
    }


def file_window(place: Place, amounts: Amounts) -> Figures:
    """Milliseconds from a window's end to the hands of a client; a new directory is told of when its window is over."""
    if not isinstance(place, Ours):
        return {}
    took = []
    with new_folder(place, "window") as folder, _engine(place) as engine, watch(folder, engine=engine) as batches:
        for number in range(amounts.repeats * 20):
            _until_quiet(batches)
            (folder / str(number)).mkdir()
            batch = batches.next(LATE)
            took.append((time.time() - batch.first_seen / 1e6 - WINDOW) * 1000)
    return percentiles(took)


# -- within


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
