"""Differences are small and exact; of what two changed, nothing is lost."""

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchflow_jupyter.documents.difference import Edit, apply, diff
from orchflow_jupyter.documents.merge import merge
from orchflow_jupyter.documents.sequences import matches

LINES = st.lists(st.sampled_from(["", "a", "b", "a b", "a b c", "x = 1", "x = 2", "é😀", "}"]), max_size=12)
TEXTS = st.one_of(LINES.map("\n".join), st.text(alphabet="ab \n😀", max_size=30))


@given(TEXTS, TEXTS)
def test_a_difference_applied_to_the_old_text_is_the_new_one(old, new):
    edits = diff(old, new)
    assert apply(old, edits) == new
    assert all(a.end < b.start for a, b in itertools.pairwise(edits))
    assert all(old[edit.start : edit.end] != edit.text for edit in edits)


@given(st.lists(st.integers(0, 5), max_size=40), st.lists(st.integers(0, 5), max_size=40))
def test_runs_that_match_are_the_same_in_both_and_in_order(old, new):
    i_end = j_end = 0
    for i, j, size in matches(old, new):
        assert size
        assert i >= i_end
        assert j >= j_end
        assert old[i : i + size] == new[j : j + size]
        i_end, j_end = i + size, j + size


@pytest.mark.parametrize(
    ("old", "new", "edits"),
    [
        ("one\ntwo\n", "one\ntwo\n", []),
        ("", "new", [Edit(0, 0, "new")]),
        ("one\ntwo\nthree\n", "one\ntwenty\nthree\n", [Edit(6, 7, "enty")]),
        ("a\nb\n", "a\nx\nb\n", [Edit(2, 2, "x\n")]),
        ("lr = 0.1, steps = 10", "lr = 0.2, steps = 100", [Edit(7, 8, "2"), Edit(20, 20, "0")]),
        ("wholly different\n", "nothing of that\n", [Edit(0, 15, "nothing of tha")]),
    ],
)
def test_a_difference_is_as_small_as_a_person_would_make_it(old, new, edits):
    assert diff(old, new) == edits


def test_one_line_of_a_megabyte_is_one_small_edit():
    lines = [f"line {number} of a long file\n" for number in range(40_000)]
    old = "".join(lines)
    lines[20_000] = "another line\n"
    edits = diff(old, "".join(lines))
    assert sum(len(edit.text) for edit in edits) < 20
    assert len(edits) <= 2


def test_what_is_too_different_for_a_short_script_is_still_told():
    shuffler = random.Random(1)
    old = "".join(shuffler.choice("ab}\n") + "\n" for _ in range(5_000))
    new = "".join(shuffler.choice("ab{\n") + "\n" for _ in range(5_000))
    assert apply(old, diff(old, new)) == new


@given(TEXTS, TEXTS)
def test_where_one_did_nothing_the_others_text_is_what_comes_out(base, other):
    assert merge(base, other, base) == ([], [])
    assert merge(base, other, other) == ([], [])
    edits, conflicts = merge(base, base, other)
    assert (apply(base, edits), conflicts) == (other, [])


def chosen(base, ours, theirs):
    """What is merged, and what it is where theirs is taken in every conflict."""
    edits, conflicts = merge(base, ours, theirs)
    merged = apply(ours, edits)
    for conflict in conflicts:
        assert merged[conflict.start : conflict.end] == conflict.ours
        assert conflict.ours != conflict.theirs
    return merged, apply(merged, [Edit(one.start, one.end, one.theirs) for one in conflicts]), conflicts


@given(TEXTS, TEXTS, TEXTS)
def test_every_conflict_says_what_stands_there_and_who_swaps_the_sides_meets_the_same(base, ours, theirs):
    merged, taken, conflicts = chosen(base, ours, theirs)
    other, other_taken, others = chosen(base, theirs, ours)
    assert [(one.base, one.ours, one.theirs) for one in conflicts] == [(o.base, o.theirs, o.ours) for o in others]
    assert merged == other_taken
    assert taken == other


@given(st.lists(st.tuples(st.sampled_from("kkkmtb"), st.integers(0, 99)), max_size=15))
def test_lines_that_either_changed_are_all_there(lines):
    base = [f"line {number} {salt}\n" for number, (_, salt) in enumerate(lines)]
    ours = [f"mine {number}\n" if who in "mb" else base[number] for number, (who, _) in enumerate(lines)]
    theirs = [f"other {number}\n" if who in "tb" else base[number] for number, (who, _) in enumerate(lines)]
    merged, _, conflicts = chosen("".join(base), "".join(ours), "".join(theirs))
    kept = "".join(one.theirs for one in conflicts)
    for number, (who, _) in enumerate(lines):
        assert who not in "mb" or f"mine {number}\n" in merged
        assert who != "t" or f"other {number}\n" in merged + kept
        assert who != "b" or f"other {number}\n" in kept


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "merged"),
    [
        ("a\nb\nc\n", "A\nb\nc\n", "a\nb\nC\n", "A\nb\nC\n"),
        ("a\nb\n", "a\nmine\nb\n", "a\nb\ntheirs\n", "a\nmine\nb\ntheirs\n"),
        ("f(lr=1, n=2)\n", "f(lr=10, n=2)\n", "f(lr=1, n=3)\n", "f(lr=10, n=3)\n"),
        ("a\nb\nc\n", "a\nc\n", "a\nb\nnew\nc\n", "a\nnew\nc\n"),
        ("a\nb\n", "a\nB\n", "a\nB\n", "a\nB\n"),
        ("a\n", "a!\n", "a\nmore\n", "a!\nmore\n"),
    ],
)
def test_what_does_not_meet_is_merged(base, ours, theirs, merged):
    edits, conflicts = merge(base, ours, theirs)
    assert (apply(ours, edits), conflicts) == (merged, [])


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "region"),
    [
        ("a\nfoo()\nz\n", "a\n()\nz\n", "a\nfood()\nz\n", ("foo()\n", "()\n", "food()\n")),
        ("a\n", "a\nmine\n", "a\ntheirs\n", ("", "mine\n", "theirs\n")),
        ("x = 12\n", "x = 13\n", "x = 22\n", ("x = 12\n", "x = 13\n", "x = 22\n")),
        ("a\nb\nc\n", "a\nB\nc\n", "a\nc\n", ("b\n", "B\n", "")),
        ("end", "end of mine", "end of theirs", ("end", "end of mine", "end of theirs")),
    ],
)
def test_what_meets_is_a_conflict_of_whole_lines_and_ours_stays(base, ours, theirs, region):
    edits, (conflict,) = merge(base, ours, theirs)
    assert apply(ours, edits) == ours
    assert (conflict.base, conflict.ours, conflict.theirs) == region
