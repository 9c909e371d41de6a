"""How much goes through: output, pasted input, many small inputs, and what a client gets that comes back."""

import contextlib
import hashlib
import random
import statistics
import time

from benchmarks.figures import Amounts, Figures
from benchmarks.servers import Bare, Jupyters, Place

__all__ = ["inputs", "output", "paste", "reconnect"]

MIB = 1024 * 1024
PASTE_PIECE = 64 * 1024
"""Bytes of one message of a paste."""
GO = b"x"
LETTERS = b"abcdefghijklmnopqrstuvwxyz"


def output(place: Place, amounts: Amounts) -> Figures:
    """A program that writes as fast as it can, in blocks of 64 KiB, and a client that takes it all."""
    size = amounts.output_mib * MIB
    with place.run("burst", size) as terminal:
        began = time.perf_counter()
        terminal.send(GO)
        terminal.skip(size)
        return {"rate": amounts.output_mib / (time.perf_counter() - began)}


def paste(place: Place, amounts: Amounts) -> Figures:
    """1 MiB typed in, until the program's answer, its hash of what it got, is there."""
    took = []
    with place.run("digest", MIB) as terminal:
        for _ in range(amounts.repeats):
            data = _letters(MIB)
            wanted = hashlib.sha256(data).hexdigest().encode()
            packed = terminal.pack([data[at : at + PASTE_PIECE] for at in range(0, MIB, PASTE_PIECE)])
            began = time.perf_counter()
            terminal.post(packed)
            answer = terminal.expect_size(len(wanted))
            took.append((time.perf_counter() - began) * 1e3)
            if answer != wanted:
                raise RuntimeError(f"{place.title}: what the program got is not what was typed")
    return {"p50": statistics.median(took)}


def inputs(place: Place, amounts: Amounts) -> Figures:
    """Many inputs of one to three bytes, each a message of its own, until the program's hash of them all is there."""
    count = amounts.slow_inputs if isinstance(place, Jupyters) else amounts.inputs
    pieces, wanted, size = small_inputs(count)
    with place.run("digest", size) as terminal:
        packed = terminal.pack(pieces)
        began = time.perf_counter()
        terminal.post(packed)
        answer = terminal.expect_size(len(wanted))
        took = time.perf_counter() - began
    return {"rate": count / took, "in order": float(answer == wanted)}


def small_inputs(count: int) -> tuple[list[bytes], bytes, int]:
    """`count` inputs, the program's answer to them, and how many bytes they are."""
    data = _letters(3 * count)
    chosen = random.Random(count)
    pieces = [data[3 * n : 3 * n + chosen.randint(1, 3)] for n in range(count)]
    whole = b"".join(pieces)
    return pieces, hashlib.sha256(whole).hexdigest().encode(), len(whole)


def reconnect(place: Place, amounts: Amounts) -> Figures:
    """A client that comes back and gets the last 1 MiB of output: from its connect to the last byte, and of this the
    time from the connection's being open, when the server has let it in.

    Ours says where it was (`since`); Jupyter's gets what the server replays, which here is the same.
    """
    if isinstance(place, Bare):
        return {}
    took, bulk = [], []
    with place.create("burst", MIB) as made:
        with contextlib.closing(place.attach(made)) as terminal:
            terminal.expect(b"READY;")
            terminal.send(GO)
            terminal.skip(MIB)
        since = None if isinstance(place, Jupyters) else len(b"READY;")
        for _ in range(amounts.repeats):
            began = time.perf_counter()
            with contextlib.closing(place.attach(made, since)) as terminal:
                opened = time.perf_counter()
                terminal.skip(MIB)
                ended = time.perf_counter()
            took.append((ended - began) * 1e3)
            bulk.append((ended - opened) * 1e3)
    return {"p50": statistics.median(took), "from open, p50": statistics.median(bulk)}


def _letters(size: int) -> bytes:
    """Plain letters that do not repeat."""
    return random.randbytes(size).translate((LETTERS * 10)[:256])
