"""A socket between client and engine that is cut thousands of times, at any byte, while both talk.

ORCHFLOW_CUTS says how often, ORCHFLOW_SEED repeats a run as far as chance is ours.
"""

import os
import random
import socket

from tests.support.engine import PYTHON
from tests.support.flaky import FlakyWire, ReturningClient

CUTS = int(os.environ.get("ORCHFLOW_CUTS", "3000"))
LONGEST = 16 * 1024
"""Bytes in one direction before a cut, at most; few are more likely than many."""
PROGRAM = """
import os, random, sys, tty
size, seed = int(sys.argv[1]), int(sys.argv[2])
tty.setraw(0)
stream = random.Random(seed)
with open("got", "wb", 0) as got:
    while size:
        data = os.read(0, min(size, 4096))
        got.write(data)
        size -= len(data)
        said = stream.randbytes(4 * len(data))
        while said:
            said = said[os.write(1, said):]
"""
"""Records what it gets, and says four known bytes for each one."""


def talked(engine, chance, cuts):
    """A conversation over a wire that is cut: the wire, and whether what either side got is what the other sent."""
    typed, seed = chance.randbytes(700 * cuts + 100_000), chance.getrandbits(32)
    terminal = engine.create([*PYTHON, PROGRAM, str(len(typed)), str(seed)])
    heard = bytearray()
    at = 0

    def open_socket(parameters):
        ours, theirs = socket.socketpair()
        with theirs:
            asked = {"resource": f"terminals/{terminal}", "parameters": parameters, "principal": "tests"}
            engine.call("adopt", asked, [theirs.fileno()])
        return ours

    def feed(room):
        nonlocal at
        data = typed[at : at + chance.randint(1, min(room, 3000))]
        at += len(data)
        return data

    client = ReturningClient("flaky", heard.extend)
    wire = FlakyWire(chance, client, open_socket, LONGEST)
    wire.run(feed, cuts)
    said = random.Random(seed).randbytes(4 * len(typed))
    return wire, (engine.root / "got").read_bytes() == typed, heard == said


def test_both_directions_are_byte_identical_over_thousands_of_cuts(engine, chance):
    wire, typed_whole, heard_whole = talked(engine, chance, CUTS)
    assert (typed_whole, heard_whole) == (True, True)
    assert wire.cuts == CUTS
    assert wire.late > CUTS / 10
    assert engine.status()["counters"]["gaps"] == 0
