"""A member of a room: one connection, what it is still to be sent, and what of its edits is safe.

What is under way to it is bounded: a member that does not read is not queued for. Above the bound its updates are
dropped, and once it reads again it gets all that it lacks as one.
"""

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from orchflow_jupyter.errors import TooManyError
from orchflow_jupyter.protocol.documents import (
    encode_awareness,
    encode_call,
    encode_step_one,
    encode_step_two,
    encode_update,
)

if TYPE_CHECKING:
    from orchflow_jupyter.documents.room import Room

__all__ = ["Member"]

UNREAD = 1000
"""Answers that a client may leave unread."""


class Member:
    """Made by `Room.join`. `woken` is called when there is something to `pull`."""

    def __init__(self, room: "Room", woken: Callable[[], None], *, writable: bool, bound: int) -> None:
        self.room = room
        self.woken = woken
        self.writable = writable
        self.talks = False
        """Whether it knows messages of our own."""
        self.settled = False
        """Whether it has answered what the room lacked: what it sends from then on builds on what is here."""
        self.known: set[int] = set()
        """Clients that it stands for whose items come in order."""
        self.ended: Callable[[], None] = lambda: None
        """Called when the room is made anew, and its clients are to come again."""
        self._bound = bound
        self._taken = 0
        """Updates that came from it."""
        self._marks: deque[tuple[int, int]] = deque()
        """Numbers in the journal, and how many of its updates are on disk with them."""
        self._safe = 0
        self._safe_told = 0
        self._updates: list[bytes] = []
        self._size = 0
        self._had: bytes | None = None
        """A state that it has, since its updates were dropped; None while they are not."""
        self._before = b""
        """A state that it had before the updates that wait."""
        self._asked: bytes | None = None
        """The state with which it asked for the rest."""
        self._faces: set[int] = set()
        self._said: deque[bytes] = deque()

    # -- what the room tells

    def greet(self, state: bytes) -> None:
        """Ask for what the room lacks, and show who is there."""
        self._said.append(encode_step_one(state))
        self._faces.update(self.room.faces.there())

    def tell(self, update: bytes, before: bytes) -> None:
        """The document changed; `before` is a state vector of some time before that."""
        if self._had is not None:
            return
        if not self._updates:
            self._before = before
        self._updates.append(update)
        self._size += len(update)
        if self._size > self._bound and len(self._updates) > 1:
            self._had = self._before
            self._drop()
            self.room.figures.resynced += 1

    def show(self, clients: set[int] | list[int]) -> None:
        """Others look different now."""
        self._faces.update(clients)

    def asks(self, state: bytes) -> None:
        """It has `state` and wants the rest."""
        self._asked = state

    def answer(self, value: dict[str, Any]) -> None:
        """A message of our own, for a member that knows them. Raises `TooManyError` where it reads none of them."""
        if self.talks:
            if len(self._said) >= UNREAD:
                raise TooManyError(f"{UNREAD} answers are not yet read: read before you send more")
            self._said.append(encode_call(value))

    # -- what is safe

    def talk(self) -> None:
        """It knows messages of our own, and is told what of its edits is safe."""
        if not self.talks:
            self.talks = True
            self._mark()

    def took(self, count: int) -> None:
        """So many more of its updates have been taken, whether they changed anything or not."""
        self._taken += count
        if self.talks:
            self._mark()

    def safe(self, number: int) -> None:
        """All is on disk up to this number of the journal."""
        marks = self._marks
        while marks and marks[0][0] <= number:
            self._safe = marks.popleft()[1]
        if self._safe > self._safe_told:
            self.woken()

    def _mark(self) -> None:
        kept, marks = self.room.kept, self._marks
        if kept <= self.room.on_disk:
            self._safe = self._taken
        elif marks and marks[-1][0] == kept:
            marks[-1] = (kept, self._taken)
        else:
            marks.append((kept, self._taken))

    # -- what it is sent

    def pull(self) -> bytes | None:
        """What to send next, None for nothing now."""
        if self._said:
            return self._said.popleft()
        if self._asked is not None:
            state, self._asked, self._had = self._asked, None, None
            self._drop()
            return encode_step_two(self.room.lacking(state))
        if self._had is not None:
            lacking, self._had = self.room.lacking(self._had), None
            return encode_update(lacking)
        if self._updates:
            merged = self.room.merged(self._updates)
            self._drop()
            return encode_update(merged)
        if self._faces:
            faces = self.room.faces.of(self._faces)
            self._faces.clear()
            if faces:
                return encode_awareness(faces)
        if self._safe > self._safe_told and self.talks:
            self._safe_told = self._safe
            return encode_call({"event": "safe", "updates": self._safe})
        return None

    def _drop(self) -> None:
        self._updates = []
        self._size = 0
