"""Keeping a document: when it is saved, what of that everybody sees, and what the file's changes by others do to it.

It is saved a second after the last edit and five after the first; a save that fails is told, and tried again. What
another did to the file is merged against `base`, the file as it was last read or saved (see `merge`): nothing that
people wrote is ever lost, and nothing is written that nobody edited. One thing at a time: saving, looking, choosing.
"""

import asyncio
import contextlib
import secrets
import time
from typing import TYPE_CHECKING, Any

from orchflow_jupyter.documents.content import Content
from orchflow_jupyter.documents.figures import Figures
from orchflow_jupyter.documents.saying import Saying
from orchflow_jupyter.documents.storage import Stamp, Storage, digest
from orchflow_jupyter.errors import (
    ConflictError,
    InvalidRequestError,
    NotFoundError,
    NotSupportedError,
    OrchflowError,
    TooLargeError,
    TooManyError,
)
from orchflow_jupyter.settings import DocumentsSettings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from orchflow_jupyter.documents.room import Room

__all__ = ["Keeping"]

GRACE = 0.15
"""Seconds for which a file may be away or empty before it is taken for that: many programs write it anew so."""
MERGES = 3
"""How often a merge is made in a thread while people type; then it is made at once."""
ROUNDS = 5
"""How often a save meets a file that has changed before it is given up, to be tried again."""
MAX_OFFERS = 32


def offered(text: str, base: str, author: str) -> dict[str, Any]:
    """Recovered edits as `state` has them."""
    at = int(time.time() * 1000)
    return {"id": secrets.token_hex(4), "at": at, "author": author, "text": text, "base": base}


async def _nothing(digest: str) -> None:
    """What is called before a save where nobody notes it."""


class Keeping:
    """One for a room. Whoever made both sets `room.edited` to `edited`, tells `changed`, and calls `close`.

    `pending` says whether the history must be kept when the room is left: something is not in the file, or nobody
    has chosen yet. `timed` is told how long saves and merges took.
    """

    def __init__(
        self, room: "Room", content: Content, storage: Storage, settings: DocumentsSettings, figures: Figures
    ) -> None:
        self.base = b""
        self.based: Callable[[bytes], None] = lambda base: None
        """Called with the file's bytes when they are new: it was saved, or another's change was taken."""
        self.saving: Callable[[str], Awaitable[None]] = _nothing
        """Awaited before the file is written, with the digest of what it will have: so that who finds such a file
        after a crash knows it for our own (see `recover`)."""
        self.timed: Callable[[str, float], None] = lambda what, seconds: None
        self._room = room
        self._doc = room.doc
        self._content = content
        self._storage = storage
        self._settings = settings
        self._figures = figures
        self._loop = asyncio.get_running_loop()
        self._saying = Saying(room.doc, room.state)
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._stamp: Stamp | None = None
        """The file as it was last read or saved; None while there is none."""
        self._there = "there"
        self._refusal: OrchflowError | None = None
        """Why what is there now cannot be edited, or read."""
        self._about: dict[str, Any] = {}
        self._edits = 0
        self._unsaved = False
        self._first: float | None = None
        """When the first edit was made that no save has taken up."""
        self._last = 0.0
        self._not_before = 0.0
        """When a save that failed may be tried again."""
        self._fails = 0
        self._reason: str | None = None
        """Why the last save failed."""
        self._timer: asyncio.TimerHandle | None = None
        self._looking = False

    @property
    def unsaved(self) -> bool:
        """Whether people's edits are not in the file."""
        return self._unsaved

    @property
    def pending(self) -> bool:
        """Whether anything is only here: edits, the other side of a conflict, edits that were recovered."""
        return self._unsaved or bool(self._saying.conflicts) or bool(self._saying.offers)

    # -- the beginning and the end

    async def load(self) -> None:
        """Read the file into the empty document. Raises what `Storage.read` does, and for what cannot be edited."""
        data, self._stamp = await self._storage.read()
        about = self._content.about(data)
        with self._doc.transaction():
            self._content.fill(self._doc, data)
            self.base, self._about = data, about
            self._tell_file()
            self._tell_save()
            self._saying.add("conflicts", [])
            self._saying.add("offers", [])
        self.based(data)  # only now: a history that has a base and no text would be taken for one whose text is gone

    async def recover(self, base: bytes, saving: str | None = None) -> None:
        """The document came back from its journal: merge what the file holds by now.

        `saving` is the digest that `saving` was last told, where no `based` came after it.
        """
        self.base = base
        self._about = self._content.about(base)
        async with self._turn:
            if saving is not None:
                with contextlib.suppress(OrchflowError):
                    data, _ = await self._storage.read()
                    if digest(data) == saving:
                        self.base = data
                        self.based(data)
            await self._look()
            written = await asyncio.to_thread(self._content.encode, self._content.peek(self._doc), self.base)
            if written != self.base:
                self._edited()
            self._tell_save()

    async def close(self) -> None:
        """Save what is unsaved. Never raises: what went wrong is in `state`, and `unsaved` stays true."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if self._unsaved:
            await self._save(asked=True)
        while self._tasks:
            await asyncio.wait(self._tasks)
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def abandon(self) -> None:
        """Save nothing more: the document is broken, and what was in it comes back from its journal."""
        if self._timer:
            self._timer.cancel()
        for task in self._tasks:
            task.cancel()

    # -- what happens

    def edited(self) -> None:
        """Somebody edited. Called within the transaction, in which nothing may be written."""
        if not self._unsaved or self._first is None:
            self._loop.call_soon(self._tell_save)
        self._edited()

    def changed(self, kind: str, path: str | None = None) -> None:
        """Somebody did something to the file: `created`, `modified`, `deleted`, or `moved` to `path`."""
        if kind == "moved" and path is not None:
            self._storage.path = self._room.path = path
            self._tell_file()
        if not self._looking:
            self._looking = True
            self._spawn(self._look_soon())

    async def save(self) -> dict[str, Any]:
        """Save at once, also where the file was deleted; `{"status", "at"}`. Raises why it failed."""
        error = await self._save(asked=True)
        if error is not None:
            raise error
        return {"status": "saved", "at": self._saying.saved_at}

    async def resolve(self, conflict: str, take: str) -> None:
        """Choose `ours`, `theirs` or `both`. Raises `NotFoundError`, `InvalidRequestError`."""
        async with self._turn:
            known = self._saying.get("conflicts", conflict)
            if take not in ("ours", "theirs", "both"):
                raise InvalidRequestError(f"take must be ours, theirs or both, and {take!r} is none of them")
            with self._doc.transaction():
                if take != "ours":
                    self._content.resolve(self._doc, known, take)
                self._saying.remove("conflicts", conflict)
            self.edited()

    async def offer(self, text: str, base: str, author: str) -> str:
        """Unsaved edits of another history, from `base` to `text`; their id. Raises `TooLargeError`, `TooManyError`."""
        if len(text) + len(base) > 2 * self._settings.max_document:
            raise TooLargeError(f"what is offered may have {self._settings.max_document} characters")
        if len(self._saying.offers) >= MAX_OFFERS:
            raise TooManyError(f"{MAX_OFFERS} recovered edits wait already; take or dismiss some")
        for one in self._saying.offers:
            if (one["text"], one["base"], one["author"]) == (text, base, author):
                return str(one["id"])
        entry = offered(text, base, author)
        self._saying.add("offers", [entry])
        return str(entry["id"])

    async def take(self, offer: str) -> None:
        """Merge recovered edits. Raises `NotFoundError`."""
        async with self._turn:
            known = self._saying.get("offers", offer)
            await self._merge(known["base"].encode(), known["text"].encode())
            self._saying.remove("offers", offer)
            self.edited()

    async def dismiss(self, offer: str) -> None:
        """Recovered edits are not wanted. Raises `NotFoundError`."""
        self._saying.get("offers", offer)
        self._saying.remove("offers", offer)

    # -- saving

    def _edited(self) -> None:
        now = self._loop.time()
        self._edits += 1
        self._unsaved = True
        self._last = now
        if self._first is None:
            self._first = now
        self._save_later()

    def _save_later(self) -> None:
        if self._timer is None:
            self._timer = self._loop.call_at(self._due(), self._fire)

    def _due(self) -> float:
        first = self._last if self._first is None else self._first
        due = min(self._last + self._settings.save_after, first + self._settings.save_within)
        return max(due, self._not_before)

    def _fire(self) -> None:
        self._timer = None
        if self._loop.time() < self._due():
            self._save_later()
        elif self._unsaved:
            self._spawn(self._save_by_itself())

    async def _save_by_itself(self) -> None:
        await self._save(asked=False)

    async def _save(self, *, asked: bool) -> OrchflowError | None:
        """Save; what went wrong, once that is told and another try is planned."""
        async with self._turn:
            began = time.perf_counter()
            try:
                await self._put(asked=asked)
            except OrchflowError as error:
                self._figures.failed_saves += 1
                self._fails += 1
                wait = min(self._settings.save_after * 2**self._fails, self._settings.save_retry)
                self._not_before = self._loop.time() + wait
                self._reason = error.message
                self._save_later()
                self._tell_save()
                return error
            self.timed("save", time.perf_counter() - began)
            self._fails, self._not_before, self._reason = 0, 0.0, None
            self._tell_save()
            return None

    async def _put(self, *, asked: bool) -> None:
        """Write the file where it is not what the document says. Raises why it cannot be."""
        for _ in range(ROUNDS):
            if asked:
                await self._look()
                if self._refusal is not None:
                    raise self._refusal
            elif self._there != "there":
                return
            edits, self._first = self._edits, None
            peeked = self._content.peek(self._doc)
            data = await asyncio.to_thread(self._content.encode, peeked, self.base)
            if data != self.base or self._stamp is None:
                await self.saving(digest(data))
                try:
                    stamp = await self._storage.write(data, self._stamp)
                except ConflictError:
                    await self._look()
                    continue
                self._figures.saves += 1
                self._stamp = stamp
                self._there = "there"
                self._became(data, self._content.about(data))
            if self._edits == edits:
                self._unsaved = False
            return
        raise ConflictError("the file changes all the time")

    # -- what others do to the file

    async def _look_soon(self) -> None:
        async with self._turn:
            self._looking = False
            await self._look()
            self._tell_save()

    async def _look(self) -> None:
        """Take what the file holds by now, or say what has become of it."""
        if self._there == "there" and self._stamp and await self._storage.unchanged(self._stamp):
            return
        try:
            data, stamp = await self._read()
            if data != self.base:
                about = self._content.about(data)
                await self._merge(self.base, data)
                self._figures.outside += 1
                self._became(data, about)
        except NotFoundError:
            self._stamp = self._refusal = None
            self._gone("deleted", "the file was deleted; saving makes it anew")
        except OrchflowError as error:
            self._refusal = error
            what_it_is = isinstance(error, (NotSupportedError, TooLargeError))
            self._gone("replaced" if what_it_is else "unreadable", error.message)
        else:
            self._stamp, self._refusal = stamp, None
            self._there = "there"
            self._tell_file()

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

    async def _merge(self, base: bytes, data: bytes) -> None:
        """Make in the document what was changed from `base` to `data`; what conflicts is noted."""
        began = time.perf_counter()
        for _ in range(MERGES):
            edits = self._edits
            merged = await asyncio.to_thread(self._content.merge, self._content.peek(self._doc), base, data)
            if edits == self._edits:
                break
        else:
            merged = self._content.merge(self._content.peek(self._doc), base, data)
        with self._doc.transaction():
            conflicts = self._content.apply(self._doc, merged)
            if conflicts:
                self._figures.conflicts += self._saying.add("conflicts", conflicts)
        self.timed("merge", time.perf_counter() - began)

    # -- what is told

    def _became(self, data: bytes, about: dict[str, Any]) -> None:
        self.base = data
        self._about = about
        self.based(data)
        self._tell_file()

    def _gone(self, status: str, message: str) -> None:
        self._there = status
        self._tell_file(message)

    def _tell_file(self, message: str | None = None) -> None:
        self._saying.file(self._room.path, self._there, self._about, writable=self._storage.writable, message=message)

    def _tell_save(self) -> None:
        if not self._unsaved:
            self._saying.save("saved", dirty=False)
        elif self._reason is not None:
            self._saying.save("failed", self._reason, dirty=True)
        else:
            held = None if self._there == "there" else "the file is not there; it is saved where you ask for it"
            self._saying.save("unsaved", held, dirty=True)

    def _spawn(self, work: Any) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
