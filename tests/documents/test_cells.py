"""Cells that two changed: what does not meet is merged, and of what does both are kept."""

import copy

from hypothesis import given
from hypothesis import strategies as st

from orchflow_jupyter.documents.cells import alike, pair, plan
from orchflow_jupyter.documents.difference import apply


def cell(number, source=None, **more):
    source = f"cell {number}" if source is None else source
    return {"id": f"c{number}", "cell_type": "code", "source": source, "metadata": {}, "outputs": [], **more}


def carried_out(base, ours, theirs):
    """Our cells after the plan, and what is left to choose."""
    found = plan(base, ours, theirs)
    cells = copy.deepcopy(ours)
    for number, key, value in found.fields:
        cells[number][key] = value
    conflicts = []
    for number, merged in found.sources:
        cells[number]["source"] = apply(cells[number]["source"], merged.edits)
        conflicts += merged.conflicts
    numbers = [one for one in found.order if isinstance(one, int)]
    assert numbers == sorted(set(numbers))
    return [cells[one] if isinstance(one, int) else one for one in found.order], [*conflicts, *found.clashes]


NOTEBOOKS = st.lists(
    st.tuples(st.integers(0, 6), st.sampled_from(["", "a", "a\nb", "a\nc"]), st.integers(0, 1)),
    max_size=6,
    unique_by=lambda one: one[0],
).map(lambda found: [cell(number, source, outputs=[{"n": out}]) for number, source, out in found])


@given(NOTEBOOKS, NOTEBOOKS)
def test_where_one_did_nothing_the_others_cells_are_what_comes_out(base, other):
    assert carried_out(base, other, base) == (other, [])
    assert carried_out(base, base, other) == (other, [])


@given(NOTEBOOKS, NOTEBOOKS, NOTEBOOKS)
def test_of_what_either_wrote_all_is_in_the_cells_or_left_to_choose(base, ours, theirs):
    merged, conflicts = carried_out(base, ours, theirs)
    there = [one["id"] for one in merged]
    assert len(there) == len(set(there))
    had = {one["id"]: one for one in base}
    for one in ours:
        assert one["id"] in there or one == had.get(one["id"])
    for one in theirs:
        assert one["id"] in there or one == had.get(one["id"])
        if had.get(one["id"], {}).get("outputs") != one["outputs"]:
            now = next(other for other in merged if other["id"] == one["id"])
            assert now["outputs"] == one["outputs"] or conflicts


def test_edits_of_different_cells_and_new_ones_are_all_there():
    base = [cell(1), cell(2), cell(3)]
    ours = [cell(1, "mine"), cell(2), cell(8), cell(3)]
    theirs = [cell(1), cell(2, "theirs"), cell(9), cell(3)]
    merged, conflicts = carried_out(base, ours, theirs)
    assert [(one["id"], one["source"]) for one in merged] == [
        ("c1", "mine"),
        ("c2", "theirs"),
        ("c9", "cell 9"),
        ("c8", "cell 8"),
        ("c3", "cell 3"),
    ]
    assert conflicts == []


def test_a_cell_that_one_deleted_and_the_other_edited_stays():
    base = [cell(1), cell(2)]
    merged, (clash,) = carried_out(base, [cell(1, "mine"), cell(2)], [cell(2)])
    assert [one["source"] for one in merged] == ["mine", "cell 2"]
    assert clash[1:] == ("cell", "cell 1", "mine", "")
    merged, conflicts = carried_out(base, [cell(2)], [cell(1, "theirs"), cell(2)])
    assert [one["source"] for one in merged] == ["theirs", "cell 2"]
    assert conflicts == []


def test_outputs_that_both_changed_are_left_to_choose():
    base, ours, theirs = ([cell(1, outputs=[{"n": n}])] for n in range(3))
    merged, (clash,) = carried_out(base, ours, theirs)
    assert merged == ours
    assert clash == (0, "outputs", '[{"n": 0}]', '[{"n": 1}]', '[{"n": 2}]')


def test_true_is_not_one():
    assert alike({"a": [1, True, 1.5, None, "x"]}, {"a": [1, True, 1.5, None, "x"]})
    for one, other in (
        (1, True),
        (0, False),
        ([1], [True]),
        ({"a": 1}, {"a": True}),
        ({}, []),
        ([1], [1, 2]),
        (None, 0),
    ):
        assert not alike(one, other)
        assert not alike(other, one)


def test_a_cell_that_was_moved_is_moved_with_what_was_written_in_it():
    base = [cell(1), cell(2), cell(3), cell(4)]
    ours = [cell(1, "mine"), *base[1:]]
    merged, conflicts = carried_out(base, ours, [base[1], base[2], base[3], base[0]])
    assert [one["source"] for one in merged] == ["cell 2", "cell 3", "cell 4", "mine"]
    assert conflicts == []


def test_cells_without_ids_are_told_by_what_they_say_and_where_they_stand():
    def plain(*sources):
        return [{"cell_type": "code", "source": source} for source in sources]

    assert pair(plain("a", "b", "c"), plain("a", "new", "B", "c")) == [0, 1, None, 2]
    assert pair(plain("a", "b", "c"), plain("c")) == [2]
