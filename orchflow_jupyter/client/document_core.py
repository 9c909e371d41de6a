"""What the blocking and the asynchronous document have in common: edits, who is told of them, and where cursors are.

One lock guards it. It is held while something is edited or taken in, never while a listener is called.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from pycrdt import Array, Doc, Map, Text, TextEvent

from orchflow_jupyter.client.arguments import cursor_of
from orchflow_jupyter.client.document_faces import FaceBook
from orchflow_jupyter.client.document_life import Life
from orchflow_jupyter.client.document_limits import Limits
from orchflow_jupyter.client.document_observing import observing
from orchflow_jupyter.client.document_places import after_own, at_deletion, place, resolve
from orchflow_jupyter.client.document_state import DocumentState
from orchflow_jupyter.client.document_text import Change, Characters, Edit
from orchflow_jupyter.errors import EngineUnavailableError, NotAllowedError, NotFoundError, OrchflowError

if TYPE_CHECKING:
    import threading

__all__ = ["Core"]


class Core:
    """`push` sends what waits to be sent; `notebook` says whether there are cells; `tell` takes changes in order."""

    def __init__(self, name: str, push: Callable[[], None]) -> None:
        self.life = Life()
        self.faces = FaceBook(name)
        self.state = DocumentState(self.faces)
        self.state.heard = self._heard
        self.state.replaced = self._replaced
        self.notebook = False
        self.limits = Limits()
        self.tell: Callable[[Change], None] | None = None
        self._push = push
        self._texts: dict[str | None, Characters] = {}
        self._cells: Array[Map[Any]] | None = None  # the same one always: its subscriptions end with it
        self._depth = 0
        self._done: list[tuple[str | None, Edit]] = []
        self._moved: tuple[str | None, bool] | None = None
        self._observing: Callable[[], Any] | None = None

    # -- opening

    def asking(self, path: str) -> dict[str, Any]:
        """The parameters of `documents.open`: who comes back from a room of another program waits for that one."""
        return {"path": path} if self.state.ours else {"path": path, "provider": self.state.provider}

    def opened(self, model: dict[str, Any], mode: str) -> str:
        """The engine said where the document is; the name of its room."""
        self.notebook = model.get("type") == "notebook"
        self.limits.told(model)
        self.state.provider = str(model.get("provider", "orchflow"))
        self.state.granted = mode == "rw" and model.get("writable") is not False
        return str(model["room"])

    # -- what there is

    @property
    def lock(self) -> "threading.RLock":
        """Guards everything here."""
        return self.life.lock

    @property
    def doc(self) -> "Doc[Any]":
        """The document of now."""
        return self.state.doc

    def cells(self, doc: "Doc[Any] | None" = None) -> "Array[Map[Any]]":
        """A notebook's cells."""
        if doc is not None and doc is not self.doc:
            other: Array[Map[Any]] = doc.get("cells", type=Array)
            return other
        if self._cells is None:
            self._cells = self.doc.get("cells", type=Array)
        return self._cells

    def cell(self, name: str, doc: "Doc[Any] | None" = None) -> "Map[Any]":
        """The cell with that identifier. Raises `NotFoundError` where it was deleted."""
        found: Map[Any]
        for found in self.cells(doc):
            if found.get("id") == name:
                return found
        raise NotFoundError("this cell has been deleted")

    def characters(self, cell: str | None = None) -> Characters:
        """The text of the file, or of a cell's source."""
        found = self._texts.get(cell)
        if found is None:
            found = self._texts[cell] = Characters(self.doc, lambda doc: self._text(cell, doc))
        return found

    def forget_cells(self) -> None:
        """Cells may have come or gone, and with them their texts."""
        for cell in [cell for cell in self._texts if cell is not None]:
            del self._texts[cell]

    # -- what is waited for

    def joined(self, why: OrchflowError | None) -> bool:
        """Whether all there is has come. Raises `why` there was no connection, where another try would not help."""
        if why is not None and not isinstance(why, EngineUnavailableError):
            raise why
        return self.state.connected and self.state.greeted

    def safe(self) -> bool:
        """Whether all that was edited here is on the engine's disk. Raises `NotAllowedError`, once, for a refusal."""
        refusal, self.state.refusal = self.state.refusal, None
        if refusal is not None:
            raise NotAllowedError(refusal)
        return self.state.connected and self.state.clean

    # -- editing

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is edited within is one update.

        Raises `NotAllowedError` where the document is for reading only, `EngineUnavailableError` where it is closed.
        """
        with self.lock:
            self.life.check()
            if not self.state.writable:
                raise NotAllowedError(f"{self.state.told.get('path')!r} is for reading only")
            if self._depth:
                yield
                return
            self.state.about_to_edit()
            self._depth = 1
            try:
                with self.doc.transaction():
                    yield
            finally:
                self._depth = 0
                self._finish()

    @property
    def editing(self) -> bool:
        """Whether a transaction is open; nothing may be waited for in it."""
        return self._depth > 0

    def splice(self, cell: str | None, start: int, end: int, inserted: str) -> None:
        """Exchange characters of a text."""
        with self.transaction():
            characters = self.characters(cell)
            self.limits.check_edit(characters, start, end, inserted)
            edit = characters.splice(start, end, inserted)
            if edit.deleted or edit.inserted:
                self._done.append((cell, edit))

    def restructured(self) -> None:
        """Cells were changed, within a transaction."""
        self.forget_cells()
        self._done.append((None, Edit(0, 0, "")))

    # -- telling

    def follow(self) -> None:
        """From now on what others change is told by characters."""
        if self._observing is not None:
            return
        if self.notebook:
            self._observing = observing(self.cells(), self._cells_changed, deep=True)
            for cell in self.cells():
                _ = self.characters(cell["id"]).value
        else:
            _ = self.characters().value
            self._observing = observing(self.characters().text, self._text_changed)

    def show(self) -> None:
        """Have the cursor where the last edit was."""
        if self._moved is None:
            return
        cell, wrote = self._moved
        self._moved = None
        position = (None if wrote else at_deletion(self.state.last)) or after_own(self.doc)
        if position is not None:
            self.faces.cursor = {"anchor": position, "head": position} | ({"cell": cell} if cell else {})

    def where(self, cell: str | None = None) -> int | tuple[int, int] | None:
        """Where our cursor is in that text: an index, or `(anchor, head)`."""
        cursor = self.faces.cursor
        if cursor is None or cursor.get("cell") != cell:
            return None
        anchor, head = (resolve(self.characters(cell), cursor[end]) for end in ("anchor", "head"))
        return head if anchor is None or head is None or anchor == head else (anchor, head)

    def point(self, cell: str | None, cursor: int | tuple[int, int] | None) -> None:
        """Have our cursor there. Raises `IndexError`."""
        self.life.check()
        self._moved = None
        ends = cursor_of(cursor)
        if ends is None:
            self.faces.cursor = None
        else:
            characters = self.characters(cell)
            for index in ends:
                if not 0 <= index <= characters.length:
                    raise IndexError(f"{index} is not within the text, which has {characters.length} characters")
            anchor, head = (place(characters, index) for index in ends)
            self.faces.cursor = {"anchor": anchor, "head": head} | ({"cell": cell} if cell else {})
        self._push()

    # -- within

    def _text(self, cell: str | None, doc: "Doc[Any]") -> Text:
        text: Text = doc.get("source", type=Text) if cell is None else self.cell(cell, doc)["source"]
        return text

    def _finish(self) -> None:
        done, self._done = self._done, []
        if not done:
            return
        self.faces.show()
        cell, edit = done[-1]
        if edit.deleted or edit.inserted:
            self._moved = (cell, bool(edit.inserted))
        self._push()
        if self.tell is None:
            return
        for cell in dict.fromkeys(cell for cell, _ in done):
            edits = tuple(edit for of, edit in done if of == cell and (edit.deleted or edit.inserted))
            if self.notebook and cell is None:
                self._know_cells()
            else:
                _ = self.characters(cell).value
            self.tell(Change(edits, "local", cell, structure=not edits))

    def _heard(self) -> None:
        if self._observing is not None:
            return  # what changed is learnt as it is told
        self.forget_cells()
        for text in self._texts.values():
            text.forget()

    def _replaced(self) -> None:
        self._texts.clear()
        self._cells = None
        if self._observing is not None:
            self._observing()
        self._observing = None
        self._moved = None
        self.faces.cursor = None
        if self.tell is not None:
            self.follow()

    def _text_changed(self, event: TextEvent) -> None:
        self._learn(None, event)

    def _cells_changed(self, events: list[Any]) -> None:
        if self._depth:
            return
        rest = [event for event in events if not self._learn_source(event)]
        if any(not event.path for event in rest):  # cells came, went or moved: their texts are others
            self.forget_cells()
            self._know_cells()
        if rest and self.tell is not None:
            self.tell(Change((), "remote", None, structure=True))

    def _learn_source(self, event: Any) -> bool:
        path = event.path
        if not isinstance(event, TextEvent) or len(path) != 2 or path[1] != "source":
            return False
        self._learn(self.cells()[path[0]]["id"], event)
        return True

    def _know_cells(self) -> None:
        for cell in self.cells():
            _ = self.characters(cell["id"]).value

    def _learn(self, cell: str | None, event: TextEvent) -> None:
        if self._depth or cell not in self._texts:
            return
        edits = self._texts[cell].learn(event.delta)  # type: ignore[attr-defined]
        if self.tell is not None:
            self.tell(Change(edits, "remote", cell))
