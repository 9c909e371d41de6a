"""Documents by the names of their rooms and by their files: one for a file, however many open it, and each for a while.

What was open when an engine ended comes back from its journal, under its name, so that clients simply go on.
"""

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from orchflow_jupyter.documents.asked import asked
from orchflow_jupyter.documents.contents import Contents
from orchflow_jupyter.documents.figures import Figures
from orchflow_jupyter.documents.journal_file import Head, heads, read
from orchflow_jupyter.documents.journal_writer import JournalWriter
from orchflow_jupyter.documents.journals import journals_of
from orchflow_jupyter.documents.opened import Home, Opened, Watch
from orchflow_jupyter.errors import NotFoundError, OrchflowError, TooManyError
from orchflow_jupyter.release import Release
from orchflow_jupyter.settings import DocumentsSettings

__all__ = ["Rooms"]

log = logging.getLogger(__name__)

FAREWELL = 5.0
"""Seconds that saves may take when the engine ends; what is not saved by then is in the journals."""
SOON = 0.002
"""Seconds in which the answer goes out that a document is open, before it is filled."""


class Rooms:
    """All documents below `root` that are open; made within a loop.

    `folder` is where journals and leases are, of all roots. `changed` is called when `holding` may be another.
    """

    def __init__(
        self,
        root: str,
        folder: str,
        settings: DocumentsSettings,
        figures: Figures,
        watch: Watch = lambda directory, told: lambda: None,
        changed: Callable[[], None] = lambda: None,
        tell: Callable[[int], bool] = lambda request: False,
    ) -> None:
        self._settings = settings
        self.contents = Contents(tell)
        self._loop = asyncio.get_running_loop()
        self._release = Release(self._loop)
        writer = JournalWriter(settings.journal_wait, figures.lag.add)
        journals = journals_of(folder, root)
        self._home = Home(
            root, settings, figures, journals, os.path.join(folder, "leases"), writer, watch, self.contents
        )
        self._changed = changed
        self._open: dict[str, Opened] = {}
        self._paths: dict[str, Opened] = {}
        self._stored: dict[str, Head] = {head.name: head for head in heads(journals)}
        self._work: dict[str, asyncio.Task[Any]] = {}
        """What is being opened or closed, by its path."""
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._ending = False
        self._clear()

    # -- what there is

    @property
    def holding(self) -> bool:
        """Whether anybody edits, or anything is unsaved."""
        return any(not opened.idle for opened in self._open.values())

    def as_json(self) -> dict[str, Any]:
        """What is open, for whom, how much it is, and what was counted."""
        opened = self._open.values()
        return {
            "rooms": len(opened),
            "members": sum(len(one.room.members) for one in opened),
            "unsaved": sum(one.keeping.unsaved for one in opened),
            "bytes": sum(len(one.keeping.base) for one in opened),
            "journal_bytes": sum(one.journal.size for one in opened if one.journal),
            "open_conflicts": sum(one.keeping.conflicts for one in opened),
            **self._home.figures.as_json(),
        }

    # -- opening

    async def open(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """The room of `path`, made where there is none; what a client needs to join it. `hidden` says whether hidden
        files are shown, `head` how many characters of its text are wanted with it.

        Raises `InvalidRequestError`, `NotFoundError`, `NotAllowedError` outside the root, `NotSupportedError` for what
        is no text, `TooLargeError`, `TooManyError`, `ConflictError` where another engine has it.
        """
        path, kind, head = asked(parameters, self._home.root, self._paths)
        known = self._paths.get(path)
        opened = known or await self._once(path, lambda: self._make(path, kind))
        opened.wanted += 1
        try:
            if not head:  # who looks at no first lines may edit at once, and its history is to outlive us by then
                opened.begin()
                if known is None:
                    await opened.flush()
        finally:
            opened.wanted -= 1
            self._leave_later(opened)
        room, content = opened.room, opened.content
        model = {
            "path": room.path,
            "room": room.name,
            "format": content.format,
            "type": content.type,
            "writable": opened.storage.writable,
            "limit": self._settings.max_document,
        }
        return model | opened.beginning(head) if head else model

    async def ready(self, name: str) -> None:
        """Bring the document of that name back, where it is not open and its journal is there; raises as `open`."""
        head = self._stored.get(name)
        if name not in self._open and head is not None:
            await self._once(head.path, lambda: self._make(head.path))

    def get(self, name: str) -> Opened:
        """The document of that name. Raises `NotFoundError`: it has been closed, or has another history now."""
        opened = self._open.get(name)
        if opened is None:
            raise NotFoundError("there is no such document any more: open its path again")
        opened.begin()
        return opened

    async def restore(self) -> None:
        """Bring back what was unsaved when the last engine ended, and save it."""
        for head in list(self._stored.values()):
            if not head.clean and not self._ending:
                try:
                    await self.ready(head.name)
                except OrchflowError as error:
                    log.warning("%s is not brought back: %s", head.path, error)
                else:
                    if head.name in self._open:
                        self._leave_later(self._open[head.name])
        self._changed()

    # -- the end

    async def close(self) -> None:
        """Write and save everything."""
        self._ending = True
        for timer in self._timers.values():
            timer.cancel()
        working = [*self._work.values(), *self._tasks]
        if working:
            await asyncio.wait(working, timeout=FAREWELL)
        opened = list(self._open.values())
        self._open.clear()
        self._paths.clear()
        await asyncio.gather(*(one.flush() for one in opened))
        closing = [asyncio.ensure_future(one.close(remember=True, ending=True)) for one in opened]
        if closing:
            await asyncio.wait(closing, timeout=FAREWELL)
        await asyncio.gather(*(one.flush() for one in opened))
        self._home.writer.close()

    # -- within

    async def _once(self, path: str, make: Callable[[], Coroutine[Any, Any, Opened]]) -> Opened:
        """Open what is at `path`, once for all who ask at the same time, and after it was closed where it is now."""
        if self._ending:
            raise NotFoundError("the engine ends")
        while path in self._work:
            # Not the task itself: one that is done is not waited for, and what forgets it here is about to be called.
            await asyncio.wait((self._work[path],))
            if path in self._paths:
                return self._paths[path]
        task = self._work[path] = self._loop.create_task(make())
        task.add_done_callback(lambda done: self._worked(path, done))
        return await asyncio.shield(task)

    def _worked(self, path: str, task: asyncio.Task[Any]) -> None:
        if self._work.get(path) is task:
            del self._work[path]
        if not task.cancelled():
            task.exception()  # who waits for it has it
        self._changed()

    async def _make(self, path: str, kind: str = "local") -> Opened:
        if len(self._open) >= self._settings.max_rooms:
            raise TooManyError(f"{len(self._open)} documents are open, and more may not be (OrchFlow.max_documents)")
        head = next((one for one in self._stored.values() if one.path == path), None)
        recovered = await asyncio.to_thread(read, head.file) if head else None
        opened = Opened(self._home, path, head.name if head and recovered else None, kind)
        try:
            if recovered:
                await opened.recover(recovered)
            else:
                await opened.read()
                if not opened.content.early:
                    opened.begin()
        except BaseException:
            opened.abandon()
            raise
        if head is not None:
            self._stored.pop(head.name, None)
        room = opened.room
        self._open[room.name] = self._paths[path] = opened
        room.left = lambda: self._left(opened)
        room.broken = lambda: self._remake(opened)
        opened.moved = self._moved
        self._release.later(opened.size)
        self._loop.call_later(SOON, self._begin, opened)
        return opened

    def _begin(self, opened: Opened) -> None:
        if self._open.get(opened.room.name) is opened:
            opened.begin()
            self._leave_later(opened)  # that took long, and whoever wants to join could not

    def _moved(self, old: str, new: str) -> None:
        opened = self._paths.pop(old, None)
        if opened is not None:
            self._paths[new] = opened

    def _left(self, opened: Opened) -> None:
        self._release.later(opened.size)
        if not opened.room.members:
            self._leave_later(opened)

    def _leave_later(self, opened: Opened, after: float | None = None) -> None:
        """Close it in a while, where nobody has joined by then."""
        self._changed()
        name = opened.room.name
        if self._ending or self._open.get(name) is not opened:
            return
        if name in self._timers:
            self._timers.pop(name).cancel()
        wait = self._settings.keep if after is None else after
        self._timers[name] = self._loop.call_later(wait, self._leave, opened)

    def _leave(self, opened: Opened) -> None:
        self._timers.pop(opened.room.name, None)
        if not (opened.room.members or opened.wanted):
            task = self._loop.create_task(self._retire(opened))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _retire(self, opened: Opened) -> None:
        room = opened.room
        if opened.keeping.owed:
            with contextlib.suppress(OrchflowError):
                await opened.keeping.save()
        if room.members or opened.wanted or self._open.get(room.name) is not opened:
            return
        if opened.keeping.owed or room.path in self._work:
            self._leave_later(opened)  # it is tried again, and a journal has it meanwhile
            return
        self._out(opened, self._loop.create_task(opened.close(remember=self._settings.remember > 0, ending=False)))

    def _out(self, opened: Opened, closing: asyncio.Task[None]) -> None:
        """It is open no more; who opens it again waits until it is closed."""
        room, size = opened.room, opened.size
        self._open.pop(room.name, None)
        self._paths.pop(room.path, None)
        self._work[room.path] = closing

        def closed(task: asyncio.Task[Any]) -> None:
            self._worked(room.path, task)
            self._release.later(size, closed=True)
            self._stored |= {head.name: head for head in heads(self._home.journals) if head.name == room.name}
            self._clear()

        closing.add_done_callback(closed)

    def _remake(self, opened: Opened) -> None:
        """Its document is broken: make it anew from the journal, as after a crash, and have its clients come again."""
        room = opened.room
        if self._open.get(room.name) is opened:
            self._out(opened, self._loop.create_task(opened.leave()))
            self._loop.call_soon(room.dismiss)

    def _clear(self) -> None:
        """Forget the histories of documents that were closed, with all saved, long ago."""
        before = time.time() - self._settings.remember
        for head in list(self._stored.values()):
            if head.clean and head.at < before:
                with contextlib.suppress(OSError):
                    os.unlink(head.file)
                del self._stored[head.name]
