"""A watched tree: its directories and the names in them, so that each thing is told once and nothing is missed.

What the system says is checked against what is known: a file that was found by looking into a new directory is not
told again when its own event comes, one that was never told of is not told to be gone, and a rename says whether it
replaced something. A directory that is made or moved in is watched first and looked into then.
"""

import errno
import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from orchflow_jupyter.files.watcher.above import Above
from orchflow_jupyter.files.watcher.directory import Directory
from orchflow_jupyter.files.watcher.looking import Looking
from orchflow_jupyter.files.watcher.told import Told

if TYPE_CHECKING:
    from orchflow_jupyter.files.watcher.inotify import Inotify

__all__ = ["Tree"]

GONE = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}
FULL = {errno.ENOSPC, errno.EMFILE, errno.ENFILE, errno.ENOMEM}


class Tree:
    """The directories from `root` (absolute, no symbolic link) down, or `root` alone where not `recursive`.

    `ignored` says of a relative path and whether it is a directory that it is left out; `only` is the one name in
    `root` that matters. `unwatched` is called with a directory for which the limit of watches leaves no room.
    """

    def __init__(
        self,
        inotify: "Inotify",
        root: str,
        told: Told,
        *,
        recursive: bool,
        ignored: Callable[[str, bool], bool],
        only: str | None = None,
        unwatched: Callable[[Directory], None] = lambda directory: None,
    ) -> None:
        self.root = root
        self.told = told
        self._inotify = inotify
        self._watches = inotify.watches
        self._recursive = recursive
        self._ignored = ignored
        self._only = only
        self._unwatched = unwatched
        self.top = Directory(self, None, "")
        self._above = Above(inotify.watches, root, self._on_moved_above)
        self._looking = Looking(self, inotify.watches)
        self._announce: tuple[str, str] | None = None
        self._settling = False
        self.standing = False
        """Whether it was looked at from top to bottom."""
        self.gone = False
        """Whether the root is no longer where it was; `rebuild` finds it again."""

    @property
    def in_place(self) -> bool:
        """Whether the root's path still leads to what is watched, or is about to be."""
        return not self.gone and (self.top.wd < 0 or self._watches.is_at(self.top.wd, self.root))

    def start(self) -> None:
        """Watch and look at everything; `told.ready` when that is done. Raises `OSError` where `root` cannot be."""
        if not os.path.isdir(self.root):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), self.root)
        self._above.watch()
        self._looking.add(self.top, False)
        self._inotify.join(self)

    def stop(self) -> None:
        """Watch nothing more."""
        self._forget()
        self._inotify.leave(self)

    def rebuild(self, reason: str, message: str) -> None:
        """Forget everything and look anew; `told.lost` with `reason` once that is done, and nothing before."""
        self._forget()
        self.gone = False
        self._announce = (reason, message)
        self._above.watch()
        self._looking.add(self.top, False)
        self._inotify.join(self)

    # -- what the events say

    def on_created(self, directory: Directory, name: str, is_dir: bool, arrived: bool = False) -> None:
        """An entry is there; passed over where it was found already, unless it `arrived` in the place of another."""
        known = directory.names.get(name)
        if known is is_dir and not (arrived and is_dir):
            if arrived:
                self.on_modified(directory, name, is_dir)
            return
        path = directory.at(name)
        if self._leaves_out(directory, path, name, is_dir):
            return
        if known is not None:
            self.on_deleted(directory, name, known)
        directory.names[name] = is_dir
        self.told.created(path, is_dir)
        self._settling = True
        if is_dir:
            self._enter(directory, name, True)

    def on_deleted(self, directory: Directory, name: str, is_dir: bool) -> None:
        """An entry is gone; passed over where it was never found."""
        known = directory.names.pop(name, None)
        if known is None:
            return
        child = directory.children.pop(name, None)
        if child is not None:
            self._drop(child)
        self.told.deleted(directory.at(name), known)
        self._settling = True

    def on_modified(self, directory: Directory, name: str, is_dir: bool) -> None:
        """An entry changed."""
        if name in directory.names:
            self.told.modified(directory.at(name), is_dir)
            self._settling = True

    def on_written(self, directory: Directory, name: str) -> None:
        """A file that was open for writing was closed."""
        if name in directory.names:
            self.told.written(directory.at(name))

    def on_moved(self, source: Directory, old: str, target: Directory, new: str, is_dir: bool) -> None:
        """An entry moved within the tree."""
        path = target.at(new)
        self._looking.moved |= is_dir
        known = source.names.get(old)
        if self._leaves_out(target, path, new, is_dir):
            self.on_deleted(source, old, is_dir)
            return
        if known is not is_dir:
            self.on_deleted(source, old, is_dir)
            self.on_created(target, new, is_dir, arrived=True)
            return
        replaced = target.names.get(new)
        if replaced is not None and replaced is not is_dir:
            self.on_deleted(target, new, replaced)
            replaced = None
        stale = target.children.pop(new, None)
        if stale is not None:
            self._drop(stale)
        del source.names[old]
        target.names[new] = is_dir
        child = source.children.pop(old, None)
        self.told.moved(source.at(old), path, is_dir, replaced is not None)
        self._settling = True
        if child is None:
            if is_dir:
                self._enter(target, new, True)
            return
        child.move(target, new)
        # What has no watch had left before it could be watched.
        for directory in child.below():
            if directory.wd < 0:
                self._looking.add(directory, True)

    def on_gone(self, directory: Directory, unmounted: bool) -> None:
        """The directory itself is gone. What lies above tells so, but for the root and for what was unmounted."""
        if directory is self.top:
            self._forget()  # wherever it is now: what happens there is not told under the name that it had
            self.gone = True
            self.told.lost("root_gone", "", "the watched directory is gone, or was renamed")
        elif unmounted and directory.is_below(self.top) and self._looking.is_in_place(directory.parent):
            # What was mounted; all directories of it are told of, in any order.
            parent = directory.parent
            self.told.lost("root_gone", directory.path, "a file system was unmounted")
            self._drop(directory)
            if parent is not None:
                self._enter(parent, directory.name, True)

    def on_overflow(self) -> None:
        """Events were dropped: only looking anew tells what is."""
        self.rebuild("overflow", "more changed than the system could report (fs.inotify.max_queued_events)")

    @property
    def doubtful(self) -> bool:
        """Whether what was found is to be proved when all that was reported has been told."""
        return self._looking.doubtful

    def on_settled(self) -> None:
        """All that was reported has been told."""
        if self._looking.prove():
            self._inotify.join(self)
        if self._settling:
            self._settling = False
            self.told.settled()

    # -- looking

    def work(self) -> Iterator[None]:
        """Watch and look into what is to be looked into, in steps."""
        yield from self._looking.work()
        if self.top.wd >= 0:
            self._stands()

    def know(self, directory: Directory, name: str, is_dir: bool) -> None:
        """An entry was there before anybody listened."""
        if not self._leaves_out(directory, directory.at(name), name, is_dir):
            directory.names[name] = is_dir
            if is_dir:
                self._enter(directory, name, False)

    def on_unseen(self, directory: Directory, error: OSError) -> None:
        """A directory cannot be watched or read."""
        if error.errno in FULL:
            self._unwatched(directory)
            if directory is self.top:
                self._stands()
        elif error.errno in GONE:
            if directory is self.top:
                self.on_gone(directory, False)
        else:
            self.told.lost("denied", directory.path, f"{directory.path or '.'} cannot be read: {error.strerror}")
            if directory is self.top:
                self._stands()

    # -- within

    def _stands(self) -> None:
        if self.standing:
            return
        self.standing = True
        if self._announce is None:
            self.told.ready()
        else:
            (reason, message), self._announce = self._announce, None
            self.told.lost(reason, "", message)

    def _on_moved_above(self) -> None:
        if not self.in_place and not self.gone:
            self.on_gone(self.top, False)

    def _forget(self) -> None:
        self._above.drop()
        self._drop(self.top)
        self.top = Directory(self, None, "")
        self._looking.clear()
        self.standing = False

    def _leaves_out(self, directory: Directory, path: str, name: str, is_dir: bool) -> bool:
        if self._only is not None:
            return name != self._only or directory is not self.top
        return self._ignored(path, is_dir)

    def _enter(self, directory: Directory, name: str, tell: bool) -> None:
        if not self._recursive or self._only is not None:
            return
        child = Directory(self, directory, name)
        directory.children[name] = child
        self._looking.add(child, tell)

    def _drop(self, directory: Directory) -> None:
        for below in tuple(directory.below()):
            if below.wd >= 0:
                self._watches.remove(below.wd, below)
                below.wd = -1
            below.cut()
