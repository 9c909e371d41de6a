"""A socket between client and engine that is cut thousands of times, at any byte, while both talk.

ORCHFLOW_CUTS says how often, ORCHFLOW_SEED repeats a run as far as chance is ours.
"""

import os
import random
import socket

from tests.support.engine import PYTHON
from tests.support.flaky import FlakyWire, ReturningClient

CUTS = int(os.environ.get("ORCHFLOW_CUTS", "2000"))
LONGEST = 64 * 1024
"""Bytes in one direction before a cut, at most."""
SAYS = 2
"""Bytes that the program says for each one that it gets."""
LAG = 48 * 1024
"""Bytes that it may have said and we not heard, so that none is gone before we are back."""
READY = b"ready;"
PLAIN = bytes(byte if 0x20 <= byte < 0x7F or byte >= 0xA0 else 0x41 + byte % 26 for byte in range(256))
"""Makes other bytes of control characters: the engine would answer what looks like a question while we are away."""
MARK = b"\x00the end of it\xff\x01"
PROGRAM = f"""
import os, random, sys, tty
tty.setraw(0)
os.write(1, {READY!r})
stream, tail = random.Random(int(sys.argv[1])), b""
with open("got", "wb", 0) as got:
    while not tail.endswith({MARK!r}):
        data = os.read(0, 4096)
        got.write(data)
        tail = (tail + data)[-{len(MARK)}:]
        said = stream.randbytes({SAYS} * len(data) // 4 * 4 + 4).translate({PLAIN!r})
        while said:
            said = said[os.write(1, said):]
"""
"""Records what it gets up to the mark, and says known bytes meanwhile."""


class Conversation:
    """A program and us, both talking, over a wire that is cut so often."""

    def __init__(self, engine, chance, cuts):
        self._engine = engine
        self._chance = chance
        self._cuts = cuts
        self.seed = chance.getrandbits(32)
        self.typed = bytearray()
        self.heard = bytearray()
        self.ended = False
        self.terminal = engine.create([*PYTHON, PROGRAM, str(self.seed)])
        self.client = ReturningClient("flaky", self.heard.extend)
        self.wire = FlakyWire(chance, self.client, self._open, LONGEST)

    def hold(self):
        """From the first to the last byte."""
        self.wire.run(self._feed, self._cuts)

    def _open(self, parameters):
        ours, theirs = socket.socketpair()
        with theirs:
            asked = {"resource": f"terminals/{self.terminal}", "parameters": parameters, "principal": "tests"}
            self._engine.call("adopt", asked, [theirs.fileno()])
        return ours

    def _feed(self, room):
        if self.ended or not self.heard or SAYS * len(self.typed) > len(self.heard) + LAG:
            return b""
        self.ended = self.wire.cuts >= self._cuts
        data = MARK if self.ended else self._chance.randbytes(self._chance.randint(1, min(room, 3000)))
        self.typed += data
        return data


def test_both_directions_are_byte_identical_over_thousands_of_cuts(engine, chance):
    talk = Conversation(engine, chance, CUTS)
    talk.hold()
    assert (engine.root / "got").read_bytes() == talk.typed
    said = random.Random(talk.seed).randbytes(len(talk.heard) - len(READY)).translate(PLAIN)
    assert talk.heard == READY + said
    assert len(talk.heard) > SAYS * len(talk.typed)
    assert talk.client.exit == {"code": 0, "signal": None}
    assert talk.wire.cuts == CUTS
    assert talk.wire.late > CUTS / 10
    assert talk.client.resent > CUTS
    assert engine.status()["counters"]["gaps"] == 0
