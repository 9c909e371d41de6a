"""Sizes by offset against a plain list."""

from hypothesis import given
from hypothesis import strategies as st

from orchflow_jupyter.terminals.sizes import KEPT, Sizes

changes = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 1000), st.integers(1, 1000)), max_size=40)


def filled(changes):
    sizes, model, offset = Sizes(80, 24), [(0, (80, 24))], 0
    for step, cols, rows in changes:
        offset += step
        sizes.add(offset, cols, rows)
        model.append((offset, (cols, rows)))
    return sizes, model


@given(changes, st.integers(0, 3000))
def test_size_at_an_offset_is_the_last_that_was_set_before_it(changes, offset):
    sizes, model = filled(changes)
    assert sizes.at(offset) == [size for at, size in model if at <= offset][-1]


@given(changes, st.integers(0, 3000))
def test_walk_from_an_offset_meets_every_later_change_in_order(changes, offset):
    sizes, model = filled(changes)
    number, met = sizes.after(offset), []
    while (at := sizes.offset_of(number)) is not None:
        met.append((at, sizes.at(at)))
        number = sizes.after(at)
    assert met == [(at, size) for at, size in dict(model).items() if at > offset]


def test_numbers_of_changes_stay_when_the_oldest_are_forgotten():
    sizes = Sizes(80, 24)
    for n in range(1, 3 * KEPT):
        sizes.add(n, n % 1000 + 1, 24)
        if n == 2 * KEPT:
            number = sizes.after(n - 1)
    assert sizes.offset_of(number) == 2 * KEPT
    assert sizes.offset_of(sizes.after(3 * KEPT)) is None
    assert sizes.at(3 * KEPT) == ((3 * KEPT - 1) % 1000 + 1, 24)


def test_forgotten_change_is_answered_by_the_oldest_that_is_known():
    sizes = Sizes(80, 24)
    for n in range(1, 3 * KEPT):
        sizes.add(n, n % 1000 + 1, 24)
    oldest = sizes.offset_of(0)
    assert oldest > KEPT
    assert sizes.offset_of(5) == oldest
    assert sizes.at(oldest) == sizes.at(0)
