"""The file of a document as it was last seen: what others do to it is merged, followed or announced.

`base` is what it held when it was last read or saved, and what its changes are told from. A file that is away or empty
for a moment is looked at again: many programs write theirs anew so.
"""

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Any, Protocol

from orchflow_jupyter.documents.content import Content
from orchflow_jupyter.documents.ends import same_ends
from orchflow_jupyter.documents.figures import Figures
from orchflow_jupyter.documents.merging import Merging
from orchflow_jupyter.documents.saying import Saying
from orchflow_jupyter.documents.storage import Stamp, Storage
from orchflow_jupyter.errors import (
    EngineUnavailableError,
    NotFoundError,
    NotSupportedError,
    OrchflowError,
    TooLargeError,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from orchflow_jupyter.documents.room import Room

__all__ = ["File", "Notes"]

GRACE = 0.15
"""Seconds for which it may be away or empty before it is taken for that."""


class Notes(Protocol):
    """Who notes what becomes of it (see `Keeping`)."""

    based: "Callable[[bytes], None]"
    saving: "Callable[[bytes], Awaitable[None]]"
    timed: "Callable[[str, float], None]"


class File:
    """That of one room. One thing at a time: whoever calls waits for its turn."""

    def __init__(
        self,
        notes: "Notes",
        room: "Room",
        content: Content,
        storage: Storage,
        saying: Saying,
        merging: Merging,
        figures: Figures,
    ) -> None:
        self.base = b""
        self.status = "there"
        """Or `deleted`, `replaced` by what cannot be edited, `unreadable`."""
        self.refusal: OrchflowError | None = None
        """Why what is there now cannot be edited, or read."""
        self._notes = notes
        self._room = room
        self._content = content
        self._storage = storage
        self._saying = saying
        self._merging = merging
        self._figures = figures
        self._stamp: Stamp | None = None
        """As it was when it was read or saved; None while there is none."""
        self._about: dict[str, Any] = {}

    async def read(self) -> None:
        """See what it holds. Raises what `Storage.read` does, and for what cannot be edited."""
        data, self._stamp = await self._storage.read()
        self.base, self._about = data, self._content.about(data)

    def fill(self) -> None:
        """Put what was read into the empty document. Raises for what is none of its kind."""
        with self._room.doc.transaction():
            self._content.fill(self._room.doc, self.base)
            self._tell()
        # Only now: a history that had a base and no text yet would be taken for one whose text was deleted.
        self._notes.based(self.base)

    async def recover(self, base: bytes, saving: bytes | None) -> None:
        """The document came back, with what it was told from; or maybe that was `saving`, which was being written."""
        self._content.recall(self._saying.about)
        self.base = base
        self._about = self._content.about(base, ours=True)
        if saving is not None:
            with contextlib.suppress(OrchflowError):
                data, _ = await self._storage.read()
                # Where somebody changed it since, it began as the one that it is more like.
                if _changed(saving, data) < _changed(base, data):
                    self._became(saving, ours=True)
        with contextlib.suppress(EngineUnavailableError):  # the save that comes will find out
            await self.look()

    def moved(self, path: str) -> None:
        """It has another name now."""
        self._storage.path = self._room.path = path
        self._tell()

    async def look(self) -> bool:
        """Take what it holds by now, or say what has become of it; whether another changed it.

        Raises `EngineUnavailableError` where whoever keeps it is away.
        """
        if self.status == "there" and self._stamp and await self._storage.unchanged(self._stamp):
            self._tell()  # what may be done to it may be new
            return False
        before = self.base
        try:
            data, stamp = await self._read()
            if data != self.base:
                began = time.perf_counter()
                await self._merging.merge(self.base, data)
                self._notes.timed("merge", time.perf_counter() - began)
                self._figures.outside += 1
                self._became(data)
        except EngineUnavailableError:
            raise
        except NotFoundError:
            self._stamp = self.refusal = None
            self._gone("deleted", "the file was deleted; saving makes it anew")
        except OrchflowError as error:
            self.refusal = error
            what_it_is = isinstance(error, (NotSupportedError, TooLargeError))
            self._gone("replaced" if what_it_is else "unreadable", error.message)
        else:
            self._there(stamp)
        return self.base is not before

    async def put(self, peeked: Any) -> None:
        """Write what the document said. Nothing is written where that is what it holds.

        Raises `ConflictError` where it is not as it was seen, `InvalidRequestError`, and what `Storage.write` does.
        """
        data = await asyncio.to_thread(self._content.encode, peeked, self.base)
        if data == self.base and self._stamp is not None:
            return
        await self._notes.saving(data)
        stamp = await self._storage.write(data, self._stamp)
        self._figures.saves += 1
        self._became(data, ours=True)
        self._there(stamp)

    async def differs(self) -> bool:
        """Whether the document says something else."""
        peeked = self._content.peek(self._room.doc)
        return await asyncio.to_thread(self._content.encode, peeked, self.base) != self.base

    async def _read(self) -> tuple[bytes, Stamp]:
        try:
            data, stamp = await self._storage.read()
        except NotFoundError:
            await asyncio.sleep(GRACE)
            return await self._storage.read()
        if not data and self.base:
            await asyncio.sleep(GRACE)
            return await self._storage.read()
        return data, stamp

    def _became(self, data: bytes, *, ours: bool = False) -> None:
        self.base = data
        self._about = self._content.about(data, ours=ours)
        self._notes.based(data)

    def _there(self, stamp: Stamp) -> None:
        self._stamp, self.refusal, self.status = stamp, None, "there"
        self._tell()

    def _gone(self, status: str, message: str) -> None:
        self.status = status
        self._tell(message)

    def _tell(self, message: str | None = None) -> None:
        storage = self._storage
        about = {**self._about, "storage": storage.kind, "writable": storage.writable, "message": message}
        self._saying.file(self._room.path, self.status, about)


def _changed(old: bytes, new: bytes) -> int:
    """How many bytes lie between what is the same at the beginning and at the end."""
    front, back = same_ends(old, new)
    return max(len(old), len(new)) - front - back
