"""Looking into directories: each is watched first and read then, so that nothing is missed between the two.

A path leads to what is there now, while what was reported is of before: a directory that was looked into may be another
one than the reports are about to say, where directories changed places. So where any moved, those that were looked into
lately are proved once all reports have been told.
"""

import os
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING

from orchflow_jupyter.files.watcher.directory import Directory
from orchflow_jupyter.files.watcher.watches import Watches

if TYPE_CHECKING:
    from orchflow_jupyter.files.watcher.tree import Tree

__all__ = ["Looking"]

SOME = 16
"""Entries of a directory that are looked at before others have their turn."""


class Looking:
    """What of `tree` is to be looked into, and what was."""

    def __init__(self, tree: "Tree", watches: Watches) -> None:
        self._tree = tree
        self._watches = watches
        self._todo: deque[tuple[Directory, bool]] = deque()
        self._steps: Iterator[None] | None = None
        self._unproved: list[Directory] = []
        self.moved = False
        """Whether a directory moved since all was proved."""

    def add(self, directory: Directory, tell: bool) -> None:
        """Look into it; `tell` of what is in it, or take that as known."""
        self._todo.append((directory, tell))

    def clear(self) -> None:
        """Look into nothing more."""
        self._todo.clear()
        self._unproved.clear()
        self._steps = None

    def work(self) -> Iterator[None]:
        """Do it, in steps."""
        while True:
            if self._steps is None:
                if not self._todo:
                    return
                self._steps = self._look(*self._todo.popleft())
            for _ in self._steps:
                yield
            self._steps = None
            yield

    @property
    def doubtful(self) -> bool:
        """Whether something is to be proved when all that was reported has been told."""
        return bool(self._unproved)

    def prove(self) -> bool:
        """Look again into what was looked into under the name of another; whether there is any."""
        unproved, self._unproved = self._unproved, []
        moved, self.moved = self.moved, False
        if moved:
            for directory in unproved:
                if directory.wd >= 0 and directory.parent is not None and directory.is_below(self._tree.top):
                    self._prove(directory, directory.parent)
        return bool(self._todo)

    def is_in_place(self, directory: Directory | None) -> bool:
        """Whether its path leads to what is watched."""
        return directory is not None and self._watches.is_at(directory.wd, self._absolute(directory))

    # -- within

    def _prove(self, directory: Directory, parent: Directory) -> None:
        if self.is_in_place(directory):
            self.add(directory, True)
        elif os.path.isdir(self._absolute(directory)):  # else it is about to be reported where it is
            name = directory.name
            self._tree.on_deleted(parent, name, True)
            self._tree.on_created(parent, name, True)

    def _look(self, directory: Directory, tell: bool) -> Iterator[None]:
        tree = self._tree
        if not directory.is_below(tree.top):
            return
        absolute = self._absolute(directory)
        if directory.wd < 0 and not self._watch(directory, absolute):
            return
        self._unproved.append(directory)
        count = 0
        before = set(directory.names) if tell else set()
        try:
            with os.scandir(absolute) as entries:
                for entry in entries:
                    name, is_dir = entry.name, entry.is_dir(follow_symlinks=False)
                    if tell:
                        before.discard(name)
                        tree.on_created(directory, name, is_dir)
                    else:
                        tree.know(directory, name, is_dir)
                    count += 1
                    if count % SOME == 0:
                        yield
            for name in before:
                tree.on_deleted(directory, name, False)
        except OSError as error:
            tree.on_unseen(directory, error)

    def _watch(self, directory: Directory, absolute: str) -> bool:
        try:
            directory.wd = self._watches.add(absolute, directory)
        except OSError as error:
            self._tree.on_unseen(directory, error)
            return False
        others = self._watches.others(directory.wd, directory)
        if others:  # they were here before they moved: a name was used again before we came to look
            self.moved = True
            self._unproved += others
        return True

    def _absolute(self, directory: Directory) -> str:
        return os.path.join(self._tree.root, directory.path) if directory.path else self._tree.root
