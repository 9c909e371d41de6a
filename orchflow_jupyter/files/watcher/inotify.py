"""inotify(7) on the event loop, by watchdog's binding: one descriptor for all trees, read and worked off in slices.

watchdog's own observer reads in a thread, rebuilds after an overflow without a word, passes over directories that it
may not or can no longer watch, and follows a directory that has left (7.1). Here it is the binding only; what is made
of the events is `tree`'s.
"""

import asyncio
import ctypes
import os
import sys
from time import perf_counter
from typing import TYPE_CHECKING

from watchdog.observers.inotify_c import InotifyConstants as In
from watchdog.observers.inotify_c import inotify_init

from orchflow_jupyter.files.slices import SLICE
from orchflow_jupyter.files.watcher.reading import CHANGED, Raw, Reading
from orchflow_jupyter.files.watcher.watches import Watches

if TYPE_CHECKING:
    from orchflow_jupyter.files.watcher.tree import Tree

__all__ = ["Inotify"]

CREATE, DELETE, CLOSE_WRITE = In.IN_CREATE, In.IN_DELETE, In.IN_CLOSE_WRITE
MOVED_FROM, MOVED_TO = In.IN_MOVED_FROM, In.IN_MOVED_TO
ISDIR, IGNORED, OVERFLOW, UNMOUNT = In.IN_ISDIR, In.IN_IGNORED, In.IN_Q_OVERFLOW, In.IN_UNMOUNT
SELF = In.IN_DELETE_SELF | In.IN_MOVE_SELF
ENCODING, ERRORS = sys.getfilesystemencoding(), sys.getfilesystemencodeerrors()
NEAR = 64
"""How far behind its first half the second half of a move is looked for: the kernel queues them one after the other."""


class Inotify:
    """One descriptor, and who is told of each directory that it watches; made within a running loop."""

    def __init__(self, move_delay: float) -> None:
        fd = inotify_init()
        if fd < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        os.set_inheritable(fd, False)
        os.set_blocking(fd, False)
        self._fd = fd
        self._move_delay = move_delay
        self._loop = asyncio.get_running_loop()
        self.watches = Watches(fd)
        self._reading = Reading(fd, self._came)
        self._waiting = self._reading.events
        self._trees: list[Tree] = []
        self._turn: asyncio.Handle | None = None
        self._patience: asyncio.TimerHandle | None = None
        self._lone_cookie = 0
        self._to_look = False

    def join(self, tree: "Tree") -> None:
        """`tree` has work to do, and is told of overflows."""
        if tree not in self._trees:
            self._trees.append(tree)
        self._to_look = True
        self.wake()

    def leave(self, tree: "Tree") -> None:
        """`tree` is over, and has removed its directories."""
        if tree in self._trees:
            self._trees.remove(tree)

    def wake(self) -> None:
        """Go on with the work, soon."""
        if self._turn is None:
            self._turn = self._loop.call_soon(self._work)

    def close(self) -> None:
        """End all watches."""
        if self._fd >= 0:
            self._reading.close()
            os.close(self._fd)
            self._fd = -1
            for handle in (self._turn, self._patience):
                if handle:
                    handle.cancel()

    # -- within

    def _came(self) -> None:
        if self._patience:
            self._patience.cancel()
            self._patience = None
        if self._turn is None:
            self._work()

    def _work(self) -> None:
        self._turn = None
        until = perf_counter() + SLICE
        waiting = self._waiting
        while True:
            # A new directory is watched before anything else is told: what is made in it meanwhile is found by looking.
            if self._to_look:
                for tree in tuple(self._trees):
                    for _ in tree.work():
                        if perf_counter() > until:
                            self.wake()
                            return
                self._to_look = False
            if not self._reading.unpack() or not self._tell():
                break
            if perf_counter() > until:
                self.wake()
                return
        if waiting:
            return
        if any(tree.doubtful for tree in self._trees):
            self._reading.fetch()
            if self._reading.unpack():
                self.wake()
                return
        for tree in tuple(self._trees):
            tree.on_settled()

    def _tell(self) -> bool:
        """Tell of the first event that waits; False where its other half must be waited for."""
        raw = self._waiting[0]
        wd, mask, _, raw_name = raw
        if mask & MOVED_FROM:
            return self._tell_move(raw)
        self._waiting.popleft()
        if mask & OVERFLOW:
            for tree in tuple(self._trees):
                tree.on_overflow()
            self._to_look = True
            return True
        if not raw_name:
            self._tell_self(raw)
            return True
        is_dir = bool(mask & ISDIR)
        name = raw_name.decode(ENCODING, ERRORS)
        for directory in self.watches.of(wd):
            tree = directory.tree
            if mask & CHANGED:
                tree.on_modified(directory, name, is_dir)
            elif mask & CLOSE_WRITE:
                tree.on_written(directory, name)
            elif mask & (CREATE | MOVED_TO):
                tree.on_created(directory, name, is_dir, bool(mask & MOVED_TO))
            elif mask & DELETE:
                tree.on_deleted(directory, name, is_dir)
        if is_dir:
            self._to_look = True
            if mask & DELETE:
                for moved in self.watches.above(wd, raw_name):
                    moved()
        return True

    def _tell_self(self, raw: Raw) -> None:
        if raw.mask & IGNORED:
            self.watches.ended(raw.wd)
        elif raw.mask & (SELF | UNMOUNT):
            for directory in self.watches.of(raw.wd):
                directory.tree.on_gone(directory, bool(raw.mask & UNMOUNT))
            for moved in self.watches.above(raw.wd):
                moved()
            self._to_look = True

    def _tell_move(self, raw: Raw) -> bool:
        waiting = self._waiting
        other = self._other_half(raw)
        if other is None and len(waiting) < NEAR and self._lone_cookie != raw.cookie:
            if self._patience is None:
                self._patience = self._loop.call_later(self._move_delay, self._no_longer, raw.cookie)
            return False
        waiting.popleft()
        is_dir = bool(raw.mask & ISDIR)
        old = os.fsdecode(raw.name)
        sources = self.watches.of(raw.wd)
        targets = self.watches.of(other.wd) if other else ()
        new = os.fsdecode(other.name) if other else ""
        paired = set()
        for source in sources:
            target = next((one for one in targets if one.tree is source.tree and id(one) not in paired), None)
            if target is None:
                source.tree.on_deleted(source, old, is_dir)
            else:
                paired.add(id(target))
                source.tree.on_moved(source, old, target, new, is_dir)
        for target in targets:
            if id(target) not in paired:
                target.tree.on_created(target, new, is_dir, True)
        self._to_look = self._to_look or is_dir
        return True

    def _other_half(self, raw: Raw) -> Raw | None:
        waiting = self._waiting
        if len(waiting) < NEAR:
            self._reading.fetch()  # it follows at once, and may be there by now
            self._reading.unpack(NEAR)
        for at in range(1, min(len(waiting), NEAR)):
            if waiting[at].cookie == raw.cookie and waiting[at].mask & MOVED_TO:
                other = waiting[at]
                del waiting[at]
                return other
        return None

    def _no_longer(self, cookie: int) -> None:
        self._patience = None
        self._lone_cookie = cookie
        self.wake()
