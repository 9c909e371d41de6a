"""Forks of an emulator: the same state, and each goes its own way."""

import pytest

pytest.importorskip("pyghostty", reason="pyghostty has no wheel here")

from orchflow_jupyter.terminals.screen import Screen
from orchflow_jupyter.terminals.vt import CONTINUATION

LINES = b"".join(b"\x1b[3%dmline %d\x1b[0m\r\n" % (n % 8, n) for n in range(5000))


def screen(data):
    made = Screen(40, 10, 10_000, 1 << 24)
    made.feed(data)
    return made


@pytest.mark.parametrize(
    "state",
    [
        b"",
        b"text \x1b[1;35m",
        b"\x1b[?1049h\x1b[3;3Halt\x1b7\x1b[2;5r\x1b[?2004h\x1b[?1003h",
        b"\x1b]2;title\x07\x1b]4;3;#123456\x07\x1b]11;#101010\x07",
        LINES,
    ],
)
def test_fork_with_scrollback_has_the_whole_state(state):
    made = screen(state)
    assert made.fork(scrollback=True).snapshot() == made.snapshot()


def test_fork_without_scrollback_shows_the_same_and_goes_on_the_same():
    made = screen(LINES)
    fork = made.fork()
    for one in (made, fork):
        one.feed(b"\x1b[31mmore\r\n" * 30)
    assert fork.shown() == made.shown()
    assert fork.shown(5)["lines"] == made.shown(5)["lines"]


@pytest.mark.parametrize("size", [(2, 2), (20, 300), (300, 100), (700, 300)])
def test_fork_shows_the_same_however_the_library_lays_the_rows_out(size):
    made = Screen(*size, 10_000, 1 << 24)
    for n in range(0, 2000, 100):
        made.feed(b"".join(b"\x1b[38;5;%dm%d%b\r\n" % (k % 256, k, b"x" * (k % size[0])) for k in range(n, n + 100)))
        assert made.fork().shown() == made.shown()


@pytest.mark.parametrize("split", range(1, 20))
def test_fork_within_a_sequence_or_a_character_goes_on_with_it(split):
    data = "\x1b[1;38;2;9;8;7mX漢\x1b]2;tt\x07".encode()
    made = screen(data[:split])
    fork = made.fork()
    fork.feed(data[split:])
    assert fork.shown() == screen(data).shown()


def test_fork_leaves_the_first_where_it_was():
    made = screen(b"one")
    before = made.snapshot()
    made.fork().feed(b"\x1b[2Jtwo\x1b[?1049h")
    assert made.snapshot() == before


def test_there_is_no_fork_within_a_sequence_that_nobody_remembers():
    assert screen(b"\x1bP+q" + b"4" * 2 * CONTINUATION).fork() is None
