"""Marks in output: found whole or cut anywhere, and believed only with the nonce."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchflow_jupyter.terminals.marks import LONGEST, Mark, Marks

NONCE = "n0nce"
PARTS = [
    b"\x1b]633;A;n0nce\x07",
    b"\x1b]633;D;12;n0nce\x1b\\",
    rb"]633;E;echo a\x3b b\\c;n0nce".join((b"\x1b", b"\x07")),
    b"\x1b]633;A;wrong\x07",
    b"\x1b]0;title\x07",
    b"\x1b]2;another\x1b\\",
    b"\x1b]633;A;n0nce\x18",
    b"\x1b]633;C;n0nce\x1b[m",
    b"\x1b]",
    b"\x1b",
    b"\x07",
    b"plain\r\n",
    "é日".encode(),
    b";n0nce",
    b"\\",
]


def of(data, offset=0):
    return [(mark.kind, mark.value) for mark in Marks(NONCE).feed(data, offset)]


@given(st.lists(st.sampled_from(PARTS), max_size=20), st.data())
def test_marks_are_the_same_however_the_output_is_cut(parts, data):
    whole = b"".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=10)))
    marks, found = Marks(NONCE), []
    for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True):
        found += marks.feed(whole[start:end], 100 + start)
    expected = [mark for mark in Marks(NONCE).feed(whole, 100) if mark.kind != "bell"]
    assert [mark for mark in found if mark.kind != "bell"] == expected


@given(st.binary(max_size=200))
def test_no_bytes_are_too_strange(data):
    assert all(mark.kind in ("bell", "title") for mark in Marks(NONCE).feed(data, 0))


def test_a_mark_knows_where_it_lies():
    (mark,) = Marks(NONCE).feed(b"abc\x1b]633;D;3;n0nce\x07def", 1000)
    assert mark == Mark("D", "3", 1003, 1003 + len(b"\x1b]633;D;3;n0nce\x07"))


def test_values_are_unescaped():
    assert of(rb"]633;E;a\x3bb\\x3b\x0ac;n0nce".join((b"\x1b", b"\x07"))) == [("E", "a;b\\x3b\nc")]


@pytest.mark.parametrize(
    "forged",
    [
        b"\x1b]633;A\x07",
        b"\x1b]633;D;0\x07",
        b"\x1b]633;D;0;\x07",
        b"\x1b]633;D;0;n0nc\x07",
        b"\x1b]633;n0nce\x07",
        b"\x1b]133;A;n0nce\x07",
        b"\x1b]633;A;n0nce;x\x07",
        b"\x1b]633;A;n0nce\x1b[m",
        b"\x1b]633;A;n0nce\x1a",
    ],
)
def test_what_has_not_the_nonce_at_its_end_is_no_mark(forged):
    assert of(forged) == []


def test_titles_and_bells_are_told_and_the_end_of_a_title_is_no_bell():
    assert of(b"a\x07\x07\x1b]0;one\x07b\x1b]2;two\x1b\\c\x07") == [
        ("bell", ""),
        ("title", "one"),
        ("title", "two"),
        ("bell", ""),
    ]


def test_a_string_without_end_is_not_waited_for():
    marks = Marks(NONCE)
    assert marks.feed(b"\x1b]633;" + b"x" * LONGEST, 0) == []
    assert [mark.kind for mark in marks.feed(b"\x1b]633;A;n0nce\x07", LONGEST + 6)] == ["A"]
