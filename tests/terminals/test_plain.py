"""What may go unparsed: text and its colours, and nothing that lasts beyond them."""

import pytest

from orchflow_jupyter.terminals.plain import LONGEST, lines_ended, pen_after, plain_part

PLAIN = {
    "letters": b"letters\r\n",
    "tabs, bells and backspaces": b"\ttab\a\b \x0b\x0c\x00\x7f",
    "colours": b"\x1b[31mred\x1b[0;1;38;5;200mpink\x1b[48:2::1:2:3mbehind\x1b[m",
    "erased lines": b"\x1b[K\x1b[1K\x1b[2K",
    "beyond ASCII": "č 東京 🙂".encode(),
    "half a character": "東".encode()[:2],
}
NOT_PLAIN = {
    "a mode": b"\x1b[?2004h",
    "a cursor that goes up": b"\x1b[3A",
    "a title": b"\x1b]2;title\x07",
    "another character set": b"\x1b(0",
    "a shift": b"\x0eqqq\x0f",
    "a reset": b"\x1bc",
    "CSI as one character": b"\xc2\x9b2J",
    "margins": b"\x1b[3;10r",
    "a private mode that looks like a colour": b"\x1b[>4;2m",
}


@pytest.mark.parametrize("data", PLAIN.values(), ids=PLAIN)
def test_text_and_colours_are_plain(data):
    assert plain_part(data) == len(data)


@pytest.mark.parametrize("data", NOT_PLAIN.values(), ids=NOT_PLAIN)
def test_what_changes_more_than_text_is_not_plain(data):
    assert plain_part(data + b"text" * 20) == 0
    assert plain_part(b"text\r\n" + data + b"text" * 20) == 0


@pytest.mark.parametrize("cut", [b"\x1b", b"\x1b[", b"\x1b[38;5", b"\x1b[38;5;"])
def test_sequence_that_is_cut_off_is_left_for_the_next_piece(cut):
    assert plain_part(b"text" * 20 + cut) == 80


@pytest.mark.parametrize(
    ("data", "before", "after"),
    [
        (b"text", b"", b""),
        (b"text", b"\x1b[1m", b"\x1b[1m"),
        (b"\x1b[31mred", b"\x1b[1m", b"\x1b[1m\x1b[31m"),
        (b"\x1b[31mred\x1b[0m text", b"\x1b[1m", b"\x1b[0m"),
        (b"\x1b[31mred\x1b[m text \x1b[4m\x1b[K", b"\x1b[1m", b"\x1b[m\x1b[4m"),
    ],
)
def test_pen_is_made_of_what_came_since_it_was_put_back(data, before, after):
    assert pen_after(data, before) == after


def test_pen_of_too_many_sequences_is_given_up():
    assert pen_after(b"\x1b[38;5;1m" * LONGEST, b"") is None


@pytest.mark.parametrize("between", [*PLAIN.values(), NOT_PLAIN["a mode"], NOT_PLAIN["a title"], b"\x1b[2D\x1b[P\x1b="])
def test_lines_are_counted_past_what_stays_in_its_row(between):
    assert lines_ended(b"one\r\n" + between + b"\r\nlast\r\n") == 3 + between.count(b"\n")


@pytest.mark.parametrize("name", ["a cursor that goes up", "a reset", "CSI as one character", "margins"])
def test_lines_are_counted_up_to_what_may_lead_them_elsewhere(name):
    assert lines_ended(b"one\r\ntwo\r\n" + NOT_PLAIN[name] + b"\r\n" * 20) == 2
