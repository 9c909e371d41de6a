"""Keeping a document: when it is saved, and what of that everybody sees.

It is saved a second after the last edit and five after the first; a save that fails is told, and tried again. What
another did to the file is merged (see `file`): nothing that people wrote is ever lost, and nothing is written that
nobody edited. A file that was deleted, or is none to edit any more, is not written over until somebody asks.
"""

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any

from orchflow_jupyter.documents.choices import Choices
from orchflow_jupyter.documents.content import Content
from orchflow_jupyter.documents.figures import Figures
from orchflow_jupyter.documents.file import File
from orchflow_jupyter.documents.merging import Merging
from orchflow_jupyter.documents.saying import Saying
from orchflow_jupyter.documents.storage import Storage
from orchflow_jupyter.documents.timing import Timing
from orchflow_jupyter.errors import ConflictError, EngineUnavailableError, OrchflowError
from orchflow_jupyter.settings import DocumentsSettings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from orchflow_jupyter.documents.room import Room

__all__ = ["Keeping"]

log = logging.getLogger(__name__)

ROUNDS = 5
"""How often a save meets a file that has changed before it is given up, to be tried again."""
SLOW = 0.3
"""Seconds after which a save that goes on is told; a state that is gone before anybody sees it is none."""
HELD = {
    "deleted": "the file is not there any more; it is saved when you ask for it",
    "replaced": "what is in the file's place cannot be edited, and is not written over: {why}",
    "unreadable": "the file cannot be read, and is not written over: {why}",
}
"""Why nothing is saved by itself, by what has become of the file."""


async def _nothing(data: bytes) -> None:
    """What is awaited before a save where nobody notes it."""


class Keeping:
    """One for a room. Whoever made both sets `room.edited` to `edited`, tells `changed`, and calls `close`."""

    def __init__(
        self, room: "Room", content: Content, storage: Storage, settings: DocumentsSettings, figures: Figures
    ) -> None:
        self.based: Callable[[bytes], None] = lambda base: None
        """Called with the file's bytes when they are new: it was read, saved, or another's change was taken."""
        self.saving: Callable[[bytes], Awaitable[None]] = _nothing
        """Awaited before the file is written, with what it will have: so that who finds such a file
        after a crash knows it for our own (see `recover`)."""
        self.timed: Callable[[str, float], None] = lambda what, seconds: None
        """Told how many seconds a `save` or a `merge` took."""
        self._doc = room.doc
        self._content = content
        self._figures = figures
        self._loop = asyncio.get_running_loop()
        self._timing = Timing(settings, self._due)
        self._saying = Saying(room.doc, room.state)
        self._merging = Merging(room.doc, content, self._saying, figures)
        self._file = File(self, room, content, storage, self._saying, self._merging, figures)
        self._choices = Choices(room.doc, content, self._saying, self._merging, settings)
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._unsaved = False
        self._reason: str | None = None
        """Why the last save failed."""
        self._waiting = False
        """Whether it did because whoever keeps the file is away."""
        self._looking = False

    @property
    def base(self) -> bytes:
        """What the file held when it was last read or saved."""
        return self._file.base

    @property
    def unsaved(self) -> bool:
        """Whether people's edits are not in the file."""
        return self._unsaved

    @property
    def pending(self) -> bool:
        """Whether anything is only here, so that the history must be kept when the room is left: people's edits, the
        other side of a conflict, edits that were recovered."""
        return self._unsaved or bool(self._saying.conflicts) or bool(self._saying.offers)

    # -- the beginning and the end

    async def read(self) -> None:
        """See what the file holds. Raises what `Storage.read` does, and for what cannot be edited."""
        await self._file.read()

    def fill(self) -> None:
        """Put that into the empty document. Raises for what is none of its kind."""
        with self._doc.transaction():
            self._saying.add("conflicts", [])
            self._saying.add("offers", [])
        self._file.fill()
        self._tell()

    async def recover(self, base: bytes, saving: bytes | None = None) -> None:
        """The document came back from its journal: merge what the file holds by now.

        `saving` is what was last noted as such, where no base was noted after it.
        """
        async with self._turn:
            await self._file.recover(base, saving)
            try:
                differs = await self._file.differs()
            except OrchflowError:  # what its encoding lacks is not in the file
                differs = True
            if differs:
                self._edited()
            self._tell()

    @property
    def conflicts(self) -> int:
        """How many wait for somebody to choose."""
        return len(self._saying.conflicts)

    @property
    def owed(self) -> bool:
        """Whether people's edits are yet to be saved: a deleted file is made anew only where somebody asks, or at the
        end."""
        return self._unsaved and self._file.status != "deleted"

    async def close(self, *, ending: bool = True) -> None:
        """Save what is unsaved. Never raises: what went wrong is in `state`, and `unsaved` stays true."""
        if self._unsaved if ending else self.owed:
            await self._save(asked=True)
        while self._tasks:
            await asyncio.wait(self._tasks)
        self._timing.stop()

    def abandon(self) -> None:
        """Save nothing more: what was in the document comes back from its journal."""
        self._timing.stop()
        for task in self._tasks:
            task.cancel()

    # -- what happens

    def edited(self) -> None:
        """Somebody edited. Called within the transaction, in which nothing may be written."""
        if not self._unsaved or self._timing.quiet:
            self._loop.call_soon(self._tell)
        self._edited()

    def changed(self, kind: str, path: str | None = None) -> None:
        """Somebody did something to the file: `created`, `modified`, `deleted`, or `moved` to `path`."""
        if kind == "moved" and path is not None:
            self._file.moved(path)
        if not self._looking:
            self._looking = True
            self._spawn(self._look())

    async def save(self) -> dict[str, Any]:
        """Save at once, also where the file was deleted; `{"status", "at"}`. Raises why it failed."""
        error = await self._save(asked=True)
        if error is not None:
            raise error
        return {"status": "saved", "at": self._saying.saved_at}

    async def resolve(self, conflict: str, take: str) -> None:
        """Choose `ours`, `theirs` or `both`. Raises `NotFoundError`, `InvalidRequestError`."""
        async with self._turn:
            self._choices.resolve(conflict, take)
            self.edited()

    async def offer(self, text: str, base: str, author: str) -> str:
        """Unsaved edits of another history, from `base` to `text`; their id. Raises `TooLargeError`, `TooManyError`."""
        return self._choices.offer(text, base, author)

    async def take(self, offer: str) -> None:
        """Merge recovered edits. Raises `NotFoundError`."""
        async with self._turn:
            await self._choices.take(offer)
            self.edited()

    async def dismiss(self, offer: str) -> None:
        """Recovered edits are not wanted. Raises `NotFoundError`."""
        self._choices.dismiss(offer)

    # -- within

    def _edited(self) -> None:
        self._merging.edits += 1
        self._unsaved = True
        self._timing.edited()

    def _due(self) -> None:
        if self._unsaved:
            self._spawn(self._save_by_itself())

    async def _save_by_itself(self) -> None:
        await self._save(asked=False)

    async def _save(self, *, asked: bool) -> OrchflowError | None:
        """Save; what went wrong, once that is told and another try is planned."""
        async with self._turn:
            began = time.perf_counter()
            slow = self._loop.call_later(SLOW, self._tell, "saving")
            error: OrchflowError | None = None
            try:
                await self._put(asked=asked)
            except OrchflowError as known:
                error = known
            except Exception:
                log.exception("a document could not be saved")
                error = OrchflowError("it could not be saved; the engine's log says more")
            slow.cancel()
            self._reason = error.message if error else None
            self._waiting = isinstance(error, EngineUnavailableError)
            if error:
                self._figures.failed_saves += 1
                self._timing.failed(soon=self._waiting)
                self._tell()
            else:
                self._timing.saved()
                self.timed("save", time.perf_counter() - began)
                self._tell(at=int(time.time() * 1000) if self._file.status == "there" else None)
            return error

    async def _put(self, *, asked: bool) -> None:
        """Write the file where it is not what the document says. Raises why it cannot be."""
        file = self._file
        for _ in range(ROUNDS):
            if asked:
                await file.look()
                if file.refusal is not None:
                    raise file.refusal
            elif file.status != "there":
                return
            edits = self._merging.edits
            self._timing.taken()
            try:
                await file.put(self._content.peek(self._doc))
            except ConflictError:
                await file.look()
                continue
            if self._merging.edits == edits:
                self._unsaved = False
            return
        raise ConflictError("the file changes all the time")

    async def _look(self) -> None:
        async with self._turn:
            self._looking = False
            held = self._file.status != "there" or self._reason is not None
            try:
                if await self._file.look():
                    self._timing.disturbed()
            except EngineUnavailableError:
                pass  # the save that comes will find out
            except Exception:
                log.exception("what another did to a document's file could not be taken")
            if held and self._file.status == "there" and self._unsaved:
                self._timing.again()
            self._tell()

    def _tell(self, status: str = "unsaved", at: int | None = None) -> None:
        at = at or self._saying.saved_at
        if not self._unsaved:
            self._saying.save("saved", None, at, dirty=False)
        elif self._reason is not None:
            self._saying.save("waiting" if self._waiting else "failed", self._reason, at, dirty=True)
        else:
            why = HELD.get(self._file.status, "").format(why=self._file.refusal)
            self._saying.save(status, why or None, at, dirty=True)

    def _spawn(self, work: "Coroutine[Any, Any, None]") -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
