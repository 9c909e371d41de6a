"""The beginning of a recording: what it paints, where it goes on, and what it does not tell."""

import pytest

pytest.importorskip("pyghostty", reason="pyghostty has no wheel here")

from orchflow_jupyter.terminals.emulator import emulator
from orchflow_jupyter.terminals.opening import opening
from orchflow_jupyter.terminals.screen import Screen
from tests.support.sessions import Played

KIB = 1024
SMALL = {"snapshots": True, "ring_bytes": 64 * KIB, "window": 16 * KIB, "checkpoint_back": 8 * KIB}
FULL = b"".join(b"line %d\r\n" % n for n in range(60))
CASES = {
    "text": b"one\r\n\x1b[1;34mtw\xc3\xb6 \xe6\xbc\xa2 \xf0\x9f\x98\x80\x1b[0m\r\n$ ",
    "log": FULL + b"\x1b[31mred",
    "editor": FULL + b"\x1b]2;vi\x07\x1b[?1049h\x1b[2J\x1b[3;7Hhere\x1b[?2004h\x1b[?1h\x1b[2;20r\x1b[5;5H",
    "wrapped": b"x" * 200 + b"\r\n" + b"y" * 2400,
}


def shown(*pieces, size=(80, 24)):
    screen = Screen(*size, 10_000, 1 << 24)
    for piece in pieces:
        screen.feed(piece)
    return screen.shown() | {"scrollback": 0}


@pytest.mark.parametrize("output", CASES.values(), ids=CASES)
def test_what_goes_on_behind_it_is_shown_as_it_was_wherever_it_begins(output):
    rest = b"then\x1b[?1049l\r\nand \x1b[Kso"
    for cut in range(max(0, len(output) - 60), len(output) + 1):
        with Played(**SMALL) as it:
            it.say(output[:cut])
            offset, paint = opening(it.session.ring, it.session.checkpoints)
        painted = b"" if paint is None else paint()
        assert shown(painted, output[offset:]) == shown(output)
        assert shown(painted, output[offset:], rest) == shown(output, rest)


def test_it_goes_on_from_the_end_where_nothing_is_half_said():
    with Played(**SMALL) as it:
        it.say(CASES["editor"])
        assert opening(it.session.ring, it.session.checkpoints)[0] == len(CASES["editor"])


def test_behind_a_long_log_it_has_the_screen_only():
    with Played(**SMALL) as it:
        log = b"".join(b"secret %d\r\n" % n for n in range(20_000)) + b"\x1b[2J\x1b[H$ "
        for at in range(0, len(log), 4 * KIB):
            it.say(log[at : at + 4 * KIB])
        painted = opening(it.session.ring, it.session.checkpoints)[1]()
        assert b"secret" not in painted
        assert shown(painted)["lines"] == shown(b"$ ")["lines"]


def test_it_has_the_size_of_now():
    with Played(**SMALL) as it:
        it.say(FULL)
        it.resize(40, 10)
        it.say(b"x" * 60)
        told = Screen(80, 24, 10_000, 1 << 24)
        told.feed(FULL)
        told.resize(40, 10)
        told.feed(b"x" * 60)
        painted = opening(it.session.ring, it.session.checkpoints)[1]()
        assert shown(painted, size=(40, 10)) == told.shown() | {"scrollback": 0}


def test_where_there_is_nothing_to_show_or_no_emulator_it_begins_at_the_end(monkeypatch):
    with Played(**SMALL) as it:
        assert opening(it.session.ring, it.session.checkpoints) == (0, None)
        assert it.session.checkpoints._screen is None
        it.say(b"words")
        monkeypatch.setattr(emulator, "there", False)
        assert opening(it.session.ring, it.session.checkpoints) == (5, None)
