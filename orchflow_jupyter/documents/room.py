"""A room: one document, who edits it, and what each of them is told; storing it is `keeping`'s.

Updates are applied in the turn in which they come. At its end those of all members go out together: merged, to each
only those of the others. Nothing is queued without bound (see `member`).
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable
from time import perf_counter
from typing import Any

from pycrdt import Doc, Map, TransactionEvent, merge_updates

from orchflow_jupyter.documents.early import Early
from orchflow_jupyter.documents.faces import Faces
from orchflow_jupyter.documents.figures import Figures
from orchflow_jupyter.documents.member import Member
from orchflow_jupyter.documents.update import check_state, nests
from orchflow_jupyter.errors import NotAllowedError, ProtocolError, TooLargeError, TooManyError
from orchflow_jupyter.protocol.documents import NOTHING, Face
from orchflow_jupyter.settings import DocumentsSettings

__all__ = ["Room"]

log = logging.getLogger(__name__)

SOME = 64
"""Updates that are merged at once (more take longer than in several steps), and changes between two looks at the state
vector."""
EMPTY = b"\x00"
"""The state vector of who has nothing."""
LARGE = 64 * 1024
"""Bytes of updates of a member from which on each is looked at whether it builds on what is not here."""


class Room:
    """`name` is the lineage of the document: another history, made anew from the file, has another name.

    `edited` is called when anybody changed the document; `updated` with every update that is to be kept.
    """

    def __init__(self, name: str, path: str, settings: DocumentsSettings, figures: Figures) -> None:
        self.name = name
        self.path = path
        self.doc: Doc[Any] = Doc()
        self.state: Map[Any] = self.doc.get("state", type=Map)
        """What every client is to know of the file: `path`, `dirty`, `save`, `file`, `conflicts`, `offers`."""
        self.faces = Faces()
        self.figures = figures
        self.members: set[Member] = set()
        self.edited: Callable[[], None] = lambda: None
        self.updated: Callable[[bytes], None] = lambda update: None
        self.left: Callable[[], None] = lambda: None
        """Called when a member has left."""
        self.broken: Callable[[], None] = lambda: None
        """Called when an update broke the document itself, which is to be made anew from what is kept."""
        self.kept = 0
        """The number under which the journal has the last update."""
        self.on_disk = 0
        """The number up to which all is on disk."""
        self.early = Early(self.doc, path, settings.max_pending)
        self._settings = settings
        self._loop = asyncio.get_running_loop()
        self._by: Member | None = None
        self._people = False
        """Whether what changes now is of people, and not of the engine itself."""
        self._changes: list[tuple[Member | None, bytes]] = []
        self._changed_at = 0.0
        """When the first of what people changed in this turn came; 0 where nobody did."""
        self._shown: dict[Member | None, set[int]] = {}
        self._showing: asyncio.TimerHandle | None = None
        self._shown_at = 0.0
        self._flushing = False
        self._flushes = 0
        self._before = self.doc.get_state()
        self._whole: bytes | None = None  # for the first member, as it was just made for the journal, and unchanged
        self._subscription = self.doc.observe(self._observe)

    # -- who is here

    def join(self, woken: Callable[[], None], *, writable: bool) -> Member:
        """One more, who is asked for what it has and told what there is. Raises `TooManyError`."""
        if len(self.members) >= self._settings.max_members:
            raise TooManyError(
                f"{len(self.members)} clients have this document, and more may not (OrchFlow.documents_clients)"
            )
        member = Member(self, woken, writable=writable, bound=self._settings.max_pending)
        self._flush()  # what came before is part of what it is sent when it asks
        member.greet(self.doc.get_state())
        self.members.add(member)
        return member

    def leave(self, member: Member) -> None:
        """It is gone, and with it everybody whom it stood for."""
        if member in self.members:
            self.members.discard(member)
            self._show(None, self.faces.gone(member))
            self.left()

    def end(self) -> None:
        """Let the document go: what observes it holds it, where no garbage collection sees that."""
        self.doc.unobserve(self._subscription)
        self._whole = None

    def dismiss(self) -> None:
        """Send everybody away, to come again."""
        for member in tuple(self.members):
            member.ended()

    # -- what members say

    def asked(self, member: Member, state: bytes) -> None:
        """A member says what it has, and wants the rest. Raises `ProtocolError`."""
        check_state(state)
        member.asks(state)

    def apply(self, member: Member, *updates: bytes) -> None:
        """A member changed the document: what came from it in one go, in order.

        Raises `NotAllowedError` for one that may only look, `ProtocolError`, `TooLargeError`.
        """
        if not member.writable:
            if all(update == NOTHING for update in updates):
                return
            self.figures.refused += 1
            raise NotAllowedError("this document is for reading only, and what you changed in it is not taken")
        self.figures.updates_in += len(updates)
        before = len(self._changes)
        self._changed_at = self._changed_at or perf_counter()
        # What ends another's waiting is sent to its own author, too, who does not have that other's.
        self._by = None if self.early else member
        self._people = True
        try:
            if len(updates) == 1:
                early = [] if self._apply(updates[0], member) else [updates[0]]
            else:
                with self.doc.transaction():
                    early = [update for update in updates if not self._apply(update, member)]
            changed = len(self._changes) > before
            if self.early and changed:
                self.early.retry(self._changes_by)
        finally:
            self._by = None
            self._people = False
        if not self._changes:
            self._changed_at = 0.0
        if not changed or not member.settled or sum(map(len, updates)) > LARGE:
            self._hold(updates)
        elif early:
            self._hold(early)
        member.took(len(updates))

    def show(self, member: Member, faces: Iterable[Face]) -> None:
        """A member's clients look different now. Raises `TooLargeError`, `TooManyError`."""
        told = list(faces)
        most = self._settings.max_face
        for face in told:
            if face.state is not None and len(face.state) > most:
                raise TooLargeError(f"what a client shows of itself may have {most} bytes; this is {len(face.state)}")
        self._show(member, self.faces.take(told, member))
        if len(told) > 1 or len(self.faces.owned(member)) > self._settings.max_faces:
            count = len(self.faces.owned(member))
            if count > self._settings.max_faces:
                raise TooManyError(f"a connection may stand for {self._settings.max_faces} clients, not for {count}")

    def ask_faces(self, member: Member) -> None:
        """A member wants to see everybody."""
        member.show(self.faces.there())

    # -- what is kept of it

    def whole(self) -> list[bytes]:
        """The whole document as updates, and those that are no part of it yet."""
        self._hold(())
        update = self.doc.get_update()
        self._whole = None if self.members else update
        return [update, *self.early.updates]

    def lacking(self, state: bytes) -> bytes:
        """What one lacks that has this state vector, as an update."""
        whole, self._whole = self._whole, None
        return whole if whole is not None and state == EMPTY else self.doc.get_update(state)

    def restore(self, updates: Iterable[bytes]) -> None:
        """Take what was kept, in order; nobody is told of it."""
        for update in updates:
            try:
                if not self._changes_by(update):
                    self.early.updates.append(update)
            except ProtocolError:
                log.exception("an update of %s was kept, and is none", self.path)
        with contextlib.suppress(TooLargeError):
            self.early.retry(self._changes_by)
        self._changes.clear()

    def safe(self, number: int) -> None:
        """All is on disk up to this number of the journal."""
        self.on_disk = number
        for member in tuple(self.members):
            if member.talks:
                member.safe(number)

    def merged(self, updates: list[bytes]) -> bytes:
        """Several updates as one."""
        self.figures.updates_out += 1
        while len(updates) > 1:
            updates = [merge_updates(*updates[at : at + SOME]) for at in range(0, len(updates), SOME)]
        return updates[0]

    # -- within

    def _apply(self, update: bytes, member: Member | None = None) -> bool:
        """Take it; False where it is too early for that."""
        if nests(update):
            raise ProtocolError("the values in this update are nested too deep")
        if self.early.has(update, member):
            return False
        try:
            self.doc.apply_update(update)
        except ValueError as error:
            raise ProtocolError(f"this is no update: {error}") from error
        except ExceptionGroup:
            log.exception("what follows the changes of %s failed", self.path)
        except BaseException as error:
            if type(error).__name__ != "PanicException":
                raise
            # pycrdt gave up in the middle of it, and what it holds of the document now is nothing to build on.
            log.exception("an update broke %s, which is made anew", self.path)
            self._changes.clear()
            self.broken()
            raise ProtocolError("this is no update") from error
        return True

    def _changes_by(self, update: bytes) -> bool:
        """Take it; whether it changed anything."""
        before = len(self._changes)
        return self._apply(update) and len(self._changes) > before

    def _hold(self, updates: Iterable[bytes]) -> None:
        for update in self.early.settle(updates):
            self.updated(update)

    def _observe(self, event: TransactionEvent) -> None:
        update = event.update
        if update == NOTHING:
            return
        self._whole = None
        self._changes.append((self._by, update))
        self.updated(update)
        if self._people:
            self.edited()
        self._flush_soon()

    def _show(self, member: Member | None, clients: list[int]) -> None:
        if clients:
            self._shown.setdefault(member, set()).update(clients)
            if self._showing is None:
                self._showing = self._loop.call_at(self._shown_at + self._settings.face_wait, self._show_now)

    def _show_now(self) -> None:
        self._showing = None
        self._shown_at = self._loop.time()
        shown, self._shown = self._shown, {}
        for member in tuple(self.members):
            for author, clients in shown.items():
                if author is not member:
                    member.show(clients)
            member.woken()

    def _flush_soon(self) -> None:
        if not self._flushing:
            self._flushing = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._flushing = False
        changes, self._changes = self._changes, []
        began, self._changed_at = self._changed_at, 0.0
        if not (changes and self.members):
            return
        everything = self.merged([update for _, update in changes])
        authors = {author for author, _ in changes}
        for member in tuple(self.members):
            if member not in authors:
                update = everything
            elif len(authors) == 1:
                continue
            else:
                update = self.merged([update for author, update in changes if author is not member])
            member.tell(update, self._before)
            member.woken()
        if began:
            self.figures.latency.add(perf_counter() - began)
        self._flushes += 1
        if self._flushes % SOME == 0:
            self._before = self.doc.get_state()
