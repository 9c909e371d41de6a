"""A room: one watched directory, what was said of it, and who listens. Windows are closed here.

A batch goes out when its window closes, which is fixed from its first event. After a quiet spell it goes at once where
it tells only of files that were modified, and moments after a new file was closed: by then a save by way of a temporary
file would have been seen to be one. While git holds `.git/index.lock`, its operation is one batch, at most 2 s late.
"""

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from typing import Protocol

from orchflow_jupyter.files.coalescing import Window
from orchflow_jupyter.files.figures import Figures
from orchflow_jupyter.files.listener import Listener
from orchflow_jupyter.files.ring import Ring
from orchflow_jupyter.files.slices import Slices
from orchflow_jupyter.protocol.files import Hello, Resync, event_text
from orchflow_jupyter.settings import FilesSettings

__all__ = ["Room"]

LOCK = ".git/index.lock"
AT_ONCE = 32
"""A window of as many reports or more is closed in slices."""
SOME = 32
GRACE = 0.002
"""Seconds between the close of a new file and its batch."""
LOOK_FOR_ROOT = 0.5
"""Seconds between two looks whether a root that had gone is there again."""


class Watching(Protocol):
    """What a room wants of its tree."""

    root: str
    """Where it is."""

    @property
    def gone(self) -> bool:
        """Whether the root is no longer where it was."""

    @property
    def in_place(self) -> bool:
        """Whether the root's path leads to what is watched."""

    @property
    def standing(self) -> bool:
        """Whether all of it is watched."""

    def rebuild(self, reason: str, message: str) -> None:
        """Look anew, and tell `reason` when that is done."""

    def stop(self) -> None:
        """Watch nothing more."""


class Room:
    """What happens at `path` (relative to the engine's root, "" for that itself), as batches; made within a loop.

    `base` is the directory that the tree's paths are relative to: `path`, or the one that it is a file in. `clock` is
    what the clocks of this room begin with. `hidden` says whether hidden files are told of.
    """

    tree: Watching

    def __init__(
        self, path: str, base: str, clock: str, settings: FilesSettings, figures: Figures, *, hidden: bool
    ) -> None:
        self.path = path
        self.figures = figures
        self.ring = Ring(settings.ring_bytes)
        self.mode = "native"
        self.listeners: set[Listener] = set()
        self.emptied_at = 0.0
        self._clock = clock
        self._settings = settings
        self._hidden = hidden
        self._loop = asyncio.get_running_loop()
        self._prefix = f"{base}/" if base else ""
        self._partial: dict[str, Resync] = {}
        self._window = Window()
        self._first_seen = 0
        self._first_loop_time = 0.0
        self._quiet_until = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._soon: asyncio.TimerHandle | None = None
        self._root_timer: asyncio.TimerHandle | None = None
        self._locked_until = 0.0
        self._slices = Slices()

    # -- those who listen

    def clock(self, number: int) -> str:
        """The clock at `number`."""
        return f"{self._clock}:{number}"

    def hello(self, listener: Listener) -> Hello:
        """The first message to a listener."""
        window = round(self._settings.window * 1000)
        return Hello(self.clock(listener.heard), self.path, self.mode, window)

    def listen(self, woken: Callable[[], None], since: int | None, resync: Resync | None) -> Listener:
        """Listen from `since` on, or from now; a `resync` is said first.

        Where the watched directory has gone since, it is looked for before anybody is greeted.
        """
        if not self.tree.in_place:
            self._look_anew("the watched directory is another one than before")
        fresh = since is None and resync is None
        pending = [resync] if resync else []
        heard = self.ring.last
        if since is not None and resync is None:
            if self.ring.holds(since):
                heard = since
            else:
                pending.append(Resync("too_old", self.path, "what happened since is no longer held"))
        for one in pending:
            self.figures.resynced(one.reason)
        pending += self._partial.values()
        listener = Listener(self, heard, pending, woken, fresh=fresh, greeted=self.tree.standing)
        self.listeners.add(listener)
        self._await_root()
        return listener

    def leave(self, listener: Listener) -> None:
        """Listen no more."""
        self.listeners.discard(listener)
        self.emptied_at = self._loop.time()

    def close(self) -> None:
        """Watch no more."""
        for timer in (self._timer, self._soon, self._root_timer):
            if timer:
                timer.cancel()
        self.tree.stop()
        self.ring = Ring(0)  # the tree refers to this, so what is held here would wait for a collection

    # -- what the tree tells

    def created(self, path: str, is_dir: bool) -> None:
        """`path` is new."""
        self._seen()
        self._window.created(path, is_dir)
        if path.endswith(LOCK):
            self._locked_until = self._loop.time() + self._settings.git_wait

    def modified(self, path: str, is_dir: bool) -> None:
        """Content or metadata changed."""
        self._seen()
        self._window.modified(path, is_dir)

    def deleted(self, path: str, is_dir: bool) -> None:
        """`path` is gone."""
        self._seen()
        self._window.deleted(path, is_dir)
        if path.endswith(LOCK):
            self._unlocked()

    def moved(self, from_: str, path: str, is_dir: bool, replaced: bool = False) -> None:
        """`from_` is `path` now."""
        self._seen()
        self._window.moved(from_, path, is_dir, replaced)
        if from_.endswith(LOCK):
            self._unlocked()

    def written(self, path: str) -> None:
        """Whoever wrote `path` has closed it: moments later it is told of."""
        if self._window.count and self._first_loop_time >= self._quiet_until and not self._locked_until:
            if self._soon:
                self._soon.cancel()
            self._soon = self._loop.call_later(GRACE, self._flush_if_still, self._window, self._window.count)

    def settled(self) -> None:
        """All that was to be read has been told."""
        if self._window.only_modified and self._window.count and self._first_loop_time >= self._quiet_until:
            self._flush()

    def lost(self, reason: str, path: str, message: str) -> None:
        """What happened below `path` is not known."""
        self._flush()
        resync = Resync(reason, f"{self._prefix}{path}" if path else self.path, message)
        if reason in ("denied", "limit"):
            self._partial[path] = resync
        self.figures.resynced(reason)
        self._slices.carry_out(self._resync(resync), at_once=True)
        self._await_root()

    def ready(self) -> None:
        """The tree stands."""
        for listener in tuple(self.listeners):
            listener.greeted = True
            listener.woken()

    # -- within

    def _seen(self) -> None:
        self.figures.events_in += 1
        if self._window.count:
            return
        self._first_seen = time.time_ns() // 1000
        self._first_loop_time = now = self._loop.time()
        self._timer = self._loop.call_at(now + self._settings.window, self._window_over)

    def _window_over(self) -> None:
        now = self._loop.time()
        if self._locked_until > now:
            self._timer = self._loop.call_at(min(self._locked_until, now + self._settings.window), self._window_over)
        else:
            self._locked_until = 0.0
            self._flush()

    def _unlocked(self) -> None:
        self._locked_until = 0.0

    def _flush_if_still(self, window: Window, count: int) -> None:
        self._soon = None
        if self._window is window and window.count == count:
            self._flush()

    def _flush(self) -> None:
        for timer in (self._timer, self._soon):
            if timer:
                timer.cancel()
        self._timer = self._soon = None
        window, self._window = self._window, Window()
        if not window.count:
            return
        self._quiet_until = self._loop.time() + self._settings.window
        self._slices.carry_out(self._batch(window, self._first_seen), at_once=window.count < AT_ONCE)

    def _batch(self, window: Window, first_seen: int) -> Iterator[None]:
        yield from window.steps()
        prefix, hidden = self._prefix, self._hidden
        texts = []
        for number, (kind, path, is_dir, from_) in enumerate(window.events()):
            if not hidden:
                shown = _shown(path)
                if from_ is not None and _shown(from_) is not shown:
                    # What comes out of hiding is new to who does not see it there, and what goes into it is gone.
                    kind, path, from_ = ("created", path, None) if shown else ("deleted", from_, None)
                elif not shown:
                    continue
            texts.append(event_text(kind, prefix + path, is_dir, None if from_ is None else prefix + from_))
            if number % SOME == 0:
                yield
        if texts:
            self.figures.events_out += len(texts)
            self.figures.batches += 1
            self._put(",".join(texts), first_seen)

    def _resync(self, resync: Resync) -> Iterator[None]:
        self._put("", time.time_ns() // 1000, resync)
        if hasattr(self, "tree") and (self.tree.standing or self.tree.gone):
            for listener in self.listeners:
                if listener.fresh and not listener.greeted and not self.tree.gone:
                    # It is greeted now, when all has been looked at anew: it missed nothing.
                    listener.heard, listener.pending = self.ring.last, list(self._partial.values())
            self.ready()
        yield

    def _put(self, events: str, first_seen: int, resync: Resync | None = None) -> None:
        self.ring.add(events, first_seen, resync)
        for listener in tuple(self.listeners):
            listener.woken()

    def _await_root(self) -> None:
        # Only while somebody listens: what is kept for who comes back wakes nobody up.
        if self.listeners and hasattr(self, "tree") and self.tree.gone and self._root_timer is None:
            self._root_timer = self._loop.call_later(LOOK_FOR_ROOT, self._look_for_root)

    def _look_for_root(self) -> None:
        self._root_timer = None
        if self.tree.gone and self.listeners:
            if os.access(self.tree.root, os.R_OK | os.X_OK):
                self._look_anew("the watched directory is there again")
            else:
                self._await_root()

    def _look_anew(self, message: str) -> None:
        self._partial.clear()
        self.tree.rebuild("root_gone", message)


def _shown(path: str) -> bool:
    """Whether no part of it is hidden, as Jupyter's `allow_hidden` means it."""
    return not path.startswith(".") and "/." not in path
