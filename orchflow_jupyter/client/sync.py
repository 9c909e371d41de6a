"""The engine for scripts and kernels: every call blocks, every wait can be given a limit."""

import contextlib
import math
import os
import select
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

from orchflow_jupyter.client.attachment import ECHO, KEEP, AttachmentState
from orchflow_jupyter.client.calls import adoption, creation, named, recording
from orchflow_jupyter.client.control import Control
from orchflow_jupyter.client.driving import Commanding, Driving
from orchflow_jupyter.client.finding import own_engine
from orchflow_jupyter.client.launch import open_engine
from orchflow_jupyter.client.screen import Looking
from orchflow_jupyter.errors import EngineUnavailableError
from orchflow_jupyter.settings import EngineSettings

__all__ = ["Attachment", "Engine"]

RECEIVE = 256 * 1024


class Engine(Commanding, Looking):
    """A connection to an engine; while one is open the engine does not end by itself.

    Threads may share it. A context manager: leaving it closes the connection, and the terminals go on.
    """

    def __init__(self, control: Control, place: tuple[str, str] | None = None) -> None:
        self.control, self.place = control, place  # the place is a directory and a root, for who opens it again

    @classmethod
    def open(
        cls, directory: str | None = None, root: str | None = None, settings: EngineSettings | None = None
    ) -> Self:
        """The engine of this process' Jupyter server, or of `root`; started where there is none.

        Raises `EngineUnavailableError` where that cannot be done, and says why.
        """
        directory, root = own_engine(directory, root)
        control, _ = open_engine(directory, root, settings or EngineSettings(), role="kernel")
        return cls(control, (directory, root))

    def create(
        self,
        command: Sequence[str] | None = None,
        *,
        name: str | None = None,
        cwd: str | os.PathLike[str] | None = None,
        env: Mapping[str, str] | None = None,
        cols: int = 80,
        rows: int = 24,
    ) -> dict[str, Any]:
        """A new terminal's model. `command` is a list of words, the login shell where it is None.

        Raises `InvalidRequestError` for what cannot be, `ConflictError` for a name that a running terminal has.
        """
        return dict(self.control.call("terminals.create", creation(command, name, cwd, env, cols, rows)))

    def list(self) -> list[dict[str, Any]]:
        """The models of all terminals that the engine holds, oldest first."""
        return list(self.control.call("terminals.list"))

    def get(self, terminal: str) -> dict[str, Any]:
        """The model of the terminal with this id, or of the newest with this name. Raises `NotFoundError`."""
        return named(self.list(), terminal)

    def update(self, terminal: str, **changes: Any) -> dict[str, Any]:
        """Change `name`, `cols`, `rows`; the new model."""
        return dict(self.control.call("terminals.update", {"id": terminal, **changes}))

    def delete(self, terminal: str) -> None:
        """Hang up on a terminal."""
        self.control.call("terminals.delete", {"id": terminal})

    def signal(self, terminal: str, name: str) -> None:
        """Send a signal (`INT`, `TERM`, …) to what runs in a terminal's foreground."""
        self.control.call("terminals.signal", {"id": terminal, "signal": name})

    def record(self, terminal: str, path: str | os.PathLike[str], **options: bool) -> dict[str, Any]:
        """Record as asciicast v3 into a file below the root, with the `input` too, to `overwrite` one; the model."""
        return dict(self.control.call("terminals.record", recording(terminal, path, options)))

    def stop_recording(self, terminal: str) -> dict[str, Any]:
        """End a recording, once its file is whole: `{"path", "bytes", "error"}`."""
        return dict(self.control.call("terminals.stop_recording", {"id": terminal}))

    def batch(self, operations: Sequence[Mapping[str, Any]]) -> Sequence[dict[str, Any]]:
        """Many operations in one call, a result for each (`docs/protocol.md`); one that fails raises nothing."""
        return [*self.control.call("terminals.batch", {"operations": [*operations]})["results"]]

    def status(self) -> dict[str, Any]:
        """The engine's figures."""
        return dict(self.control.call("status"))

    def metrics(self, *, each: bool = True) -> dict[str, Any]:
        """What the engine has counted and timed since its start (`docs/metrics.md`), and `each` of its terminals."""
        return dict(self.control.call("metrics", {"each": each}))

    def attach(
        self, terminal: str, *, since: int | None = None, attachment: str | None = None, mode: str = "rw"
    ) -> "Attachment":
        """Listen to a terminal, from output offset `since` on, and type in it unless `mode` is `ro`.

        0 is all that is held. Without `since`, where there are snapshots, long output begins 256 KiB before its end.
        Raises `NotFoundError` where it does not live.
        """
        opened = Attachment(self.open_stream(terminal, since=since, attachment=attachment, mode=mode, answers=False))
        try:
            opened.hello()
        except BaseException:
            opened.close()
            raise
        return opened

    def open_stream(self, terminal: str, **how: Any) -> socket.socket:
        """Our end of a terminal's stream, a socket on which masked WebSocket frames go (RFC 6455).

        `how` are `since`, `attachment` and `mode`, as of `attach`, and whether an emulator behind it `answers` (True).
        """
        ours, theirs = socket.socketpair()
        try:
            self.control.call("adopt", adoption(terminal, **how), [theirs.fileno()])
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        return ours

    def alive(self) -> bool:
        """Whether the engine still answers."""
        with contextlib.suppress(EngineUnavailableError):
            return bool(self.control.call("hello", {"role": "kernel"}, timeout=10.0))
        return False

    def close(self) -> None:
        """End the connection; terminals and attachments go on."""
        self.control.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Attachment(Driving):
    """A terminal to read from and to send to. Times are seconds; None waits for ever.

    For one thread at a time. A context manager: leaving it detaches, and the terminal goes on.
    """

    def __init__(self, stream: socket.socket) -> None:
        stream.setblocking(False)
        self._socket = stream
        self._state = AttachmentState()
        # Outlives the call that could not send all of it: a frame that is half sent must be finished.
        self._unsent = bytearray()

    @property
    def model(self) -> dict[str, Any]:
        """The terminal's model as it was when this attachment began."""
        return self._state.model or {}

    @property
    def exit(self) -> dict[str, Any] | None:
        """How the program ended, `{"code", "signal"}`, as far as that was received."""
        return self._state.exit

    def hello(self, timeout: float | None = 10.0) -> dict[str, Any]:
        """Wait until the engine has answered."""
        self._until(lambda: self._state.model is not None, timeout)
        return self.model

    def send(self, data: str | bytes, timeout: float | None = 10.0) -> None:
        """Type `data` and wait until the engine has all of it. What the program answers meanwhile waits to be read.

        Raises `TimeoutError` where the program does not read it in time; what is left then goes with the calls that
        follow. Raises `NotAllowedError` for who may only watch, `NotFoundError` where the program has ended, and
        `TooLargeError` where the program reads line by line and a line was too long for it: the kernel has cut it.
        """
        state = self._state
        state.type(data.encode() if isinstance(data, str) else data)
        number, room = state.sent, KEEP + ECHO * len(data)
        self._until(lambda: state.taken >= number, timeout, lambda: state.make_room(room))
        state.check_refused()  # it may have come together with the acknowledgement

    def read(self, limit: int = -1, timeout: float | None = None) -> bytes:
        """Output, as soon as there is some, at most `limit` bytes; empty at the end. Raises `TimeoutError`."""
        self._until(lambda: bool(self._state.unread) or self._state.over, timeout)
        data = self._state.take(limit)
        self._flush()
        return data

    def resize(self, cols: int, rows: int) -> None:
        """Change the terminal's size."""
        self._state.resize(cols, rows)
        self._flush()

    def signal(self, name: str) -> None:
        """Send a signal to what runs in the foreground."""
        self._state.signal(name)
        self._flush()

    def wait(self, timeout: float | None = None) -> dict[str, Any]:
        """Wait for the program's end: `{"code", "signal"}`. Raises `TimeoutError`.

        Of the output that was not read meanwhile the newest 2 MiB are kept.
        """
        self._until(lambda: self._state.exit is not None, timeout, self._state.forget)
        return self._state.exit or {}

    def fileno(self) -> int:
        """The descriptor on which `look` finds something new, for poll(2)."""
        return self._socket.fileno()

    def awaited(self) -> int:
        """Send what is due; the events of poll(2) on which `step` has something to do."""
        self._flush()
        return select.POLLIN | (select.POLLOUT if self._unsent else 0)

    def step(self) -> AttachmentState:
        """Take in what came, and send what is due, without waiting; what is held now."""
        while self._readable(0) and self._state.closed is None:
            self._state.receive(self._receive())
        self._flush()
        return self._state

    def look(self) -> dict[str, Any] | None:
        """How the program ended, if it has; takes in what came without waiting, and keeps its newest 2 MiB."""
        while self._state.exit is None and self._readable(0):
            self._state.receive(self._receive())
            self._state.forget()
            self._flush()
            if self._state.exit is None:
                self._state.check()
        return self._state.exit

    def close(self) -> None:
        """Detach."""
        if self._socket.fileno() >= 0:
            self._state.leave()
            self._unsent += self._state.data_to_send()
            self._socket.settimeout(1.0)
            try:
                self._socket.sendall(self._unsent)
            except OSError:
                pass
            finally:
                self._socket.close()

    def _until(
        self, done: Callable[[], bool], timeout: float | None, meanwhile: Callable[[], None] = lambda: None
    ) -> None:
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            meanwhile()
            self._flush()
            if done():
                return
            self._state.check()
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                raise TimeoutError("the terminal said nothing of it in time")
            if self._readable(left):
                self._state.receive(self._receive())

    def _readable(self, timeout: float | None) -> bool:
        """Wait until something came, or can be sent; whether something came."""
        waiting = select.poll()  # select(2) takes no descriptor above 1023
        waiting.register(self._socket, self.awaited())
        events = waiting.poll(None if timeout is None else math.ceil(timeout * 1000))
        return any(event != select.POLLOUT for _, event in events)

    def _flush(self) -> None:
        self._unsent += self._state.data_to_send()
        try:
            while self._unsent:
                del self._unsent[: self._socket.send(self._unsent)]
        except BlockingIOError:
            pass
        except OSError:
            self._unsent.clear()  # the engine has gone; reading tells why

    def _receive(self) -> bytes:
        try:
            return self._socket.recv(RECEIVE)
        except OSError:
            return b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
