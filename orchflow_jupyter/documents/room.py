"""A room: one document, who edits it, and what each of them is told; storing it is `keeping`'s.

Updates are applied in the turn in which they come. At its end those of all members go out together: merged, to each
only those of the others. Nothing is queued without bound (see `member`).
"""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pycrdt import Doc, Map, TransactionEvent, merge_updates

from orchflow_jupyter.documents.faces import Faces
from orchflow_jupyter.documents.figures import Figures
from orchflow_jupyter.documents.member import Member
from orchflow_jupyter.errors import NotAllowedError, ProtocolError
from orchflow_jupyter.protocol.documents import Face, encode_step_two
from orchflow_jupyter.settings import DocumentsSettings

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Room"]

NOTHING = b"\x00\x00"
"""An update that changes nothing."""


class Room:
    """`name` is the lineage of the document: another history, made anew from the file, has another name.

    `edited` is called when anybody changed the document; `updated` with every update that is to be kept.
    """

    def __init__(self, name: str, path: str, settings: DocumentsSettings, figures: Figures) -> None:
        self.name = name
        self.path = path
        self.doc: Doc[Any] = Doc()
        self.state: Map[Any] = self.doc.get("state", type=Map)
        """What every client is to know of the file: `path`, `dirty`, `save`, `file`, `conflicts`."""
        self.faces = Faces()
        self.figures = figures
        self.members: set[Member] = set()
        self.edited: Callable[[], None] = lambda: None
        self.updated: Callable[[bytes], None] = lambda update: None
        self._settings = settings
        self._loop = asyncio.get_running_loop()
        self._by: Member | None = None
        self._changes: list[tuple[Member | None, bytes]] = []
        self._shown: list[tuple[Member | None, list[int]]] = []
        self._flushing = False
        self._before = self.doc.get_state()
        self._subscription = self.doc.observe(self._observe)

    # -- who is here

    def join(self, woken: Callable[[], None], *, writable: bool) -> Member:
        """One more, who is asked for what it has and told what there is."""
        member = Member(self, woken, writable=writable, bound=self._settings.max_pending)
        self._flush()  # what came before is part of what it is sent when it asks
        member.greet(self.doc.get_state())
        self.members.add(member)
        return member

    def leave(self, member: Member) -> None:
        """It is gone, and with it everybody whom it stood for."""
        self.members.discard(member)
        self._show(None, self.faces.gone(member.clients))

    # -- what members say

    def asked(self, member: Member, state: bytes) -> None:
        """A member says what it has, and wants the rest."""
        self._flush()
        try:
            lacking = self.doc.get_update(state)
        except ValueError as error:
            raise ProtocolError(f"this is no state vector: {error}") from error
        member.say(encode_step_two(lacking))

    def apply(self, member: Member, update: bytes) -> None:
        """A member changed the document. Raises `NotAllowedError` for one that may only look, `ProtocolError`."""
        if update == NOTHING:
            return
        if not member.writable:
            self.figures.refused += 1
            raise NotAllowedError("this document is for reading only, and what you changed in it is not taken")
        self.figures.updates_in += 1
        self._by = member
        try:
            self.doc.apply_update(update)
        except ValueError as error:
            raise ProtocolError(f"this is no update: {error}") from error
        finally:
            self._by = None

    def show(self, member: Member, faces: "Iterable[Face]") -> None:
        """A member's clients look different now."""
        told = list(faces)
        member.clients.update(face.client for face in told)
        self._show(member, self.faces.take(told))

    def ask_faces(self, member: Member) -> None:
        """A member wants to see everybody."""
        member.show(self.faces.there())

    # -- within

    def merged(self, updates: list[bytes]) -> bytes:
        """Several updates as one."""
        self.figures.updates_out += 1
        return updates[0] if len(updates) == 1 else merge_updates(*updates)

    def _observe(self, event: TransactionEvent) -> None:
        update = event.update
        if update == NOTHING:
            return
        self._changes.append((self._by, update))
        self.updated(update)
        if self._by is not None:
            self.edited()
        self._flush_soon()

    def _show(self, member: Member | None, clients: list[int]) -> None:
        if clients:
            self._shown.append((member, clients))
            self._flush_soon()

    def _flush_soon(self) -> None:
        if not self._flushing:
            self._flushing = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._flushing = False
        changes, self._changes = self._changes, []
        shown, self._shown = self._shown, []
        if not changes and not shown:
            return
        everything = self.merged([update for _, update in changes]) if changes else b""
        authors = {author for author, _ in changes}
        for member in tuple(self.members):
            if member not in authors:
                update = everything
            else:
                others = [update for author, update in changes if author is not member]
                update = self.merged(others) if others else b""
            if update:
                member.tell(update, self._before)
            for author, clients in shown:
                if author is not member:
                    member.show(clients)
            member.woken()
        if changes:
            self._before = self.doc.get_state()
