"""A file's bytes come back as they were, but for the lines that were edited."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchflow_jupyter.documents.text import as_told, coding_in, coding_of, decode, encode, told
from orchflow_jupyter.errors import InvalidRequestError, NotSupportedError

WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n"), max_size=5)
ENDS = st.sampled_from(["\n", "\r\n", "\r"])
RAW = st.tuples(st.lists(st.tuples(WORDS, ENDS).map("".join), max_size=8).map("".join), WORDS).map("".join)
MARKED = st.sampled_from([("utf-8", b""), ("utf-8", codecs.BOM_UTF8), ("utf-16-le", codecs.BOM_UTF16_LE)])


@given(RAW, MARKED)
def test_what_was_not_edited_is_written_byte_for_byte(raw, marked):
    encoding, mark = marked
    data = mark + raw.encode(encoding)
    text = decode(data)
    assert "\r" not in text
    assert encode(text, data) == data


@given(st.binary(max_size=40))
def test_whatever_bytes_there_are_come_back_or_are_refused(data):
    try:
        text = decode(data)
    except NotSupportedError:
        return
    assert encode(text, data) == data


@given(RAW, st.integers(0, 9), st.sampled_from(["new", ""]))
def test_lines_that_were_not_edited_keep_their_ends(raw, at, new):
    data = raw.encode()
    lines = decode(data).split("\n")
    at = min(at, len(lines))
    lines[at:at] = [f"{new} line"]
    written = encode("\n".join(lines), data).decode()
    assert decode(written.encode()).split("\n") == lines
    kept = written.replace("\r\n", "N").replace("\r", "R").replace("\n", "n")
    had = raw.replace("\r\n", "N").replace("\r", "R").replace("\n", "n")
    assert len(kept) == len(had) + len(f"{new} line") + 1


@pytest.mark.parametrize(
    ("data", "text", "written"),
    [
        (b"a\r\nb\r\n", "a\nnew\nb\n", b"a\r\nnew\r\nb\r\n"),
        (b"a\rb\r", "a\nb\nc\n", b"a\rb\rc\r"),
        (b"a\nb\r\nc\rd", "a\nb!\nc\nd", b"a\nb!\r\nc\rd"),
        (b"a\nb\r\nc\rd", "a\nb\nnew\nc\nd\n", b"a\nb\r\nnew\r\nc\rd\r"),
        (b"a\r\nb\n", "b\n", b"b\n"),
        (b"\xef\xbb\xbfa\n", "b\n", b"\xef\xbb\xbfb\n"),
        (b"\xff\xfea\0", "é😀", b"\xff\xfe" + "é😀".encode("utf-16-le")),
        (b"caf\xe9\n", "caf\xe9 \xfc\n", b"caf\xe9 \xfc\n"),
        (b"\x93caf\xe9\x94\n", "“café” €\n", b"\x93caf\xe9\x94 \x80\n"),
        (b"", "new\n", b"new\n"),
    ],
)
def test_what_was_edited_is_written_as_the_file_was(data, text, written):
    assert encode(text, data) == written


@pytest.mark.parametrize(
    ("data", "coding"),
    [
        (b"", ("utf-8", b"", "\n")),
        (b"a\r\nb\n", ("utf-8", b"", "mixed")),
        (b"\xff\xfea\0\r\0\n\0", ("utf-16-le", b"\xff\xfe", "\r\n")),
        (b"caf\xe9\r", ("latin-1", b"", "\r")),
        (b"\x93", ("cp1252", b"", "\n")),
    ],
)
def test_it_is_told_how_a_text_lies_in_its_file(data, coding):
    assert coding_of(data) == coding


@pytest.mark.parametrize("data", [b"a\0b", b"\x89PNG\r\n\x1a\n\xff", b"\xff\xfe\0\0a\0\0\0", b"\x7fELF\x02\x01\xe9"])
def test_what_is_no_text_is_refused_with_a_reason(data):
    with pytest.raises(NotSupportedError, match="this is no text"):
        decode(data)


def test_a_character_that_the_encoding_lacks_is_named_with_its_line():
    with pytest.raises(InvalidRequestError, match=r"Latin-1, has no '→' \(line 2\)"):
        encode("café\n→\n", b"caf\xe9\n")


@pytest.mark.parametrize(
    ("data", "texts", "written"),
    [
        (b"a\r\nb\r\n", ["", "a\nb\n"], b"a\r\nb\r\n"),
        (b"a\r\nb\r\n", ["a", "a\nb"], b"a\r\nb"),
        (b"a\rb\n", ["a", "a\nb\n"], b"a\nb\n"),
        ("é\n".encode("latin-1"), ["", "e\n", "é\n"], "é\n".encode("latin-1")),
        ("é\n".encode("latin-1"), ["Ã©\n", "Ã©é\n"], "Ã©é\n".encode("latin-1")),
        (codecs.BOM_UTF8 + b"a\n", ["", "b\n"], codecs.BOM_UTF8 + b"b\n"),
        (
            codecs.BOM_UTF16_LE + "é\r\n".encode("utf-16-le"),
            ["", "x\n"],
            codecs.BOM_UTF16_LE + "x\r\n".encode("utf-16-le"),
        ),
    ],
)
def test_a_file_stays_as_it_was_over_what_was_saved_meanwhile(data, texts, written):
    coding = coding_of(data)
    for text in texts:
        data = encode(text, data, coding)
        coding = coding_in(data, coding)
        assert decode(data, coding) == text
        assert as_told(told(coding)) == coding
    assert data == written


def test_what_another_wrote_is_what_it_looks_like_where_its_bytes_say_so():
    before = coding_of("é\r\n".encode("latin-1"))
    assert coding_of(b"", before) == before
    assert coding_of(b"a\n", before) == before._replace(line_end="\n")
    assert coding_of("é\n".encode(), before) == coding_of("é\n".encode())
    assert coding_in("é\n".encode("utf-16"), before._replace(encoding="utf-8")) == coding_of("é\n".encode("utf-16"))


@pytest.mark.parametrize("told", [{}, {"encoding": "morse", "line_end": "\n"}, {"encoding": "utf-8", "line_end": 5}])
def test_what_is_no_coding_is_none(told):
    assert as_told(told) is None
