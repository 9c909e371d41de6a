"""The ring against a plain bytes object that forgets nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchflow_jupyter.terminals.ring import LINE_SEARCH, Ring

CAPACITY = 37

steps = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.binary(max_size=3 * CAPACITY)),
        st.tuples(st.just("space"), st.binary(max_size=2 * CAPACITY)),
    ),
    max_size=30,
)


def filled(steps, capacity=CAPACITY):
    """A ring, and all that ever came."""
    ring, model = Ring(capacity), b""
    for how, data in steps:
        if how == "append":
            ring.append(data)
            model += data
        else:
            space = ring.space(len(data))
            count = len(space)
            space[:] = data[:count]
            space.release()
            ring.advance(count)
            model += data[:count]
    return ring, model


@given(steps)
def test_holds_the_last_bytes_at_their_offsets(steps):
    ring, model = filled(steps)
    assert (ring.start, ring.end) == (max(0, len(model) - CAPACITY), len(model))
    for offset in range(ring.start, ring.end + 1):
        assert ring.read(offset, CAPACITY) == model[offset:]
    ring.close()


@given(steps, st.integers(0, 200), st.integers(0, 100))
def test_read_gives_at_most_the_limit_or_refuses_what_is_not_held(steps, offset, limit):
    ring, model = filled(steps)
    if ring.start <= offset <= ring.end:
        assert ring.read(offset, limit) == model[offset : offset + limit]
    else:
        with pytest.raises(IndexError, match="not held"):
            ring.read(offset, limit)
    ring.close()


@given(steps, st.integers(0, 200))
def test_space_is_never_empty_nor_more_than_asked_for(steps, limit):
    ring, _ = filled(steps)
    space = ring.space(limit)
    assert min(limit, 1) <= len(space) <= limit
    space.release()
    ring.close()


@given(st.binary(max_size=3 * CAPACITY).map(lambda data: data.replace(b"x", b"\n")), st.integers(0, 120))
def test_line_start_is_held_and_after_a_newline_if_there_is_one(data, offset):
    ring, model = filled([("append", data)])
    at = ring.line_start(offset) if offset <= ring.end else ring.start
    start = max(offset, ring.start)
    if offset <= ring.end:
        assert start <= at <= ring.end
        known = model[max(start - 1, ring.start) :]
        if at > 0 and b"\n" in known:
            assert model[at - 1 : at] == b"\n"
            assert b"\n" not in model[start : at - 1]
    ring.close()


def test_line_start_of_the_very_beginning_is_the_beginning():
    ring, _ = filled([("append", b"first\nsecond")])
    assert ring.line_start(0) == 0
    assert ring.line_start(1) == 6
    assert ring.line_start(6) == 6
    ring.close()


def test_line_start_without_a_line_near_is_the_start_of_a_character():
    ring, _ = filled([("append", "é€😀".encode() * 5)])
    text = ring.read(ring.line_start(ring.start), CAPACITY)
    text.decode()
    assert len(text) > CAPACITY - 4
    ring.close()


def test_line_start_looks_no_further_than_it_says():
    ring = Ring(4 * LINE_SEARCH)
    ring.append(b"x" * (2 * LINE_SEARCH) + b"\n" + b"y" * 10)
    assert ring.line_start(5) == 5
    assert ring.line_start(2 * LINE_SEARCH - 5) == 2 * LINE_SEARCH + 1
    ring.close()


def test_memory_is_touched_only_as_it_fills():
    def resident():
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1])

    before = resident()
    rings = [Ring(64 * 1024 * 1024) for _ in range(4)]
    for ring in rings:
        ring.append(b"x" * 4096)
    assert resident() - before < 4096
    for ring in rings:
        ring.close()


def test_copy_outlives_the_ring():
    ring = Ring(CAPACITY)
    ring.append(b"kept")
    data = ring.read(0, 10)
    ring.close()
    ring.close()
    assert data == b"kept"
