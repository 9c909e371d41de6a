"""A document that others edit too, for scripts and kernels: `Document("notes.md")`.

It works on while there is no engine, and merges when there is one again.
"""

import logging
import os
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self

from orchflow_jupyter.client.arguments import check_callback, check_engine, choice, name_of, path_of
from orchflow_jupyter.client.document_changes import Listening, Telling
from orchflow_jupyter.client.document_face import DocumentFace
from orchflow_jupyter.client.document_faces import login
from orchflow_jupyter.client.document_link import Link
from orchflow_jupyter.client.document_text import Change

if TYPE_CHECKING:
    from orchflow_jupyter.client.sync import Engine

__all__ = ["Document"]

log = logging.getLogger(__name__)

PATIENCE = 60.0
"""Seconds for an answer of the engine."""


class Document(DocumentFace):
    """A file below the engine's root, open for editing; others see what is typed as it is typed.

    `name` stands at its cursor, the user's unless given; `mode` is `rw` or `ro`; with `new` a file that is not there is
    made, empty; `engine` is this process' own unless given. Threads may share it. A context manager: leaving it waits
    until all that was edited is safe. Raises `NotFoundError`, `NotAllowedError` outside the root and where no file can
    be made, `NotSupportedError` for what is no text, `EngineUnavailableError`.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        name: str | None = None,
        mode: str = "rw",
        new: bool = False,
        engine: "Engine | None" = None,
        timeout: float | None = PATIENCE,
    ) -> None:
        path, mode = path_of(path), choice("mode", mode, "rw", "ro")
        check_engine(engine)
        self._telling = Telling()
        self._link = Link(path, name_of(name) or login(), mode, engine, new=new)
        self._core = self._link.core
        # The thread holds the link only, so that a document that nobody has any more goes.
        self._finalizer = weakref.finalize(self, _end, self._link, self._telling)
        self._link.open(timeout)

    def on_change(self, callback: Callable[[Change], object]) -> Listening:
        """Call `callback` with every `Change` from now on, in a thread of its own, until the answer's `stop()`.

        They come in order and each whole, those of this object too; the text of now may be ahead of what is told.
        """
        check_callback(callback)
        with self._core.lock:
            self._core.life.check()
            self._core.tell = self._telling.tell
            self._core.follow()
            return self._telling.add(callback)

    def save(self, timeout: float | None = PATIENCE) -> dict[str, Any]:
        """Write the file now: `{"status": "saved", "at": ms}`. Raises what kept the engine from it.

        A room of jupyter-collaboration that is being loaded or written at the moment saves later: `saving`, `at` None.
        """
        return self._link.call("save", timeout)

    def flush(self, timeout: float | None = PATIENCE) -> None:
        """Wait until all that was edited here is on the engine's disk, and so outlives whatever is killed.

        In a room of jupyter-collaboration, until the room has it: the Jupyter server has merged it, and saves later.
        Raises `TimeoutError`, `NotAllowedError` where the engine did not take it.
        """
        self._link.settle()
        self._link.until(self._is_safe, timeout, "the engine did not say in time that all is safe")

    def close(self, timeout: float | None = 10.0) -> None:
        """Leave, once all that was edited is safe; `text` can still be read.

        Raises `TimeoutError` where it is not safe in time; it has been left then, too.
        """
        if self._link.closed:
            return
        try:
            if not self._link.safe:
                self.flush(timeout)
        finally:
            self._finalizer()

    def _ask(self, call: str, **fields: Any) -> dict[str, Any]:
        return self._link.call(call, PATIENCE, **fields)

    def _is_safe(self) -> bool:
        return self._core.safe() and self._link.safe

    def __enter__(self) -> Self:
        self._core.life.check()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.close()
            return
        try:
            self.close()
        except Exception:
            log.exception("what was edited in %s is not known to be safe", self.path)


def _end(link: Link, telling: Telling) -> None:
    link.end()
    telling.close()
