"""What a document is to its user, whether calls block or are awaited: text or cells, cursors, how saving goes."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, Self

from orchflow_jupyter.client.document_cells import Cells
from orchflow_jupyter.client.document_core import Core
from orchflow_jupyter.client.document_editing import TextEditing
from orchflow_jupyter.client.document_people import (
    Conflicts,
    Cursor,
    Offer,
    conflicts,
    cursors,
    offers,
    plain_value,
    status,
)
from orchflow_jupyter.errors import InvalidRequestError

__all__ = ["DocumentFace"]


class DocumentFace(TextEditing):
    """What needs no waiting; `_ask` is a call of the engine, which answers, or can be awaited."""

    _core: Core
    _cell = None
    _ask: Callable[..., Any]

    @property
    def path(self) -> str:
        """Where the file is now, relative to the engine's root."""
        with self._core.lock:
            return str(self._core.state.told.get("path", ""))

    @property
    def writable(self) -> bool:
        """Whether one may edit."""
        return self._core.state.writable

    @property
    def name(self) -> str:
        """What stands at one's cursor."""
        return self._core.faces.name

    @property
    def cells(self) -> Cells:
        """A notebook's cells. Raises `InvalidRequestError` where the document is a text."""
        if not self._core.notebook:
            raise InvalidRequestError(f"{self.path} is a text; cells are a notebook's")
        return Cells(self._core)

    def _check(self) -> None:
        if self._core.notebook:
            raise InvalidRequestError(f"{self.path} is a notebook, whose text is in its cells: `cells[0].source`")

    @contextlib.contextmanager
    def edit(self) -> Iterator[Self]:
        """All edits within are one update, which others see at once, and nothing of theirs comes between.

        What was edited before an error within stays edited.
        """
        with self._core.transaction():
            yield self

    @property
    def cursors(self) -> list[Cursor]:
        """Everybody else who has the document open, by name, and where they are."""
        with self._core.lock:
            return cursors(self._core)

    @property
    def cursor(self) -> int | tuple[int, int] | None:
        """Where others see one's cursor: an index, `(anchor, head)` of a selection, None for nowhere.

        It follows one's edits.
        """
        with self._core.lock:
            self._core.show()
            return self._core.where()

    @cursor.setter
    def cursor(self, cursor: int | tuple[int, int] | None) -> None:
        with self._core.lock:
            self._core.point(None, cursor)

    @property
    def status(self) -> str:
        """`saved`, `unsaved`, `saving`, `failed`, `waiting` (for the server that stores it) or `offline`."""
        with self._core.lock:
            return status(self._core)[0]

    @property
    def reason(self) -> str | None:
        """Why the status is what it is, where there is something to say."""
        with self._core.lock:
            return status(self._core)[1]

    @property
    def saved(self) -> bool:
        """Whether the file holds what the document does."""
        return self.status == "saved"

    @property
    def file(self) -> dict[str, Any]:
        """What is known of the file: `status`, `encoding`, `line_end`, `bom`, `writable`, `message`."""
        with self._core.lock:
            return dict(plain_value(self._core.state.told.get("file")) or {})

    @property
    def conflicts(self) -> Conflicts:
        """Places that were changed in the file and here; `resolve(id, "ours" | "theirs" | "both")` ends one."""
        with self._core.lock:
            return conflicts(self._core, self._ask)

    @property
    def offers(self) -> list[Offer]:
        """Texts that could not be merged by themselves: `take()` or `dismiss()` them."""
        with self._core.lock:
            return offers(self._core, self._ask)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.path!r}, {self.status}>"
