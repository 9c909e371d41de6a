"""Relative positions: whoever else edits, a cursor stays between the characters that it was between."""

import random

import pytest
from pycrdt import Doc, Text

from orchflow_jupyter.client.document_places import after_own, at_deletion, place, resolve
from orchflow_jupyter.client.document_text import Characters

ALPHABETS = {"ascii": "abc\n", "mixed": "a😀é\n漢\U0010ffff"}


def source(doc):
    return doc.get("source", type=Text)


def edited(seed, alphabet):
    """A document that three have edited in turns, so that its text is in many pieces; and another like it."""
    rng = random.Random(seed)
    docs = [Doc() for _ in range(3)]
    for _ in range(30):
        doc = rng.choice(docs)
        text = Characters(doc, source)
        start = rng.randint(0, text.length)
        end = rng.randint(start, min(text.length, start + 3)) if rng.random() < 0.4 else start
        text.splice(start, end, "".join(rng.choices(alphabet, k=rng.randint(0, 5))))
        other = rng.choice(docs)
        other.apply_update(doc.get_update(other.get_state()))
    for doc in docs[1:]:
        docs[0].apply_update(doc.get_update(docs[0].get_state()))
    docs[1].apply_update(docs[0].get_update(docs[1].get_state()))
    return Characters(docs[0], source), Characters(docs[1], source)


@pytest.mark.parametrize("alphabet", ALPHABETS)
@pytest.mark.parametrize("seed", range(15))
def test_every_place_is_found_again_here_and_elsewhere(seed, alphabet):
    here, there = edited(seed, ALPHABETS[alphabet])
    for index in range(here.length + 1):
        position = place(here, index)
        assert resolve(here, position) == resolve(there, position) == index


@pytest.mark.parametrize("alphabet", ALPHABETS)
@pytest.mark.parametrize("seed", range(5))
def test_a_place_moves_with_the_text(seed, alphabet):
    here, there = edited(seed, ALPHABETS[alphabet])
    index = here.length // 2
    position = place(here, index)
    there.splice(0, 0, "😀 before ")
    there.splice(there.length, there.length, "after")
    assert resolve(there, position) == index + len("😀 before ")
    assert resolve(here, position) == index
    if index + 2 <= here.length:
        there.splice(index + len("😀 before "), there.length, "")
        assert resolve(there, position) == there.length


@pytest.mark.parametrize("text", ["abcd", "a😀é\n"])
def test_ones_own_place_is_behind_what_one_wrote_or_where_one_deleted(text):
    here = Characters(Doc(), source)
    assert after_own(here.doc) is None
    here.splice(0, 0, text)
    here.splice(2, 2, "😀x")
    assert resolve(here, after_own(here.doc)) == 4
    last = []
    here.doc.observe(lambda event: last.append(event.update))
    here.splice(1, 3, "")
    assert resolve(here, at_deletion(last[0])) == 1
    here.splice(0, 0, "y")
    assert at_deletion(last[1]) is None


@pytest.mark.parametrize("text", ["abc", "é😀"])
def test_what_is_not_here_or_is_nonsense_is_nowhere(text):
    here = Characters(Doc(), source)
    here.splice(0, 0, text)
    for position in (
        None,
        3,
        {"item": {"client": 5, "clock": 0}},
        {"item": {"client": here.doc.client_id, "clock": 9}},
    ):
        assert resolve(here, position) is None
    assert resolve(here, {"tname": "source", "assoc": 0}) == len(text)
    assert resolve(here, {"tname": "source", "assoc": -1}) == 0


def test_a_place_in_another_text_is_nowhere_in_this_one():
    doc = Doc()
    one, other = Characters(doc, source), Characters(doc, lambda doc: doc.get("other", type=Text))
    for text in (one, other):
        text.splice(0, 0, "é😀")
    assert resolve(one, place(other, 1)) is None
