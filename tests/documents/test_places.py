"""Characters and bytes: the one place where they are converted."""

import json

from hypothesis import given
from hypothesis import strategies as st
from pycrdt import Array, Doc, Map, Text

from orchflow_jupyter.documents.difference import apply, diff
from orchflow_jupyter.documents.places import change, follow, region, to_bytes

TEXTS = st.text(alphabet="ab\né😀漢", max_size=30)


def written(text):
    doc = Doc()
    source = doc.get("source", type=Text)
    if text:
        source.insert(0, text)
    return source


def followed(source, start, end):
    text = str(source)
    with source.doc.transaction():
        places = follow(source, start, end)
    assert str(source) == text
    return places


@given(TEXTS, st.lists(st.integers(0, 30)))
def test_places_among_characters_are_those_among_bytes(text, places):
    places = sorted(min(place, len(text)) for place in places)
    assert to_bytes(text, places) == [len(text[:place].encode()) for place in places]


@given(TEXTS, TEXTS)
def test_edits_make_of_a_document_what_they_make_of_its_text(old, new):
    source = written(old)
    with source.doc.transaction():
        change(source, old, diff(old, new))
    assert str(source) == new == apply(old, diff(old, new))


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_a_region_follows_its_text_and_takes_in_nothing_at_its_edges(before, inside, after, typed):
    source = written(before + inside + after)
    start, end = len(before.encode()), len((before + inside).encode())
    first, last = json.loads(json.dumps(followed(source, start, end)))
    assert region(source, first, last) == (start, end)
    if after and typed:
        source.insert(end, typed)
    if before and typed:
        source.insert(0, typed)
        start, end = start + len(typed.encode()), end + len(typed.encode())
    assert region(source, first, last)[1] == end or not inside
    if inside:
        assert region(source, first, last) == (start, end)


def test_a_region_comes_back_from_a_document_and_may_be_all_of_a_cell():
    doc = Doc()
    state, cells = doc.get("state", type=Map), doc.get("cells", type=Array)
    cells.append(Map({"source": Text("one\ntwo\n")}))
    source = cells[0]["source"]
    state["places"] = [*followed(source, 4, 8), *followed(source, 0, 8), *followed(source, 8, 8)]
    first, last, whole_first, whole_last, end_first, end_last = state["places"]
    source.insert(0, "zero\n")
    assert region(source, first, last) == (9, 13)
    assert region(source, whole_first, whole_last) == (5, 13)
    assert region(source, end_first, end_last)[1] == 13
    source.clear()
    assert region(source, first, last) == (0, 0)


def test_places_in_an_empty_text_are_told_without_a_panic():
    source = written("")
    assert region(source, *followed(source, 0, 0)) == (0, 0)
