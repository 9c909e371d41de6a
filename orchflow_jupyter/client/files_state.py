"""One watch of a directory, as pure state: what was received and not yet taken, and what is to be sent."""

import os
from collections import deque
from collections.abc import Sequence
from typing import Any

from orchflow_jupyter.client.messages import Messages
from orchflow_jupyter.errors import from_status
from orchflow_jupyter.protocol.files import Batch, Event, Hello, Resync, decode

__all__ = ["WatchState", "watching", "within"]

LOST = 1006
AGAIN = {1001, LOST, 1012}
"""Close codes after which a client comes back."""


def within(path: str | os.PathLike[str], root: str) -> str:
    """`path` of this process, relative to the engine's root; what lies outside is the engine's to refuse."""
    return os.path.relpath(os.path.realpath(path), os.path.realpath(root))


def watching(path: str, recursive: bool, ignore: Sequence[str], since: str | None) -> dict[str, Any]:
    """The parameters of the call that hands over one end of a socket pair."""
    parameters: dict[str, Any] = {"path": path, "recursive": recursive, "ignore": list(ignore)}
    if since is not None:
        parameters["since"] = since
    return {"resource": "files", "parameters": parameters, "principal": f"pid {os.getpid()}"}


class WatchState:
    """Bytes in by `receive`, batches out by `take`, with paths that begin as the `given` one does.

    `clock` is the one to go on from: that of what was taken last.
    """

    def __init__(self, given: str = ".") -> None:
        self._messages = Messages()
        self._given = given
        self.ready: deque[Batch] = deque()
        self.hello: Hello | None = None
        self.clock: str | None = None

    @property
    def lost(self) -> bool:
        """Whether the stream ended in a way after which one comes back."""
        return self._messages.closed is not None and self._messages.closed[0] in AGAIN

    def receive(self, data: bytes) -> None:
        """Bytes came from the engine; none is the end."""
        for message in self._messages.receive(data):
            said = decode(message)
            if isinstance(said, Hello):
                self.hello = said
                self.clock = self.clock or said.clock
            elif isinstance(said, Batch):
                self.ready.append(said)
            elif said == "ping":
                self._messages.send_text('{"type":"pong"}')

    def take(self) -> Batch | None:
        """The next batch, with paths as this process says them; None where there is none now."""
        if not self.ready:
            return None
        batch = self.ready.popleft()
        self.clock = batch.clock
        events = tuple(
            Event(kind, self._ours(path), is_dir, None if from_ is None else self._ours(from_))
            for kind, path, is_dir, from_ in batch.events
        )
        resync = batch.resync
        if resync is not None:
            resync = Resync(resync.reason, self._ours(resync.path), resync.message)
        return batch._replace(events=events, resync=resync)

    def check(self) -> None:
        """Raise the error for which nothing more can come, if there is one and it is final."""
        if self._messages.closed is None or self.lost or self.ready:
            return
        code, reason = self._messages.closed
        raise from_status(code - 4000 if 4400 <= code < 4600 else 503, reason or f"the watch ended with {code}")

    def leave(self) -> None:
        """Say goodbye."""
        self._messages.close()

    def data_to_send(self) -> bytes:
        """What is to go to the engine, once."""
        return self._messages.data_to_send()

    def _ours(self, path: str) -> str:
        watched = self.hello.path if self.hello else ""
        below = path[len(watched) :].lstrip("/") if watched else path
        return os.path.normpath(os.path.join(self._given, below))
