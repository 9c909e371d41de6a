"""What a recording's lines say."""

import json
import os

import pytest

from orchflow_jupyter.terminals.asciicast import Encoder, header, status
from orchflow_jupyter.terminals.pty import Exit


def events(encoder, *given):
    return [json.loads(line) for line in encoder.lines(given).splitlines()]


def test_the_header_says_version_size_time_and_command():
    head = header(["sh", "-c", "a b"], "name", (100, 30), 1_700_000_000.9)
    assert head.endswith(b"}\n")
    assert json.loads(head) == {
        "version": 3,
        "term": {"cols": 100, "rows": 30, "type": "xterm-256color"},
        "timestamp": 1_700_000_000,
        "title": "name",
        "command": "sh -c 'a b'",
    }


def test_times_are_intervals_whose_rounding_never_adds_up():
    lines = events(Encoder(10.0), *[(10.0 + n / 3, "o", b"x") for n in range(1, 301)])
    assert sum(interval for interval, _, _ in lines) == pytest.approx(100.0, abs=1e-6)
    assert lines[0] == [0.333333, "o", "x"]


def test_a_character_cut_between_events_comes_whole():
    encoder = Encoder(0.0)
    text = "aä€😀z"
    lines = events(encoder, *[(n, "o", bytes([byte])) for n, byte in enumerate(text.encode())])
    assert "".join(data for _, _, data in lines) == text
    assert "�" not in text


def test_bytes_that_are_no_text_are_replaced_and_what_is_cut_at_the_end_too():
    lines = events(Encoder(0.0), (1.0, "o", b"a\xffb\xe2\x82"), (2.0, "x", b"0"))
    assert lines == [[1.0, "o", "a�b"], [1.0, "o", "�"], [0.0, "x", "0"]]


def test_input_and_output_are_decoded_apart():
    lines = events(Encoder(0.0), (1.0, "o", b"\xc3"), (1.0, "i", b"x"), (2.0, "o", b"\xa4"))
    assert lines == [[1.0, "i", "x"], [1.0, "o", "ä"]]


def test_lines_are_of_one_line_whatever_the_output_has():
    data = bytes(range(32)) + "\u2028\n\x7f\x9b".encode()
    assert Encoder(0.0).lines([(0.0, "o", data)]).count(b"\n") == 1


def test_the_nonce_of_a_shells_marks_is_left_out_wherever_the_marks_are_cut():
    said = b"a\x1b]633;A;5ec3e7\x07$ \x1b[1mb\x1b]633;C;5ec3e7\x1b\\end"
    for cut in range(len(said)):
        encoder = Encoder(0.0, "5ec3e7")
        text = "".join(data for _, _, data in events(encoder, (0.0, "o", said[:cut]), (1.0, "o", said[cut:])))
        assert text.encode() == said.replace(b"5ec3e7", b"")


@pytest.mark.parametrize(("raw", "said"), [(0, b"0"), (3 << 8, b"3"), (9, b"137"), (2, b"130")])
def test_an_end_is_the_status_that_a_shell_would_say(raw, said):
    assert os.waitstatus_to_exitcode(raw) is not None
    assert status(Exit(raw)) == said
