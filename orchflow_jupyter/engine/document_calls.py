"""The control calls on documents. What they stand on is loaded with the first of them, or where a journal waits."""

import json
import os
from collections import deque
from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any

from orchflow_jupyter.engine.elsewhere import Elsewhere
from orchflow_jupyter.engine.terminal_calls import Call
from orchflow_jupyter.errors import InvalidRequestError
from orchflow_jupyter.files.hub import Hub
from orchflow_jupyter.rendezvous import journal_directory
from orchflow_jupyter.settings import DocumentsSettings
from orchflow_jupyter.terminals.histogram import Histogram

if TYPE_CHECKING:
    from orchflow_jupyter.documents.rooms import Rooms
    from orchflow_jupyter.files.listener import Listener

__all__ = ["DocumentCalls"]

OPENING = ("path", "hidden", "storage", "provider", "head")
"""The parameters of `documents.open`."""

Told = Callable[[list[dict[str, Any]] | None], None]


class DocumentCalls:
    """What can be asked of an engine's documents. `changed` is called when `holding` may be another.

    `want` tells servers of a request, and says whether there are any; `moved` is called when the rooms are another
    program's from now on, or ours again.
    """

    def __init__(
        self,
        root: str,
        settings: DocumentsSettings,
        files: Hub,
        changed: Callable[[], None],
        want: Callable[[str, int], bool],
        moved: Callable[[], None],
    ) -> None:
        self._root = root
        self._settings = settings
        self._files = files
        self._changed = changed
        self._tell = partial(want, "documents.wanted")
        self.elsewhere = Elsewhere(partial(want, "rooms.wanted"), moved)
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

            figures = Figures(latency=Histogram(), merging=Histogram(), saving=Histogram(), lag=Histogram())
            folder = self._folder()
            self._rooms = Rooms(self._root, folder, self._settings, figures, self._watch, self._changed, self._tell)
        return self._rooms

    def as_json(self) -> dict[str, Any] | None:
        """What is open and what was counted; None where nothing ever was."""
        return None if self._rooms is None else self._rooms.as_json()

    def methods(self) -> dict[str, Call]:
        """The calls by their names."""
        return {
            "documents.open": self._open,
            "documents.claim": self._claim,
            "documents.answered": self._answered,
            **self.elsewhere.methods(),
        }

    async def restore(self) -> None:
        """Bring back what was unsaved when the last engine ended. Nothing is loaded where there is nothing."""
        from orchflow_jupyter.documents.journals import any_of

        if any_of(self._folder(), self._root):
            await self.rooms().restore()

    async def close(self) -> None:
        """Save everything."""
        if self._rooms is not None:
            await self._rooms.close()

    async def _open(self, params: dict[str, Any], fds: deque[int]) -> dict[str, Any]:
        unknown = sorted(params.keys() - set(OPENING))
        if unknown:
            raise InvalidRequestError(f"no such parameter: {', '.join(unknown)}; there are {', '.join(OPENING)}")
        if self.elsewhere.holds(params.get("provider")):
            return await self.elsewhere.open(params.get("path"))
        return await self.rooms().open(params)

    async def _claim(self, params: dict[str, Any], fds: deque[int]) -> dict[str, Any]:
        return dict(await self._with(fds, lambda file: self.rooms().contents.claim(params.get("request"), file)))

    async def _answered(self, params: dict[str, Any], fds: deque[int]) -> dict[str, Any]:
        answer = {key: value for key, value in params.items() if key != "request"}
        await self._with(fds, lambda file: self.rooms().contents.answered(params.get("request"), answer, file))
        return {}

    async def _with(self, fds: deque[int], work: Callable[[int], Coroutine[Any, Any, Any]]) -> Any:
        """Work with the one descriptor that came along, and close it."""
        if not fds:
            raise InvalidRequestError("this call takes one descriptor beside it")
        file = fds.popleft()
        try:
            return await work(file)
        finally:
            os.close(file)

    def _folder(self) -> str:
        return self._settings.journal or journal_directory()

    def _watch(self, directory: str, told: Told) -> Callable[[], None]:
        """Watch a directory for a document in it."""
        listening: list[Listener] = []

        def woken() -> None:
            for listener in listening:
                while (entry := listener.pull()) is not None:
                    told(None if entry.resync is not None else json.loads(f"[{entry.events}]"))

        listening.append(self._files.listen({"path": directory, "recursive": False, "hidden": True}, woken))
        return lambda: self._files.leave(listening.pop()) if listening else None
