"""The control calls on documents. What they stand on is loaded with the first of them."""

from collections import deque
from typing import TYPE_CHECKING, Any

from orchflow_jupyter.engine.terminal_calls import Call
from orchflow_jupyter.settings import DocumentsSettings

if TYPE_CHECKING:
    from orchflow_jupyter.documents.rooms import Rooms

__all__ = ["DocumentCalls"]


class DocumentCalls:
    """What can be asked of an engine's documents."""

    def __init__(self, root: str, settings: DocumentsSettings) -> None:
        self._root = root
        self._settings = settings
        self._rooms: Rooms | None = None

    @property
    def holding(self) -> bool:
        """Whether anybody edits, or anything is unsaved."""
        return self._rooms is not None and self._rooms.holding

    def rooms(self) -> "Rooms":
        """All rooms."""
        if self._rooms is None:
            from orchflow_jupyter.documents.figures import Figures
            from orchflow_jupyter.documents.rooms import Rooms

            self._rooms = Rooms(self._root, self._settings, Figures())
        return self._rooms

    def methods(self) -> dict[str, Call]:
        """The calls by their names."""
        return {"documents.open": self._open}

    async def _open(self, params: dict[str, Any], fds: deque[int]) -> dict[str, Any]:
        return await self.rooms().open(params)
