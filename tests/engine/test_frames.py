"""Frames cut by our own reader are those that websockets' protocol cuts, wherever the bytes are torn apart."""

import itertools
import os

from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode
from websockets.protocol import Protocol, Side, State

from orchflow_jupyter.engine.frames import FrameReader, frame_head

LIMIT = 70_000
SIZES = st.one_of(st.integers(0, 300), st.sampled_from([125, 126, 127, 65535, 65536, LIMIT]))
FRAMES = st.lists(st.tuples(st.sampled_from([Opcode.BINARY, Opcode.PING, Opcode.PONG]), SIZES), max_size=8)


@given(FRAMES, st.lists(st.integers(0, 200_000), max_size=6))
def test_every_message_comes_out_whole_and_in_order_wherever_the_bytes_are_torn(frames, cuts):
    wire, expected = b"", []
    for opcode, size in frames:
        data = os.urandom(size if opcode is Opcode.BINARY else min(size, 125))
        whole = Frame(opcode, data).serialize(mask=True)
        wire += whole
        expected.append(data if opcode is Opcode.BINARY else whole)
    reader, got = FrameReader(LIMIT), []
    edges = sorted({0, len(wire), *(cut for cut in cuts if cut < len(wire))})
    for start, stop in itertools.pairwise(edges):
        reader.feed(wire[start:stop])
        while True:
            while reader.take(got):
                pass
            other = reader.other()
            if not other:
                break
            got.append(other)
    assert got == expected
    assert reader.rest() == b""


def test_a_long_paste_is_cut_in_pieces_so_that_its_beginning_is_there_soon():
    reader, got = FrameReader(LIMIT), []
    reader.feed(b"".join(Frame(Opcode.BINARY, bytes(60_000)).serialize(mask=True) for _ in range(5)))
    counts = []
    while reader.take(got):
        counts.append(len(got))
    assert (counts, len(got)) == ([2, 4], 5)


@given(SIZES)
def test_a_head_is_what_websockets_makes_of_it(size):
    data = os.urandom(size)
    assert frame_head(size) + data == Frame(Opcode.BINARY, data).serialize(mask=False)


def test_a_frame_over_the_limit_or_without_a_mask_is_passed_on_as_it_is_and_at_once():
    for wrong in (b"\x82\xff" + (LIMIT + 1).to_bytes(8, "big") + b"mask", b"\x82\x03abc"):
        reader, got = FrameReader(LIMIT), []
        reader.feed(wrong)
        reader.take(got)
        assert (got, reader.other()) == ([], wrong)
        protocol = Protocol(Side.SERVER, state=State.OPEN, max_size=LIMIT)
        protocol.receive_data(wrong)
        assert protocol.close_sent is not None
