"""One who listens to a room: a number in its ring, and nothing queued."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from orchflow_jupyter.files.ring import Entry
from orchflow_jupyter.protocol.files import Resync

if TYPE_CHECKING:
    from orchflow_jupyter.files.room import Room

__all__ = ["Listener"]


class Listener:
    """One who listens: the number up to which it has heard. `woken` is called when there is more.

    It is `fresh` where it had heard nothing before it came, and `greeted` once the tree stands.
    """

    __slots__ = ("fresh", "greeted", "heard", "pending", "room", "woken")

    def __init__(
        self, room: "Room", heard: int, pending: list[Resync], woken: Callable[[], None], *, fresh: bool, greeted: bool
    ) -> None:
        self.room = room
        self.heard = heard
        self.pending = pending
        self.woken = woken
        self.fresh = fresh
        self.greeted = greeted

    def pull(self) -> Entry | None:
        """What comes next; a resync where this listener was too slow for what is held."""
        ring = self.room.ring
        if self.pending:
            resync = self.pending.pop(0)
            return Entry(self.heard, "", 0, resync, 0.0)
        if not ring.holds(self.heard):
            self.heard = ring.last
            self.room.figures.resynced("slow_client")
            message = "this client did not read, and what it missed is no longer held"
            return Entry(self.heard, "", 0, Resync("slow_client", self.room.path, message), 0.0)
        entry = ring.after(self.heard)
        if entry is not None:
            self.heard = entry.number
        return entry
