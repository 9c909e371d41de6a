"""A screen: what its snapshot paints on a reset terminal is what it was made of."""

import pytest

from orchflow_jupyter.terminals.screen import Screen

STATES = {
    "nothing": b"",
    "text and colour": b"hello\r\n\x1b[31mred \x1b[38;2;1;2;3mrgb\x1b[48;5;200m",
    "wrapped lines": b"0123456789" * 7 + b"\r\nend",
    "cursor behind the last column": b"0123456789" * 2,
    "wide and joined characters": "漢字 e\u0301 \U0001f600".encode(),
    "cleared below scrollback": b"a\r\n" * 12 + b"\x1b[H\x1b[2J",
    "blank rows at the end": b"a\r\n" * 12 + b"\x1b[H\x1b[JX",
    "alternate screen over text": b"main\r\nx\x1b[33m\x1b[?1049h\x1b[2;2Halt\x1b[4;4H\x1b7\x1b[5;20HZ",
    "region and origin": b"\x1b[2;4r\x1b[?6h\x1b[2;3Hq",
    "saved cursor": b"\x1b[3;4H\x1b[1;35m\x1b7\x1b[0m\x1b[1;1Hx",
    "input modes": b"\x1b[?1h\x1b=\x1b[?1002h\x1b[?1006h\x1b[?2004h\x1b[?1004h\x1b[?25l\x1b[4h",
    "title and palette": b"\x1b]2;a title\x07\x1b]4;1;#123456\x07\x1b]11;#000000\x07",
    "coloured rows": b"\x1b[44m\x1b[2K\r\n\r\n\x1b[48;2;1;2;3m\x1b[2K\x1b[m",
    "line drawing": b"\x1b(0lqk",
    "tab stops": b"\x1b[3g\x1b[5G\x1bH\r",
}


def screen(data):
    made = Screen(20, 5, 1000, 1 << 20)
    made.feed(data)
    return made


@pytest.mark.parametrize("name", STATES)
def test_snapshot_of_a_restored_screen_is_the_same_again(name):
    snapshot = screen(STATES[name]).snapshot()
    once = screen(snapshot).snapshot()
    assert screen(once).snapshot() == once
    assert once.replace(b"\x1b[0m", b"").split() == snapshot.replace(b"\x1b[0m", b"").split() or "alternate" in name


@pytest.mark.parametrize("name", STATES)
@pytest.mark.parametrize("then", [b"abc\r\n\tdef", b"\x1b8saved", b"\x1b[?1049lback", b"\x1b[Htop"])
def test_program_goes_on_on_the_restored_screen_as_on_the_first(name, then):
    assert screen(STATES[name] + then).snapshot() == screen(screen(STATES[name]).snapshot() + then).snapshot()


@pytest.mark.parametrize("name", STATES)
def test_making_a_snapshot_changes_nothing(name):
    made = screen(STATES[name])
    assert made.snapshot() == made.snapshot()


def test_ground_is_left_within_sequences_and_characters():
    made = screen(b"abc\x1b[3")
    assert not made.ground
    assert made.feed_until_ground(b"1mxyz") == 2
    assert made.ground
    made.feed("漢".encode()[:2])
    assert not made.ground


def test_scrollback_is_bounded():
    made = Screen(20, 5, 50, 1 << 20)
    made.feed(b"line\r\n" * 100_000)
    assert made.snapshot().count(b"line") < 5000  # the library drops whole pages, so there are some more
