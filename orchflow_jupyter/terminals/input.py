"""What was typed and not yet taken by the program: a queue of bytes with watermarks, written in the turn it arrives."""

from asyncio import AbstractEventLoop
from collections.abc import Callable

from orchflow_jupyter.terminals.pty import Pty

__all__ = ["InputQueue"]

PIECE = 64 * 1024
TURNS = 16
"""Writes in one turn of the loop, so that one paste does not hold up the other terminals."""


class InputQueue:
    """Writes to the program at once, and keeps what it does not take.

    Above `low` bytes it is `full`, and acknowledgements are to wait; above `high`, senders are. `released` is called
    when it has come down to `low` again.
    """

    __slots__ = ("_closed", "_high", "_loop", "_low", "_pty", "_released", "_rest", "taken")

    def __init__(self, loop: AbstractEventLoop, pty: Pty, high: int, low: int, released: Callable[[], None]) -> None:
        self._loop = loop
        self._pty = pty
        self._high = high
        self._low = low
        self._released = released
        self._rest = bytearray()
        self._closed = False
        self.taken = 0

    def __len__(self) -> int:
        """Bytes that wait."""
        return len(self._rest)

    @property
    def full(self) -> bool:
        """Whether the program lags so far behind that senders should not be told to go on."""
        return len(self._rest) > self._low

    @property
    def held(self) -> bool:
        """Whether senders are to be held back."""
        return len(self._rest) > self._high

    def write(self, data: bytes) -> None:
        """Take `data` in: to the program as far as it takes it now, the rest into the queue."""
        self.taken += len(data)
        if self._closed:
            return
        if self._rest and (interrupt := self._pty.interrupted_by(data)):
            # The kernel would do this if it had room for the key: a program that reads nothing can be interrupted.
            self._loop.remove_writer(self._pty.fd)
            self._rest.clear()
            self._pty.send_signal(interrupt)
            self._released()
            return
        if not self._rest:
            written = self._pty.write(data)
            if written == len(data):
                return
            self._rest += memoryview(data)[written:]
            self._loop.add_writer(self._pty.fd, self._writable)
        else:
            self._rest += data

    def close(self) -> None:
        """Forget what waits: the program has ended."""
        if self._rest and not self._closed:
            self._loop.remove_writer(self._pty.fd)
        self._closed = True
        self._rest.clear()
        self._released()

    def _writable(self) -> None:
        was_full = self.full
        for _ in range(TURNS):
            with memoryview(self._rest) as view, view[:PIECE] as piece:
                size = len(piece)
                written = self._pty.write(piece)
            del self._rest[:written]
            if written < size or not self._rest:
                break  # a short write says that the kernel is full, without another one to ask
        if not self._rest:
            self._loop.remove_writer(self._pty.fd)
        if was_full and not self.full:
            self._released()
