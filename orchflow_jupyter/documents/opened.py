"""One open document: its room, how it is kept in its file, its journal, and the lease that makes it ours."""

import asyncio
import logging
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from orchflow_jupyter.documents.content import content_for
from orchflow_jupyter.documents.contents import Contents, ContentsStorage
from orchflow_jupyter.documents.figures import Figures
from orchflow_jupyter.documents.journal import Journal
from orchflow_jupyter.documents.journal_file import Recovered
from orchflow_jupyter.documents.journal_writer import JournalWriter
from orchflow_jupyter.documents.keeping import Keeping
from orchflow_jupyter.documents.lease import Lease
from orchflow_jupyter.documents.room import Room
from orchflow_jupyter.documents.storage import LocalStorage, Storage
from orchflow_jupyter.errors import ConflictError, OrchflowError
from orchflow_jupyter.settings import DocumentsSettings

__all__ = ["Home", "Opened", "Watch"]

log = logging.getLogger(__name__)

BACK = 0.15
"""Seconds after which a file that has lost its name is not written anew by whoever moved it away: a copy for safety."""

Watch = Callable[[str, Callable[[list[dict[str, Any]] | None], None]], Callable[[], None]]
"""Watches a directory, relative to the root: is told of the events in it, or None where some may have been missed;
gives what ends that. Raises errors of ours."""


@dataclass
class Home:
    """What the documents of an engine share."""

    root: str
    settings: DocumentsSettings
    figures: Figures
    journals: str
    """The directory of this root's journals."""
    leases: str
    writer: JournalWriter
    watch: Watch
    contents: Contents
    """What Jupyter's contents manager is asked by."""


class Opened:
    """The document at `path`, relative to the root, with no links in it.

    Raises `ConflictError` where another engine has it.
    """

    def __init__(self, home: Home, path: str, name: str | None = None, kind: str = "local") -> None:
        self._home = home
        self._lease = Lease(home.leases, os.path.join(home.root, path), home.root)
        self.room = Room(name or secrets.token_hex(8), path, home.settings, home.figures)
        self.content = content_for(path)
        self._store(kind)
        self.journal: Journal | None = None
        self.touched = False
        """Whether anybody ever changed it here."""
        self.wanted = 0
        """How many are about to be answered that it is open."""
        self.moved: Callable[[str, str], None] = lambda old, new: None
        """Called when its file has another path."""
        self._unwatch: Callable[[], None] = lambda: None
        self._lost: asyncio.TimerHandle | None = None
        """Called when it is time to see where a file is that is not in its place."""
        self._moved_to: str | None = None
        """Where it went, as far as that was told."""

    # -- its begin

    async def read(self) -> None:
        """See what the file holds. Raises `NotFoundError`, `NotSupportedError` and others."""
        await self.keeping.read()

    def begin(self) -> None:
        """Begin a history with that, where it has none. Raises `NotSupportedError` for what is none of its kind."""
        if self.journal is None:
            self.keeping.fill()
            self._keep(self.keeping.base)
            self._look()
            if self.storage.kind == "local":
                self.keeping.changed("modified")  # nobody told what was done to it since it was read
                self._away()  # what was made and moved at once is told as made where it is, and nothing of it here

    def beginning(self, count: int) -> dict[str, Any]:
        """`head` and `lines` as its content tells them, also before it begins."""
        return self.content.beginning(self.keeping.base if self.journal is None else self.room.doc, count)

    async def recover(self, recovered: Recovered) -> None:
        """Go on with the history of a journal, and take in what became of the file since."""
        self.touched = True
        self.room.restore(recovered.updates)
        told = self.room.state.get("file")
        self._store(str(told.get("storage", "local")) if isinstance(told, dict) else "local")
        self._keep(recovered.base)
        await self.keeping.recover(recovered.base, recovered.saving)
        self._look()
        self._home.figures.recovered += 1

    # -- its end

    async def close(self, *, remember: bool, ending: bool) -> None:
        """Save what is unsaved, and let it go. The journal stays where anything is left, or is to be remembered.

        A file that was deleted is made anew only where all is `ending`.
        """
        self._rest()
        await self.keeping.close(ending=ending)
        if self.journal is not None:
            clean = self.clean
            forget = clean and not (remember and self.touched)
            if not forget:
                self.journal.renew(self.room.whole(), clean=clean)
            await self.journal.close(forget=forget)
        self._lease.release()
        self.room.end()

    async def leave(self) -> None:
        """Let it go as it is, with nothing saved: the journal has it."""
        self.keeping.abandon()
        self._rest()
        if self.journal is not None:
            await self.journal.close(forget=False)
        self._lease.release()
        self.room.end()

    async def flush(self) -> None:
        """All that anybody changed is on disk, in the journal."""
        if self.journal is not None:
            await self.journal.flush()

    def abandon(self) -> None:
        """It could not be opened."""
        self._rest()
        self._lease.release()
        self.room.end()

    @property
    def clean(self) -> bool:
        """Whether the file has all that there is, and nobody is to choose anything."""
        return not (self.keeping.pending or self.room.early)

    @property
    def size(self) -> int:
        """Bytes of its file, or of its history where that has more."""
        return max(len(self.keeping.base), self.journal.size if self.journal else 0)

    @property
    def idle(self) -> bool:
        """Whether nobody has it open, and nothing of it is unsaved."""
        return not self.room.members and not self.keeping.unsaved

    # -- within

    def _rest(self) -> None:
        """Look after the file no more."""
        self._unwatch()
        self.storage.close()
        if self._lost is not None:
            self._lost.cancel()

    def _store(self, kind: str) -> None:
        """Keep it in its file, or by Jupyter's contents manager."""
        home, path, limit = self._home, self.room.path, self._home.settings.max_document
        self.storage: Storage = (
            LocalStorage(home.root, path, limit) if kind == "local" else ContentsStorage(home.contents, path, limit)
        )
        self.keeping = Keeping(self.room, self.content, self.storage, home.settings, home.figures)
        times = {"save": home.figures.saving, "merge": home.figures.merging}
        self.keeping.timed = lambda what, seconds: times[what].add(seconds)

    def _keep(self, base: bytes) -> None:
        home, room = self._home, self.room
        journal = Journal(home.writer, home.journals, room.name, room.path, base, home.settings.journal_growth)

        def updated(update: bytes) -> None:
            room.kept = journal.append(update)

        def touched() -> None:
            self.touched = True
            self.keeping.edited()

        self.journal = journal
        room.updated, room.edited = updated, touched
        journal.safe = room.safe
        journal.grown = self._renew
        self.keeping.based, self.keeping.saving = journal.based, journal.saving
        self._renew()

    def _renew(self) -> None:
        if self.journal is not None:
            self.journal.renew(self.room.whole())

    def _look(self) -> None:
        self._unwatch()
        if self.storage.kind != "local":
            return  # it need not be on any disk; saving finds out what has become of it
        try:
            self._unwatch = self._home.watch(os.path.dirname(self.room.path), self._outside)
        except OrchflowError as error:
            # Saving finds out, too, that the file is another one by then; it only is not told at once.
            log.warning("%s is not watched: %s", self.room.path, error)
            self._unwatch = lambda: None

    def _outside(self, events: list[dict[str, Any]] | None) -> None:
        path = self.room.path
        if events is None:
            self._away()  # or maybe not: what was missed is not known
            self.keeping.changed("modified")
            return
        for event in events:
            if event.get("from") in (path, self._moved_to) and event["kind"] == "moved":
                self._moved_to = event["path"]
                self._away()
            elif event["path"] == path and event["kind"] == "deleted":
                self._away()
            elif event["path"] == path:
                self.keeping.changed("modified")

    def _away(self) -> None:
        """Its name may have gone: soon it is seen whether that was meant."""
        if self._lost is None:
            self._lost = asyncio.get_running_loop().call_later(BACK, self._find)

    def _find(self) -> None:
        self._lost = None
        there, self._moved_to = self.storage.moved_to(self._moved_to), None
        if there is not None:
            self._go(self.room.path, there)
        else:
            self.keeping.changed("modified")  # it is looked at, and found to be there or not

    def _go(self, old: str, new: str) -> None:
        """Follow the file to another path; where that is another engine's, it is gone from here."""
        root = self._home.root
        try:
            lease = Lease(self._home.leases, os.path.join(root, new), root)
        except ConflictError:
            self.keeping.changed("deleted", None)
            return
        self._lease.release()
        self._lease = lease
        self.keeping.changed("moved", new)
        self.room.path = self.storage.path = new
        self.moved(old, new)
        if self.journal is not None:
            self.journal.moved(new)
            self._renew()
        if os.path.dirname(old) != os.path.dirname(new):
            self._look()
