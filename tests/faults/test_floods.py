"""A terminal that prints without end: nothing grows, nothing is lost, nobody else waits."""

import select
import struct
import zlib

import pytest

from orchflow_jupyter.protocol.terminal import HEAD, Op
from tests.support.engine import raw

MIB = 1024 * 1024
GB = 1_000_000_000
LINE = b"the quick brown fox jumps over the lazy dog, 0123456789 times!\r\n"
READY = b"ready;"


def flood(size, *, after=""):
    """A command that prints `size` bytes of one line, at the speed of C, once it has had a line; then `after`."""
    text = LINE.decode().removesuffix("\r\n") + "\r"
    return raw(f"head -c 1 >/dev/null; yes '{text}' | head -c {size}; {after}")


def expected(size):
    """The check sum of READY and `size` bytes of the line."""
    block = LINE * (MIB // len(LINE) + 1)
    total, left = zlib.crc32(READY), size
    at = 0
    while left > 0:
        piece = memoryview(block)[at : at + min(left, len(block) - at)]
        total = zlib.crc32(piece, total)
        left -= len(piece)
        at = 0
    return total


class FastReader:
    """Reads a stream's frames as fast as Python can: counts the output, sums it up, acknowledges it."""

    def __init__(self, stream):
        self._stream = stream
        stream.reads = False  # this reads now
        self._socket = stream.socket
        self._left = bytearray()
        self.sum = zlib.crc32(bytes(stream.output))
        self.end = self._acked = stream.end
        self.exited = False
        self.closed = False

    def read(self, timeout=30):
        """Take in what comes next."""
        assert select.select([self._socket], [], [], timeout)[0], "something comes"
        data = self._socket.recv(1 << 20)
        assert data
        self._left += data
        at, size = 0, len(self._left)
        with memoryview(self._left) as view:
            while size - at >= 4:
                first, length, start = view[at], view[at + 1], at + 2
                if length == 126:
                    length, start = struct.unpack_from("!H", view, start)[0], start + 2
                elif length == 127:
                    length, start = struct.unpack_from("!Q", view, start)[0], start + 8
                if start + length > size:
                    break
                self._take(first & 15, view[start : start + length])
                at = start + length
        del self._left[:at]
        if self.end - self._acked >= 64 * 1024 and not self.closed:
            self._acked = self.end
            self._stream.ack(self.end)

    def _take(self, opcode, message):
        if opcode == 8:
            self.closed = True
            return
        op, offset, _ = HEAD.unpack_from(message)
        if op == Op.OUTPUT:
            assert offset == self.end
            self.sum = zlib.crc32(message[HEAD.size :], self.sum)
            self.end += len(message) - HEAD.size
        elif op == Op.EXIT:
            assert offset == self.end
            self.exited = True
        else:
            assert op in (Op.INPUT_ACK, Op.RESIZED)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("size", [256 * MIB, pytest.param(GB, marks=pytest.mark.long)])
def test_every_byte_of_a_flood_comes_and_nothing_grows(engine, size):
    deaf = engine.run(flood(size), acknowledges=False)
    terminal = deaf.greet()["id"]
    stream = engine.attach(terminal)
    stream.text(READY)
    deaf.text(READY)
    deaf.reads = False
    before = engine.status()["memory"]["private"]
    stream.type(b"x")
    reader, most, mark = FastReader(stream), 0, 0
    while not reader.closed:
        reader.read()
        if reader.end - mark > size // 50:
            mark = reader.end
            most = max(most, engine.status()["memory"]["private"])
    assert reader.exited
    assert reader.end == size + len(READY)
    assert reader.sum == expected(size)
    assert most - before < 8 * MIB


def test_a_sibling_is_served_beside_a_flood_that_nobody_reads(engine):
    deaf = engine.run(["yes"], acknowledges=False, reads=False)
    other = engine.run(raw("exec cat"))
    other.text(READY)
    for number in range(200):
        other.type(b"%d;" % number)
        other.text(b";%d;" % number)
    deaf.reads = True
    deaf.until(lambda: deaf.full, "a window of output")


def test_a_flood_is_stopped_by_ctrl_c_and_the_shell_goes_on(engine):
    stream = engine.run(["sh"])
    stream.type(b"yes\r")
    stream.until(lambda: stream.end > 4 * MIB, "much output")
    stream.type(b"\x03")
    stream.type(b"echo on$((6*7))\r")
    stream.text(b"on42\r\n")
