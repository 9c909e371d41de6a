"""The connection of a blocking document: a thread that reads what others do, comes back, and shows where one is."""

import contextlib
import logging
import os
import select
import socket
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from orchflow_jupyter.client.deadlines import deadline_of, milliseconds
from orchflow_jupyter.client.document_answers import result_of
from orchflow_jupyter.client.document_core import Core
from orchflow_jupyter.client.document_lost import Recovery
from orchflow_jupyter.client.files_state import within
from orchflow_jupyter.client.new_file import make_file
from orchflow_jupyter.errors import (
    EngineUnavailableError,
    InvalidRequestError,
    NotFoundError,
    OrchflowError,
)

if TYPE_CHECKING:
    from orchflow_jupyter.client.sync import Engine

__all__ = ["Link", "adopting"]

log = logging.getLogger(__name__)

RECEIVE = 256 * 1024
PAUSE, LONGEST_PAUSE = 0.1, 5.0
"""Seconds between two tries to come back; they double."""


def adopting(room: str, mode: str) -> dict[str, Any]:
    """The parameters of the call that hands over one end of a socket pair."""
    return {"resource": f"documents/{room}", "parameters": {"mode": mode}, "principal": f"pid {os.getpid()}"}


class Link:
    """Between `core` and an engine: the `given` one, else this process' own, which may be another each time."""

    def __init__(
        self, path: str | os.PathLike[str], name: str, mode: str, given: "Engine | None", *, new: bool
    ) -> None:
        self.core = Core(name, self.push)
        self.changed = threading.Condition(self.core.lock)
        self.core.life.forked = self._close_sockets
        self.path = os.path.abspath(path)
        self._mode = mode
        self._given = given
        self._new = new
        self._own: Engine | None = None
        self._socket: socket.socket | None = None
        self._unsent = b""
        self._generation = 0
        """Counts the connections: an answer comes on the one that was asked on."""
        self._recovery = Recovery(self.core)
        self._by_path = True
        self._why: OrchflowError | None = None
        self._woken = False
        self._bell, self._rings = socket.socketpair()
        self._bell.setblocking(False)
        self._thread = threading.Thread(target=self._run, name="orchflow document", daemon=True)

    # -- its life

    @property
    def closed(self) -> bool:
        """Whether it has been left, or belongs to the process from which this one was forked."""
        return bool(self.core.life.over)

    def open(self, timeout: float | None) -> None:
        """Join; returns when all there is has come. Raises what the engine refuses with, `TimeoutError`."""
        try:
            try:
                self._connect()
            except NotFoundError:  # the room may have moved since its path was opened
                if self._new:
                    make_file(self.path)
                self._connect()
            self._thread.start()
            self.until(lambda: self.core.joined(self._why), timeout, "the document did not come in time")
        except BaseException:
            self.end()
            raise

    def end(self) -> None:
        """Let go of the connection and the thread, without a look at what is unsaved."""
        with self.core.lock:
            if self.closed:
                return
            self.core.life.end()
            self.core.state.leave()
            self.push()
            self._ring()
            self.changed.notify_all()
        if self._thread.ident is None:
            self._close_sockets()
        elif threading.current_thread() is not self._thread:
            self._thread.join(10.0)

    # -- for those who edit

    @property
    def safe(self) -> bool:
        """Whether all that was edited here is on the engine's disk."""
        return self.core.state.connected and self.core.state.clean and self._recovery.over

    def push(self) -> None:
        """Send what waits, as far as the socket takes it; the thread sends the rest."""
        if self._socket is not None and not self._unsent:
            self._unsent = self.core.state.data_to_send()
            self._send()
        if self._unsent or self.core.faces.pending:
            self._ring()

    def settle(self) -> None:
        """Find out whether what was edited is there, where the room does not say so by itself."""
        with self.core.lock:
            self.core.state.settle()
            self.push()

    def until(self, done: Callable[[], Any], timeout: float | None, late: str) -> Any:
        """Wait until `done()` is true; its answer."""
        if self.core.editing:
            raise InvalidRequestError("within edit() nothing can be waited for: leave it first")
        deadline = deadline_of(timeout)
        with self.core.lock:
            while not (answer := done()):
                self.core.life.check()
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    raise TimeoutError(f"{late}{f': {self._why}' if self._why else ''}")
                self.changed.wait(left)
        return answer

    def call(self, name: str, timeout: float | None, **fields: Any) -> dict[str, Any]:
        """The result of a call. Raises what the engine refuses with, `EngineUnavailableError` while there is none."""
        with self.core.lock:
            self.core.life.check()
            state, generation = self.core.state, self._generation
            if not state.connected:
                raise EngineUnavailableError("there is no connection to the engine now; what you edit is kept here")
            number = state.call(name, **fields)
            self.push()

            def answered() -> dict[str, Any] | None:
                if generation != self._generation or not state.connected:
                    raise EngineUnavailableError(f"the connection was lost before {name} was answered")
                return state.answer(number)

            return result_of(self.until(answered, timeout, f"{name} was not answered in time"))

    # -- the thread

    def _run(self) -> None:
        pause = PAUSE
        while not self.closed:
            try:
                if self._socket is not None:
                    self._step()
                    pause = PAUSE if self.core.state.connected else pause
                    continue
                self._connect()
            except Exception as error:
                if not isinstance(error, OrchflowError | OSError):
                    log.exception("the connection of %s failed; it is tried again", self.path)
                with self.core.lock:
                    self._why = error if isinstance(error, OrchflowError) else self._why
                    self._lose()
                    self.changed.notify_all()
            if self._socket is None:
                self._wait([], pause)
                pause = min(2 * pause, LONGEST_PAUSE)
        with self.core.lock:
            self._close_sockets()

    def _step(self) -> None:
        stream = self._socket
        assert stream is not None  # noqa: S101 - only this thread takes it away
        with self.core.lock:
            wants = self.core.faces.wants()
            events = select.POLLIN | (select.POLLOUT if self._unsent else 0)
            left = wants if self.core.state.synced else None
        came = self._wait([(stream, events)], left)
        data = None
        if came:
            try:
                data = stream.recv(RECEIVE)
            except BlockingIOError:
                data = None
            except OSError:
                data = b""
        with self.core.lock:
            state = self.core.state
            if data is not None:
                state.receive(data)
            if not self._unsent:
                self.core.show()
                self._unsent = state.data_to_send(faces=True)
            self._send()
            if state.closed is not None:
                self._why = state.refused()
                self._lose()
            else:
                self._recovery.step()
                self.push()
            self.changed.notify_all()

    def _wait(self, sockets: list[tuple[socket.socket, int]], timeout: float | None) -> bool:
        """Wait for a socket or the bell; whether a socket has something."""
        waiting = select.poll()  # select(2) takes no descriptor above 1023
        waiting.register(self._rings, select.POLLIN)
        for each, events in sockets:
            waiting.register(each, events)
        came = [fd for fd, event in waiting.poll(milliseconds(timeout))]
        if self._rings.fileno() in came:
            self._rings.recv(64)
            self._woken = False
        return any(fd != self._rings.fileno() for fd in came)

    def _connect(self) -> None:
        engine, room = self._engine(), self.core.state.room
        if self._by_path:
            root = engine.control.call("hello", {"role": "kernel"})["root"]
            with self.core.lock:
                told = self.core.state.told.get("path")
            path = told if isinstance(told, str) else within(self.path, root)
            asked = self.core.asking(path)
            room = self.core.opened(engine.control.call("documents.open", asked), self._mode)
        ours, theirs = socket.socketpair()
        try:
            engine.control.call("adopt", adopting(room, self._mode), [theirs.fileno()])
        except BaseException as error:
            ours.close()
            self._by_path = self._by_path or isinstance(error, NotFoundError)
            raise
        finally:
            theirs.close()
        ours.setblocking(False)
        with self.core.lock:
            self._socket, self._unsent, self._by_path = ours, b"", False
            self._generation += 1
            self._recovery.begin(self.core.state.begin(room))
            self.push()

    def _engine(self) -> "Engine":
        from orchflow_jupyter.client.current import current_engine
        from orchflow_jupyter.client.sync import Engine

        if self._given is None:
            return current_engine()
        if self._given.control.closed and self._given.place is not None:
            self._own = self._given = Engine.open(*self._given.place)
        return self._given

    def _send(self) -> None:
        if self._unsent and self._socket is not None:
            try:
                self._unsent = self._unsent[self._socket.send(self._unsent) :]
            except BlockingIOError:
                pass
            except OSError:
                self._unsent = b""  # the thread reads of the end

    def _lose(self) -> None:
        self._by_path = self._by_path or self.core.state.roomless
        self.core.state.end()
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self._unsent = b""

    def _ring(self) -> None:
        if not self._woken:
            self._woken = True
            with contextlib.suppress(OSError):
                self._bell.send(b"!")

    def _close_sockets(self) -> None:
        self._lose()
        self._bell.close()
        self._rings.close()
        if self._own is not None:
            self._own.close()
