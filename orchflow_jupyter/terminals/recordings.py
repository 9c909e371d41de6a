"""The recordings of an engine's terminals: no two write to one file, and a file is whole before it is written anew."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from orchflow_jupyter.errors import ConflictError, NotFoundError
from orchflow_jupyter.terminals.events import Events
from orchflow_jupyter.terminals.session import Session

if TYPE_CHECKING:
    from orchflow_jupyter.terminals.recorder import Recorder

__all__ = ["Recordings"]


class Recordings:
    """Begins and ends them, in files below `root`; `get` finds a terminal by its id."""

    def __init__(self, root: str, get: Callable[[str], Session]) -> None:
        self._root = root
        self._get = get
        self._writing: dict[Recorder, tuple[int, int] | None] = {}
        """Those whose files are not yet closed, with these files' device and number."""

    async def begin(self, params: Mapping[str, Any]) -> Session:
        """Begin to record a terminal. Raises `ConflictError` where that is done already, or the file exists."""
        from orchflow_jupyter.terminals import asciicast, opening, recorder, requests

        request = requests.parse(params, requests.Record)
        session = self._get(request.id)
        path = recorder.place(request.path, self._root)
        while (last := self._last_words(recorder.identity(path))) is not None:
            await asyncio.wait([last.finished])
        session = self._get(request.id)
        if session.recorder is not None and session.recorder.running:
            raise ConflictError(f"terminal {session.name!r} is recorded already; stop that first")
        if session.exit is not None:
            raise ConflictError(f"terminal {session.name!r} has ended; there is nothing more to record")
        head = asciicast.header(session.command, session.name, (session.cols, session.rows), time.time())
        file = recorder.open_file(path, overwrite=request.overwrite, taken=self._writing.values())
        session.recorder = made = recorder.Recorder(
            asyncio.get_running_loop(),
            session.ring,
            path,
            file,
            head,
            with_input=request.input,
            opening=opening.opening(session.ring, session.checkpoints),
            secret=session.integration.nonce if session.integration else "",
        )
        self._writing[made] = recorder.identity(file)
        made.finished.add_done_callback(lambda _: self._finished(session, made))
        _tell(session)
        return session

    async def end(self, identity: str) -> dict[str, Any]:
        """End a terminal's recording, and wait until its file is whole; where it is and how it went."""
        session = self._get(identity)
        recorder = session.recorder
        if recorder is None:
            raise NotFoundError(f"terminal {session.name!r} is not recorded")
        recorder.stop()
        await asyncio.wait([recorder.finished])
        if session.recorder is recorder:
            session.recorder = None
        return recorder.outcome()

    async def whole(self) -> None:
        """Wait until all files are whole, once nothing is recorded any more."""
        while self._writing:
            await asyncio.wait([recorder.finished for recorder in self._writing])

    def _finished(self, session: Session, recorder: "Recorder") -> None:
        """A file is closed: its recording was ended, or has failed."""
        del self._writing[recorder]
        if session.recorder is recorder:
            _tell(session)

    def _last_words(self, file: tuple[int, int] | None) -> "Recorder | None":
        """The recording that has ended and is still being written to this file."""
        ended = (made for made, at in self._writing.items() if at == file and not made.running)
        return next(ended, None) if file else None


def _tell(session: Session) -> None:
    """Tell the clients of a terminal whether it is recorded; its end tells the rest."""
    if session.recorder is None or session.exit is not None:
        return
    if session.events is None:
        session.events = Events()
    session.events.add(session.ring.end, {"kind": "recording", "recording": session.recorder.as_json()})
    for listener in tuple(session.listeners):
        listener.wake()
