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

from pycrdt import Doc, Map, TransactionEvent, get_update, merge_updates

from orchflow_jupyter.documents.faces import Faces
from orchflow_jupyter.documents.figures import Figures
from orchflow_jupyter.documents.member import Member
from orchflow_jupyter.documents.update import beginning, clock, deletes, nests
from orchflow_jupyter.errors import NotAllowedError, ProtocolError, TooLargeError, TooManyError
from orchflow_jupyter.protocol.documents import NOTHING, Face
from orchflow_jupyter.settings import DocumentsSettings

__all__ = ["Room"]

log = logging.getLogger(__name__)

SOME = 64
"""Updates that are merged at once (more take longer than in several steps), and changes between two looks at the state
vector."""
MANY = 256
"""Updates of one document that wait for others to come."""
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
        self.emptied: Callable[[], None] = lambda: None
        """Called when the last member has left."""
        self.broken: Callable[[], None] = lambda: None
        """Called when an update broke the document itself, which is to be made anew from what is kept."""
        self.kept = 0
        """The number under which the journal has the last update."""
        self.on_disk = 0
        """The number up to which all is on disk."""
        self.unsettled: list[bytes] = []
        """Updates that build on others that have not come yet: no part of the document, and to be kept with it."""
        self._settings = settings
        self._loop = asyncio.get_running_loop()
        self._by: Member | None = None
        self._people = False
        """Whether what changes now is of people, and not of the engine itself."""
        self._changes: list[tuple[Member | None, bytes]] = []
        self._changed_at = 0.0
        self._shown: dict[Member | None, set[int]] = {}
        self._showing: asyncio.TimerHandle | None = None
        self._shown_at = 0.0
        self._flushing = False
        self._flushes = 0
        self._before = self.doc.get_state()
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
            if not self.members:
                self.emptied()

    def dismiss(self) -> None:
        """Send everybody away, to come again."""
        for member in tuple(self.members):
            member.ended()

    # -- what members say

    def asked(self, member: Member, state: bytes) -> None:
        """A member says what it has, and wants the rest. Raises `ProtocolError`."""
        try:
            get_update(NOTHING, state)
        except ValueError as error:
            raise ProtocolError(f"this is no state vector: {error}") from error
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
        if not before:
            self._changed_at = perf_counter()
        # What ends another's waiting is sent to its own author, too, who does not have that other's.
        self._by = None if self.unsettled else member
        self._people = True
        try:
            if len(updates) == 1:
                early = [] if self._apply(updates[0], member) else [updates[0]]
            else:
                with self.doc.transaction():
                    early = [update for update in updates if not self._apply(update, member)]
            changed = len(self._changes) > before
            if self.unsettled and changed:
                self._retry()
        finally:
            self._by = None
            self._people = False
        if not changed or not member.settled or sum(map(len, updates)) > LARGE:
            self._settle(updates)
        elif early:
            self._settle(early)
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
        self._settle(())
        return [self.doc.get_update(), *self.unsettled]

    def restore(self, updates: Iterable[bytes]) -> None:
        """Take what was kept, in order; nobody is told of it."""
        for update in updates:
            before = len(self._changes)
            try:
                if not self._apply(update) or len(self._changes) == before:
                    self.unsettled.append(update)
            except ProtocolError:
                log.exception("an update of %s was kept, and is none", self.path)
        with contextlib.suppress(TooLargeError):
            self._retry()
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
        if self._early(update, member):
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

    def _early(self, update: bytes, member: Member | None) -> bool:
        """Whether items of its client are missing that come before it: pycrdt takes it all the same, and goes wrong.

        So it is where a client that was away types before it was asked for what it did meanwhile. What a member sends
        is in order: once one of a client was in its place, so are the next ones.
        """
        first = beginning(update)
        if first is None or (member is not None and first[0] in member.known):
            return False
        client, number = first
        if number > clock(self.doc.get_state(), client):
            return True
        if member is not None and member.settled:
            if len(member.known) >= SOME:
                member.known.clear()
            member.known.add(client)
        return False

    def _retry(self) -> None:
        """Take what waited for what has come now."""
        before = -1
        while before < len(self._changes):
            before = len(self._changes)
            for update in tuple(self.unsettled):
                try:
                    self._apply(update)
                except ProtocolError:
                    self.unsettled.remove(update)
                    log.warning("what a client of %s sent too early was none of it", self.path)
        self._settle(())

    def _settle(self, updates: Iterable[bytes]) -> None:
        """Keep what builds on updates that have not come, and let go what has become part of the document."""
        state = self.doc.get_state()
        self.unsettled = [update for update in self.unsettled if self._lacks(update, state)]
        for update in updates:
            if update != NOTHING and self._lacks(update, state):
                self.unsettled.append(update)
                self.updated(update)
        size = sum(map(len, self.unsettled))
        if size > self._settings.max_pending or len(self.unsettled) > MANY:
            self.unsettled.pop()
            raise TooLargeError(
                f"{len(self.unsettled)} updates of {size} bytes build on others that never came, and more are not held"
            )

    def _lacks(self, update: bytes, state: bytes) -> bool:
        try:
            rest = get_update(update, state)
        except ValueError as error:
            raise ProtocolError(f"this is no update: {error}") from error
        return rest[0] != 0 or deletes(rest[1:], state)

    def _observe(self, event: TransactionEvent) -> None:
        update = event.update
        if update == NOTHING:
            return
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
        if not changes:
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
        if None not in authors:
            self.figures.latency.add(perf_counter() - self._changed_at)
        self._flushes += 1
        if self._flushes % SOME == 0:
            self._before = self.doc.get_state()
