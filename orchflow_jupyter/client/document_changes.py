"""Telling listeners what changed, in order, in a thread of their own: they may edit, and wait, as they like."""

import logging
import queue
import threading
from collections.abc import Callable

from orchflow_jupyter.client.document_text import Change

__all__ = ["Listening", "Telling"]

log = logging.getLogger(__name__)

Listener = Callable[[Change], object]


class Listening:
    """What stops a listener: `stop()`, or leaving the context."""

    def __init__(self, telling: "Telling", listener: Listener) -> None:
        self._telling = telling
        self._listener = listener

    def stop(self) -> None:
        """Call it no more."""
        self._telling.remove(self)

    def hear(self, change: Change) -> None:
        """Call the listener, and survive its errors."""
        try:
            self._listener(change)
        except Exception:
            log.exception("a listener of a document failed; it is called again with the next change")

    def __enter__(self) -> "Listening":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class Telling:
    """The listeners of one document. `tell` returns at once."""

    def __init__(self) -> None:
        self._listeners: list[Listening] = []
        self._changes: queue.SimpleQueue[Change | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def add(self, listener: Listener) -> Listening:
        """One more."""
        added = Listening(self, listener)
        self._listeners.append(added)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="orchflow document changes", daemon=True)
            self._thread.start()
        return added

    def remove(self, listening: Listening) -> None:
        """One less."""
        if listening in self._listeners:
            self._listeners.remove(listening)

    def tell(self, change: Change) -> None:
        """What changed."""
        self._changes.put(change)

    def close(self) -> None:
        """Tell what is left, then nothing more."""
        if self._thread is not None:
            self._changes.put(None)

    def _run(self) -> None:
        while (change := self._changes.get()) is not None:
            for listening in tuple(self._listeners):
                listening.hear(change)
