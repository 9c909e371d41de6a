"""An attachment to one terminal: its output, and a keyboard; blocking."""

import os
import select
import socket
import time
from collections.abc import Callable
from typing import Any, Self

from orchflow_jupyter.client.arguments import index_of
from orchflow_jupyter.client.attachment import ECHO, KEEP, AttachmentState
from orchflow_jupyter.client.calls import as_bytes
from orchflow_jupyter.client.deadlines import checked, deadline_of, milliseconds
from orchflow_jupyter.client.driving import Driving
from orchflow_jupyter.client.interrupts import Interrupts
from orchflow_jupyter.errors import EngineUnavailableError

__all__ = ["Attachment"]

RECEIVE = 256 * 1024
FORKED = "this terminal was attached to by the process from which this one was forked: attach to it here"


class Attachment(Driving):
    """A terminal to read from and to send to. Times are seconds; None waits for ever.

    For one thread at a time. A context manager: leaving it detaches, and the terminal goes on.
    """

    def __init__(self, stream: socket.socket) -> None:
        stream.setblocking(False)
        self._socket = stream
        self._process = os.getpid()
        self._state = AttachmentState()
        # Outlives the call that could not send all of it: a frame that is half sent must be finished.
        self._unsent = bytearray()

    @property
    def model(self) -> dict[str, Any]:
        """The terminal's model as it was when this attachment began."""
        return self._state.model or {}

    def follows(self, interrupts: Interrupts) -> None:
        """Go on where another attachment of the same program has sent these, which the shell may not have heard yet."""
        self._state.interrupts = interrupts

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
        state, timeout = self._state, checked(timeout)
        state.type(as_bytes(data))
        number, room = state.sent, KEEP + ECHO * len(data)
        self._until(lambda: state.taken >= number, timeout, lambda: state.make_room(room))
        state.check_refused()  # it may have come together with the acknowledgement

    def read(self, limit: int = -1, timeout: float | None = None) -> bytes:
        """Output, as soon as there is some, at most `limit` bytes; empty at the end. Raises `TimeoutError`."""
        limit = index_of("limit", limit, "bytes")
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
        if os.getpid() != self._process:
            self._socket.close()  # a process that was forked; its parent stays attached
        elif self._socket.fileno() >= 0:
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
        deadline, looked = deadline_of(timeout), False
        while True:
            meanwhile()
            self._flush()
            if done():
                return
            self._state.check()
            left = None if deadline is None else deadline - time.monotonic()
            if looked and left is not None and left <= 0:
                raise TimeoutError("the terminal said nothing of it in time")
            if self._readable(left):
                self._state.receive(self._receive())
            looked = True

    def _readable(self, timeout: float | None) -> bool:
        """Wait until something came, or can be sent; whether something came."""
        waiting = select.poll()  # select(2) takes no descriptor above 1023
        waiting.register(self._socket, self.awaited())
        events = waiting.poll(milliseconds(timeout))
        return any(event != select.POLLOUT for _, event in events)

    def _flush(self) -> None:
        if os.getpid() != self._process:
            raise EngineUnavailableError(FORKED)
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
