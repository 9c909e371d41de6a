"""Characters of a Y.Text: whatever is edited, the text is what Python's slices would have made of it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycrdt import Doc, Text

from orchflow_jupyter.client.document_text import Characters, Edit, between, plain
from orchflow_jupyter.errors import InvalidRequestError

PIECES = ["a", "bc\n", "é", "e\u0301", "😀", "👩\u200d👩\u200d👧", "\U0010ffff", "漢字", "\ufeff", "line\nline\n", ""]
texts = st.lists(st.sampled_from(PIECES), max_size=6).map("".join)
steps = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), texts, st.booleans()), max_size=25)


def source(doc):
    return doc.get("source", type=Text)


def characters(text):
    doc = Doc()
    source(doc).insert(0, text)
    return Characters(doc, source)


def applied(text, edits):
    for start, deleted, inserted in edits:
        assert 0 <= start <= start + deleted <= len(text)
        text = text[:start] + inserted + text[start + deleted :]
    return text


@given(texts, steps)
def test_edits_by_character_are_python_slices(text, steps):
    edited = characters(text)
    for one, other, inserted, looks in steps:
        start, end = sorted((round(one * len(text)), round(other * len(text))))
        assert edited.splice(start, end, inserted) == Edit(start, end - start, inserted)
        text = text[:start] + inserted + text[end:]
        if looks:
            assert edited.value == text
    assert (edited.value, str(edited.text), edited.length) == (text, text, len(text))


@given(texts, steps)
def test_what_others_edit_is_learnt_by_character(text, steps):
    here, there = characters(text), Doc()
    there.apply_update(here.doc.get_update())
    deltas, theirs = [], Characters(there, source)
    here.text.observe(lambda event: deltas.append(event.delta))
    assert here.value == text
    for one, other, inserted, _ in steps:
        start, end = sorted((round(one * len(text)), round(other * len(text))))
        with there.transaction():
            theirs.splice(start, end, inserted)
            theirs.splice(0, 0, "!")
        here.doc.apply_update(there.get_update(here.doc.get_state()))
        assert applied(text, here.learn(deltas.pop())) == here.value == str(here.text)
        text = here.value


@pytest.mark.parametrize("text", ["", "abc", "é😀"])
@pytest.mark.parametrize("far", [-1, 4])
def test_an_index_outside_is_an_error_and_changes_nothing(text, far):
    edited = characters(text)
    for start, end in ((far, far), (0, far), (far, 0), (2, 1)):
        with pytest.raises(IndexError, match=f"{len(text)} characters"):
            edited.splice(start, end, "x")
    assert edited.value == text


@given(texts, texts)
def test_the_difference_of_two_texts_makes_one_of_the_other(old, new):
    assert applied(old, between(old, new)) == new


def test_a_difference_is_small():
    lines = [f"line {number}\n" for number in range(1000)]
    changed = [*lines[:100], "line one hundred\n", *lines[101:500], *lines[510:], "more\n"]
    edits = between("".join(lines), "".join(changed))
    assert applied("".join(lines), edits) == "".join(changed)
    assert sum(edit.deleted + len(edit.inserted) for edit in edits) < 130
    assert between("same", "same") == []


@settings(max_examples=20)
@given(st.text(alphabet="a\r\n😀"))
def test_line_ends_become_line_feeds(text):
    assert plain(text) == "\n".join(text.replace("\r\n", "\n").split("\r"))


@pytest.mark.parametrize("text", ["\ud83d", b"bytes", None])
def test_what_is_no_text_is_refused(text):
    with pytest.raises(InvalidRequestError):
        plain(text)
