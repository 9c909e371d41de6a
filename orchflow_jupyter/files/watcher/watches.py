"""What one descriptor of inotify(7) watches, and for whom: a watch for each directory, however many listen to it."""

import ctypes
import errno
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from watchdog.observers.inotify_c import InotifyConstants as In
from watchdog.observers.inotify_c import Mask, WatchDescriptor, inotify_add_watch, inotify_rm_watch

if TYPE_CHECKING:
    from orchflow_jupyter.files.watcher.directory import Directory

__all__ = ["Watches"]

# Opening, reading and closing without having written are nobody's business: they are not even reported to us.
MASK = Mask(
    In.IN_MODIFY
    | In.IN_ATTRIB
    | In.IN_CLOSE_WRITE
    | In.IN_MOVED_FROM
    | In.IN_MOVED_TO
    | In.IN_CREATE
    | In.IN_DELETE
    | In.IN_DELETE_SELF
    | In.IN_MOVE_SELF
    | In.IN_ONLYDIR
    | In.IN_DONT_FOLLOW
    | In.IN_EXCL_UNLINK
)
# Beside what is asked for by who watches the same directory. A directory that somebody has open or is in says only
# through its parent that it was deleted.
ABOVE = Mask(In.IN_MOVE_SELF | In.IN_ONLYDIR | In.IN_DONT_FOLLOW | In.IN_EXCL_UNLINK | In.IN_MASK_ADD)
PARENT = Mask(ABOVE | In.IN_DELETE)


class Watches:
    """The watches of the descriptor `fd`."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._below: dict[int, list[Directory]] = {}
        self._above: dict[int, list[tuple[bytes, Callable[[], None]]]] = {}

    def __len__(self) -> int:
        """Directories of which all is told."""
        return len(self._below)

    def add(self, path: str, directory: "Directory") -> int:
        """Watch `path` for `directory`; the watch. Raises `OSError`, with ENOSPC where the user's limit is reached."""
        wd = self._add(path, MASK)
        self._below.setdefault(wd, []).append(directory)
        return wd

    def remove(self, wd: int, directory: "Directory") -> None:
        """`directory` listens no more; the watch goes with its last listener."""
        listeners = self._below.get(wd)
        if listeners and directory in listeners:
            listeners.remove(directory)
            if not listeners:
                del self._below[wd]
                self._remove_unused(wd)

    def add_above(self, path: str, name: str, moved: Callable[[], None], is_parent: bool) -> int:
        """Call `moved` when `path` is renamed or, where it `is_parent`, `name` in it deleted.

        The watch, or -1 where it cannot be watched.
        """
        try:
            wd = self._add(path, PARENT if is_parent else ABOVE)
        except OSError:
            return -1
        self._above.setdefault(wd, []).append((os.fsencode(name), moved))
        return wd

    def remove_above(self, wd: int, moved: Callable[[], None]) -> None:
        """`moved` is called no more."""
        left = [one for one in self._above.get(wd, ()) if one[1] != moved]
        if left:
            self._above[wd] = left
        elif self._above.pop(wd, None):
            self._remove_unused(wd)

    def is_at(self, wd: int, path: str) -> bool:
        """Whether `path` leads to what `wd` watches: each inode has one watch, whose number is not used again."""
        if wd not in self._below:
            return False
        try:
            there = self._add(path, MASK)
        except OSError:
            return False
        self._remove_unused(there)
        return there == wd

    def ended(self, wd: int) -> None:
        """The kernel watches it no more."""
        self._below.pop(wd, None)
        self._above.pop(wd, None)

    def of(self, wd: int) -> "tuple[Directory, ...]":
        """Who listens to what happens in a directory."""
        return tuple(self._below.get(wd, ()))

    def above(self, wd: int, name: bytes = b"") -> list[Callable[[], None]]:
        """Whom to call where a directory was renamed, or `name` in it deleted."""
        return [moved for below, moved in self._above.get(wd, ()) if not name or name == below]

    def others(self, wd: int, directory: "Directory") -> "list[Directory]":
        """Other directories of the same tree that have the same watch: they are where this one is now."""
        return [one for one in self._below.get(wd, ()) if one.tree is directory.tree and one is not directory]

    # -- within

    def _add(self, path: str, mask: Mask) -> int:
        try:
            wd = inotify_add_watch(self._fd, os.fsencode(path), mask)
        except ValueError as error:
            raise OSError(errno.EINVAL, str(error)) from None
        if wd < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), path)
        return int(wd)

    def _remove_unused(self, wd: int) -> None:
        if wd not in self._below and wd not in self._above:
            inotify_rm_watch(self._fd, WatchDescriptor(wd))
