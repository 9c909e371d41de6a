"""Looking again and again, in a thread: for file systems that tell nobody what others do, and above a limit of watches.

The pauses grow with what a look takes, so that a large tree costs a tenth of a processor at most.
"""

import asyncio
import contextlib
import errno
import os
from collections.abc import Callable
from time import perf_counter
from typing import NamedTuple

from orchflow_jupyter.files.watcher.told import Told

__all__ = ["PolledTree", "is_remote"]

SHARE = 10
"""A pause is as many times as long as a look."""
LONGEST = 30.0
"""Seconds of a pause at most."""
REMOTE = {
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "9p",
    "afs",
    "ceph",
    "glusterfs",
    "lustre",
    "vboxsf",
    "virtiofs",
    "fuse",
}


class Stamp(NamedTuple):
    """By what one sees that an entry changed; of a directory only its mode, because entries are seen themselves."""

    is_dir: bool
    mode: int
    inode: int
    size: int
    modified: int


Seen = dict[str, Stamp]


class PolledTree:
    """As `Tree`, by looking. `tops` are the directories that are looked into, with all below them where `recursive`."""

    def __init__(
        self,
        root: str,
        told: Told,
        *,
        recursive: bool,
        ignored: Callable[[str, bool], bool],
        only: str | None = None,
        pause: float,
        tops: tuple[str, ...] = ("",),
    ) -> None:
        self.root = root
        self.told = told
        self.gone = False
        self.standing = False
        self._recursive = recursive
        self._ignored = ignored
        self._only = only
        self._shortest = pause
        self._seen: dict[str, Seen | None] = dict.fromkeys(tops)
        self._announce: tuple[str, str] | None = None
        self._task: asyncio.Task[None] | None = None
        self._sooner = asyncio.Event()

    @property
    def in_place(self) -> bool:
        """Whether something is at the root's path; what is there now is seen by looking."""
        return not self.gone

    def start(self) -> None:
        """Begin to look; `told.ready` after the first time."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    def stop(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def rebuild(self, reason: str, message: str) -> None:
        """Look anew, and tell `reason` when that is done."""
        self._announce = (reason, message)
        self._seen = dict.fromkeys(self._seen)
        self.gone = self.standing = False
        self._sooner.set()

    def add(self, top: str) -> None:
        """Look into one more directory."""
        self._seen[top] = None
        self.start()

    def clear(self) -> None:
        """Look into none, until one is added."""
        self._seen.clear()
        self.stop()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            began = perf_counter()
            for top, before in tuple(self._seen.items()):
                try:
                    seen = await loop.run_in_executor(None, self._look, top)
                except OSError as error:
                    self._vanished(top, error)
                    continue
                if before is not None and not self.gone:
                    self._tell(before, seen)
                if top in self._seen:
                    self._seen[top] = seen
                self._stands()
            self.told.settled()
            took = perf_counter() - began
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._sooner.wait(), min(max(self._shortest, SHARE * took), LONGEST))
            self._sooner.clear()

    def _stands(self) -> None:
        if self.standing or self.gone:
            return
        self.standing = True
        if self._announce is None:
            self.told.ready()
        else:
            (reason, message), self._announce = self._announce, None
            self.told.lost(reason, "", message)

    def _vanished(self, top: str, error: OSError) -> None:
        if top:
            self._seen.pop(top, None)  # whoever watches what is above tells of it
        elif not self.gone:
            self.gone = True
            if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ESTALE):
                self.told.lost("root_gone", "", "the watched directory is gone, or was renamed")
            else:
                self.told.lost("denied", "", f"the watched directory cannot be read: {error.strerror}")

    def _look(self, top: str) -> Seen:
        seen: Seen = {}
        todo = [top]
        while todo:
            directory = todo.pop()
            try:
                with os.scandir(os.path.join(self.root, directory)) as entries:
                    for entry in entries:
                        path = f"{directory}/{entry.name}" if directory else entry.name
                        stamp = self._stamp(entry, path)
                        if stamp is not None:
                            seen[path] = stamp
                            if stamp.is_dir and self._recursive and self._only is None:
                                todo.append(path)
            except OSError:
                if directory == top:
                    raise
        return seen

    def _stamp(self, entry: "os.DirEntry[str]", path: str) -> Stamp | None:
        if self._only is not None and path != self._only:
            return None
        try:
            is_dir = entry.is_dir(follow_symlinks=False)
            if self._only is None and self._ignored(path, is_dir):
                return None
            about = entry.stat(follow_symlinks=False)
        except OSError:
            return None  # gone since
        if is_dir:
            return Stamp(True, about.st_mode, about.st_ino, 0, 0)
        return Stamp(False, about.st_mode, about.st_ino, about.st_size, about.st_mtime_ns)

    def _tell(self, before: Seen, now: Seen) -> None:
        lost: set[str] = set()
        gone: Seen = {}
        for path, stamp in before.items():  # parents first, as in `now`
            if _parent(path) in lost or _replaced(stamp, now.get(path)):
                lost.add(path)  # with all that was in it, whatever is there today
            elif path not in now:
                gone[path] = stamp
        files = {stamp.inode: path for path, stamp in gone.items() if not stamp.is_dir}
        for path, stamp in now.items():
            if path in lost:
                if _parent(path) not in lost:
                    self.told.deleted(path, before[path].is_dir)
                self.told.created(path, stamp.is_dir)
                continue
            was = before.get(path)
            if was is None:
                old = None if stamp.is_dir else files.pop(stamp.inode, None)
                if old is None:
                    self.told.created(path, stamp.is_dir)
                    continue
                was = gone.pop(old)
                self.told.moved(old, path, False)
            if was[:2] + was[3:] != stamp[:2] + stamp[3:] or was.inode != stamp.inode:
                self.told.modified(path, stamp.is_dir)
        for path in sorted(gone, key=len, reverse=True):
            self.told.deleted(path, gone[path].is_dir)


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _replaced(was: Stamp, stamp: Stamp | None) -> bool:
    """Whether another thing is there than a file for a file, or than the same directory."""
    return stamp is not None and (was.is_dir is not stamp.is_dir or (stamp.is_dir and was.inode != stamp.inode))


def is_remote(path: str, table: str = "/proc/self/mountinfo") -> bool:
    """Whether others may change what is at `path` without this system's knowing (proc(5), mountinfo)."""
    best, kind = "", ""
    try:
        with open(table, encoding="utf-8", errors="surrogateescape") as file:
            for line in file:
                fields, _, more = line.partition(" - ")
                mount = fields.split(" ")[4].encode().decode("unicode_escape")
                inside = mount == "/" or path == mount or path.startswith(f"{mount}/")
                if inside and len(mount) >= len(best):
                    best, kind = mount, more.split(" ")[0]
    except (OSError, IndexError):
        return False
    return kind in REMOTE or kind.startswith("fuse.")
