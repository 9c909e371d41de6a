"""Frames of the usual kind, whole binary messages without extensions, cut and made in one pass (RFC 6455, section 5.2).

Nearly every frame of a terminal's stream is one of them, and 100,000 keys are 100,000 frames. All others, and all that
are wrong, are for websockets' protocol, which gets them whole, one at a time.
"""

import struct

try:
    from websockets.speedups import apply_mask
except ImportError:
    from websockets.utils import apply_mask

__all__ = ["FrameReader", "frame_head"]

PLAIN = 0x82
"""FIN and binary, no reserved bit."""
KNOWN = frozenset({0x00, 0x01, 0x02, 0x80, 0x81, 0x82, 0x88, 0x89, 0x8A})
"""First bytes that a frame may have: FIN with any opcode, no FIN with data, no reserved bit."""
MASKED = 0x80
MANY = 1000
LARGE = 4096
"""Bytes of a message from which on it costs less to look at them in place than to copy them first."""
ENOUGH = 64 * 1024
MASK = 4
LENGTH_16, LENGTH_64 = 126, 127
_HEAD_16, _HEAD_64 = struct.Struct("!BBH"), struct.Struct("!BBQ")


def frame_head(size: int) -> bytes:
    """What goes before a binary message of `size` bytes from a server."""
    if size < LENGTH_16:
        return bytes((PLAIN, size))
    if size < 1 << 16:
        return _HEAD_16.pack(PLAIN, LENGTH_16, size)
    return _HEAD_64.pack(PLAIN, LENGTH_64, size)


class FrameReader:
    """Cuts what a client sends into frames; `limit` is the size of the largest message."""

    __slots__ = ("_at", "_data", "_limit", "_part", "_wanted")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._data = b""
        self._at = 0
        self._part = bytearray()  # a frame that is not whole yet
        self._wanted = 0  # the size at which it may be

    def feed(self, data: bytes) -> None:
        """Bytes came; what came before has been taken, as far as it was whole."""
        part = self._part
        if part:
            if len(part) + len(data) < self._wanted:
                part += data
                return
            data = b"".join((part, data))
            part.clear()
        self._data = data
        self._at = 0

    def take(self, messages: list[bytes]) -> bool:
        """Append the messages of plain frames, up to the first other frame, `MANY`, or `ENOUGH` bytes; whether there
        may be more.

        Not all at once, because what is made at once is memory that stays with the process, and because the program
        that gets the first of them is at work while the next ones are made.
        """
        room, enough = MANY, self._at + ENOUGH
        data, at, end, limit = self._data, self._at, len(self._data), self._limit
        while end - at > 1 + MASK and data[at] == PLAIN:
            size = data[at + 1] - MASKED
            start = at + 2 + MASK
            if size >= LENGTH_16:
                start += 2 if size == LENGTH_16 else 8
                size = int.from_bytes(data[at + 2 : start - MASK])
            stop = start + size
            if stop > end or start > stop or size > limit:
                break
            masked = data[start:stop] if size < LARGE else memoryview(data)[start:stop]
            messages.append(apply_mask(masked, data[start - MASK : start]))
            at = stop
            room -= 1
            if not room or at >= enough:
                self._at = at
                return True
        self._at = at
        return False

    def other(self) -> bytes:
        """The next frame, whole, or all there is where it is wrong; empty where there is none now."""
        data, at = self._data, self._at
        have = len(data) - at
        if not have:
            return b""
        wanted = 2 + MASK
        if data[at] not in KNOWN:
            return self._left()
        if have >= 2:
            size = data[at + 1] - MASKED
            if size < 0:
                return self._left()
            if size >= LENGTH_16:
                extra = 2 if size == LENGTH_16 else 8
                wanted += extra
                size = int.from_bytes(data[at + 2 : at + 2 + extra]) if have >= wanted else 0
            if size > self._limit:
                return self._left()
            wanted += size
        if have < wanted:
            self._part += self._left()
            self._wanted = wanted
            return b""
        self._at = at + wanted
        return data[at : self._at]

    def rest(self) -> bytes:
        """All that has not been taken, whole or not."""
        rest = bytes(self._part) + self._left()
        self._part.clear()
        return rest

    def _left(self) -> bytes:
        left = self._data[self._at :]
        self._data, self._at = b"", 0
        return left
