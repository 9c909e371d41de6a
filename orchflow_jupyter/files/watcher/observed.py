"""A tree that a watchdog observer tells of: FSEvents on macOS, ReadDirectoryChangesW on Windows.

What an observer says is taken for a hint in which directories to look, and what happened is found by comparing: its
observers say things twice, in another order, or nothing where they were overrun. So all is looked at now and then, too.
"""

import asyncio
import contextlib
import errno
import os
import threading
from collections.abc import Callable
from time import perf_counter

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from orchflow_jupyter.files.watcher.comparing import Seen, Stamp, compare, stamp
from orchflow_jupyter.files.watcher.told import Told

__all__ = ["ObservedTree"]

GATHER = 0.01
"""Seconds between two looks at least."""
SAFETY = 60.0
"""Seconds after which all is looked at where nothing was said."""
SHARE = 100
"""How many times as long as such a look takes the time between two is at least."""


class ObservedTree(FileSystemEventHandler):
    """As `Tree`, by watchdog's observer of this system. `start` raises nothing: where it cannot be, that is told."""

    def __init__(
        self, root: str, told: Told, *, recursive: bool, ignored: Callable[[str, bool], bool], only: str | None
    ) -> None:
        self.root = root
        self.told = told
        self.gone = False
        self.standing = False
        self._recursive = recursive and only is None
        self._ignored = ignored
        self._only = only
        self._loop = asyncio.get_running_loop()
        self._known: dict[str, dict[str, Stamp]] = {}
        self._identity: tuple[int, int] | None = None
        self._lock = threading.Lock()
        self._hints: set[str] = set()
        self._hinted = asyncio.Event()
        self._announce: tuple[str, str] | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def in_place(self) -> bool:
        """Whether the root's path still leads to what is watched."""
        return not self.gone and self._identity in (None, _identity(self.root))

    def start(self) -> None:
        """Begin; `told.ready` when all is known."""
        self._task = self._loop.create_task(self._run())

    def stop(self) -> None:
        """Watch nothing more."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def rebuild(self, reason: str, message: str) -> None:
        """Look anew, and tell `reason` when that is done."""
        self.stop()
        self._announce = (reason, message)
        self._known, self._identity = {}, None
        self.gone = self.standing = False
        self.start()

    def on_any_event(self, event: FileSystemEvent) -> None:
        """A hint, in the observer's thread."""
        hints = set()
        for path in (os.fsdecode(event.src_path), os.fsdecode(event.dest_path)):
            if path and (relative := self._relative(path)) is not None:
                hints |= {_parent(relative), relative} if event.is_directory else {_parent(relative)}
        with self._lock:
            first = not self._hints
            self._hints |= hints
        if first and hints:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                self._loop.call_soon_threadsafe(self._hinted.set)

    # -- within

    def _relative(self, path: str) -> str | None:
        relative = os.path.relpath(path, self.root).replace(os.sep, "/")
        if relative == ".":
            return ""
        return None if relative.startswith("..") or self._ignored(relative, False) else relative

    async def _run(self) -> None:
        observer = Observer()
        try:
            self._identity = _identity(self.root)
            observer.schedule(self, self.root, recursive=self._recursive)
            await self._loop.run_in_executor(None, observer.start)
            await self._look({""})
            self._stands()
            pause = SAFETY
            while True:
                try:
                    await asyncio.wait_for(self._hinted.wait(), pause)
                except TimeoutError:
                    began = perf_counter()
                    await self._look(set(self._known))
                    pause = max(SAFETY, SHARE * (perf_counter() - began))
                else:
                    await self._look(self._taken())
                    await asyncio.sleep(GATHER)
        except OSError as error:
            self._failed(error)
        finally:
            if observer.is_alive():
                observer.stop()

    def _taken(self) -> set[str]:
        self._hinted.clear()
        with self._lock:
            hints, self._hints = self._hints, set()
        return hints

    def _failed(self, error: OSError) -> None:
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ESTALE):
            self.gone = True
            self.told.lost("root_gone", "", "the watched directory is gone, or was renamed")
        else:
            self.told.lost("denied", "", f"the watched directory cannot be watched: {error.strerror}")
            self._stands()

    def _stands(self) -> None:
        self.standing = True
        if self._announce is None:
            self.told.ready()
        else:
            (reason, message), self._announce = self._announce, None
            self.told.lost(reason, "", message)

    async def _look(self, directories: set[str]) -> None:
        before, now, known = await self._loop.run_in_executor(None, self._compared, directories)
        if not self.in_place:
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), self.root)
        for path, entries in known.items():
            if entries is None:
                self._known.pop(path, None)
            else:
                self._known[path] = entries
        if self.standing:
            compare(self.told, before, now)
            self.told.settled()

    def _compared(self, directories: set[str]) -> tuple[Seen, Seen, dict[str, dict[str, Stamp] | None]]:
        """What was and what is in `directories`, and below those of them that came or went; in a thread."""
        before: Seen = {}
        now: Seen = {}
        known: dict[str, dict[str, Stamp] | None] = {}
        todo = list({self._nearest(path) for path in directories})
        while todo:
            path = todo.pop()
            if path in known:
                continue
            entries = self._entries(path)
            if entries is None:  # it went, and what is above says so
                todo.append(_parent(path))
                continue
            old = self._known.get(path, {})
            known[path] = entries
            before |= {_joined(path, name): its for name, its in old.items()}
            now |= {_joined(path, name): its for name, its in entries.items()}
            if self._recursive:
                for name, its in old.items():
                    if its.is_dir and (name not in entries or entries[name].inode != its.inode):
                        self._went(_joined(path, name), before, known)
                for name, its in entries.items():
                    if its.is_dir and (name not in old or old[name].inode != its.inode):
                        known.pop(_joined(path, name), None)
                        todo.append(_joined(path, name))
        return dict(sorted(before.items())), dict(sorted(now.items())), known

    def _went(self, path: str, before: Seen, known: dict[str, dict[str, Stamp] | None]) -> None:
        for name, its in self._known.get(path, {}).items():
            before[_joined(path, name)] = its
            if its.is_dir:
                self._went(_joined(path, name), before, known)
        known[path] = None

    def _nearest(self, path: str) -> str:
        """It, or what is above it and known."""
        while path and path not in self._known:
            path = _parent(path)
        return path

    def _entries(self, path: str) -> dict[str, Stamp] | None:
        found = {}
        try:
            with os.scandir(os.path.join(self.root, path)) as entries:
                for entry in entries:
                    its = stamp(entry) if self._only in (None, entry.name) else None
                    if its is not None and not self._leaves_out(_joined(path, entry.name), its.is_dir):
                        found[entry.name] = its
        except FileNotFoundError:
            if not path:
                raise
            return None
        except OSError:
            if not path:
                raise
        return found

    def _leaves_out(self, path: str, is_dir: bool) -> bool:
        return self._only is None and self._ignored(path, is_dir)


def _joined(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _identity(path: str) -> tuple[int, int] | None:
    try:
        about = os.stat(path)
    except OSError:
        return None
    return about.st_dev, about.st_ino
