"""Bytes of a terminal as text: nothing is lost but the questions of old."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchflow_jupyter.server.terminal_text import TerminalText

QUESTIONS = [
    b"\x1b[c",
    b"\x1b[0c",
    b"\x1b[>c",
    b"\x1b[>0c",
    b"\x1b[=c",
    b"\x1b[5n",
    b"\x1b[6n",
    b"\x1b[?6n",
    b"\x1b[?2026$p",
    b"\x1b[4$p",
    b"\x1b[>q",
    b"\x1b[>0q",
    b"\x1b[?u",
    b"\x1b[18t",
    b"\x1b[14;2t",
    b"\x1b]11;?\x07",
    b"\x1b]10;?\x1b\\",
    b"\x1b]4;1;?\x1b\\",
    b"\x1b]52;c;?\x07",
    b"\x1bP$qm\x1b\\",
    b"\x1bP+q544e\x1b\\",
    b"\xc2\x9b6n",
]
KEPT = [
    b"\x1b[31m",
    b"\x1b[?1049h",
    b"\x1b[>4;2m",
    b"\x1b[2 q",
    b"\x1b[22;0t",
    b"\x1b[8;24;80t",
    b"\x1b]0;why?\x07",
    b"\x1b]11;#000000\x07",
    b"\x1b]8;;http://x/?\x1b\\",
    b"\x1b[!p",
    b"\x1b[?25$r",
    b"\x1b[6;6H",
    "größe? 🙂".encode(),
]


def said(text, pieces, offset=0):
    """What comes out where `pieces` go in."""
    out = ""
    for piece in pieces:
        out += text.feed(offset, piece)
        offset += len(piece)
    return out


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_of_old_is_taken_out_wherever_it_is_cut(question):
    data = b"before " + question + b" after"
    for cut in range(len(data) + 1):
        assert said(TerminalText(len(data)), [data[:cut], data[cut:]]) == "before  after"


@pytest.mark.parametrize("kept", KEPT)
def test_everything_else_of_old_is_kept_wherever_it_is_cut(kept):
    data = b"before " + kept + b" after"
    for cut in range(len(data) + 1):
        assert said(TerminalText(len(data)), [data[:cut], data[cut:]]) == data.decode()


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_of_now_is_asked(question):
    old = b"old " + question
    assert said(TerminalText(len(old)), [old + question]) == f"old {question.decode()}"


def test_a_question_that_began_in_old_times_and_ends_now_is_asked():
    assert said(TerminalText(2), [b"\x1b[", b"6n"]) == "\x1b[6n"


@given(st.text(), st.data())
def test_no_character_is_cut(text, data):
    whole = text.encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=5)))
    pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert said(TerminalText(), pieces) == text


@given(st.binary(), st.integers(0, 50), st.data())
def test_any_bytes_make_text_and_cuts_change_nothing(whole, history, data):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=5)))
    pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    history = min(history, len(whole))
    assert said(TerminalText(history), pieces) == said(TerminalText(history), [whole])


def test_after_a_restart_nothing_is_left_of_what_was_half():
    text = TerminalText(100)
    text.feed(0, b"a\xc3")
    text.feed(2, b"\x1b[6")
    text.restart()
    assert text.feed(50, b"n\xc3\xa9") == "né"
