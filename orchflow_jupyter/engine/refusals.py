"""What a client is still to be told that it may not do, or that was lost of what it typed: of each kind one message."""

from time import time_ns

from orchflow_jupyter.protocol.terminal import Message, Op, encode
from orchflow_jupyter.terminals.lines import MAX_LINE

__all__ = ["Refusals"]


class Refusals:
    """Gathers what a client that does not read yet has coming, so that it does not grow with what is refused."""

    __slots__ = ("_lost", "_what")

    def __init__(self) -> None:
        self._lost = 0
        self._what: dict[str, None] = {}  # in the order in which they came

    def __bool__(self) -> bool:
        """Whether there is something to tell."""
        return bool(self._what or self._lost)

    def may_not(self, what: str) -> None:
        """It asked for something that is not for those who only watch."""
        self._what[what] = None

    def lost(self, size: int) -> None:
        """The kernel cuts so many bytes of what it typed."""
        self._lost += size

    def next(self) -> bytes:
        """The next message."""
        if self._what:
            what = next(iter(self._what))
            del self._what[what]
            return _error("not_allowed", f"You may watch this terminal, not {what}.")
        lost, self._lost = self._lost, 0
        said = f"This program reads lines of at most {MAX_LINE + 1:,} bytes: {lost:,} bytes of one are lost."
        return _error("line_too_long", said)


def _error(code: str, message: str) -> bytes:
    return encode(Message(Op.ERROR, 0, time_ns() // 1000, {"code": code, "message": message}))
