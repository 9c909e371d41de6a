"""A member of a room: one connection, what it is still to be sent, and the clients that it stands for.

What is under way to it is bounded: a member that does not read is not queued for. Above the bound its updates are
dropped, and once it reads again it gets all that it lacks as one.
"""

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from orchflow_jupyter.protocol.documents import encode_awareness, encode_call, encode_step_one, encode_update

if TYPE_CHECKING:
    from orchflow_jupyter.documents.room import Room

__all__ = ["Member"]


class Member:
    """Made by `Room.join`. `woken` is called when there is something to `pull`."""

    def __init__(self, room: "Room", woken: Callable[[], None], *, writable: bool, bound: int) -> None:
        self.room = room
        self.woken = woken
        self.writable = writable
        self.clients: set[int] = set()
        """The clients whose faces came from here; they go when it goes."""
        self.talks = False
        """Whether it knows messages of our own."""
        self._bound = bound
        self._updates: list[bytes] = []
        self._size = 0
        self._had: bytes | None = None
        """The state that it has, since its updates were dropped; None while they are not."""
        self._before = b""
        """The state that it had before the updates that wait."""
        self._faces: set[int] = set()
        self._said: deque[bytes] = deque()

    def greet(self, state: bytes) -> None:
        """Ask for what the room lacks, and show who is there."""
        self._said.append(encode_step_one(state))
        self._faces.update(self.room.faces.there())

    def tell(self, update: bytes, before: bytes) -> None:
        """The document changed; `before` is its state vector until then."""
        if self._had is not None:
            return
        if not self._updates:
            self._before = before
        self._updates.append(update)
        self._size += len(update)
        if self._size > self._bound and len(self._updates) > 1:
            self._had = self._before
            self._updates.clear()
            self._size = 0
            self.room.figures.resynced += 1

    def show(self, clients: list[int]) -> None:
        """Others look different now."""
        self._faces.update(clients)

    def say(self, message: bytes) -> None:
        """An answer to what it asked, or word of ours."""
        self._said.append(message)

    def answer(self, value: dict[str, Any]) -> None:
        """A message of our own, for a member that knows them."""
        if self.talks:
            self._said.append(encode_call(value))

    def pull(self) -> bytes | None:
        """What to send next, None for nothing now."""
        if self._said:
            return self._said.popleft()
        if self._had is not None:
            lacking, self._had = self.room.doc.get_update(self._had), None
            return encode_update(lacking)
        if self._updates:
            merged = self.room.merged(self._updates)
            self._updates = []
            self._size = 0
            return encode_update(merged)
        if self._faces:
            faces = self.room.faces.of(self._faces)
            self._faces.clear()
            return encode_awareness(faces)
        return None
