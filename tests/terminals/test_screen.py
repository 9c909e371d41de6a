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
    "some cells coloured": b"\x1b[44m\x1b[5X\r\n\x1b[7G\x1b[48;2;1;2;3m\x1b[K\r\n\x1b[45m\t\x1b[1K\x1b[m",
    "a wrapped line, half of it erased": b"x" * 21 + b"\x1b[2K\r\nz",
    "a wide character that wrapped, erased": b"x" * 19 + "漢\x1b[2K\r\nz".encode(),
    "an underlined line that goes on, erased": b"\x1b[4m" + b"u" * 21 + b"\x1b[0m\x1b[2K\x1b[5Gx",
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
def test_what_is_restored_shows_the_same(name):
    assert screen(screen(STATES[name]).snapshot()).shown() == screen(STATES[name]).shown()


@pytest.mark.parametrize("name", STATES)
def test_making_a_snapshot_changes_nothing(name):
    made = screen(STATES[name])
    assert made.snapshot() == made.snapshot()


LINES = [b"\x1b[3%dmline %d\x1b[0m %b\r\n" % (n % 8, n, b"x" * (n % 50)) for n in range(400)]
TAILS = {
    "short lines after long ones": [b"x" * (400 - n) + b"\r\n" for n in range(400)],
    "a pen that stays": [b"\x1b[1m" + b"".join(LINES[:9]), b"\x1b[44m\r\n", *LINES[:3], b"\x1b[41mred\r\n" * 40],
    "erased ends of lines": [b"\x1b[4%dmab\x1b[K\r\n" % (n % 8) for n in range(100)],
    "lines without a return": [b"one\n"] * 100 + LINES[:50],
    "wide characters": ["漢字 😀 é\r\n".encode()] * 200,
    "a sequence that is cut off": [*LINES, b"\x1b[3"],
    "a line that is not done": [*LINES, b"and"],
    "other sequences": [*LINES, b"\x1b[3;3Hhere", *LINES[:2]],
}
BEFORE = [
    b"",
    b"\x1b[3;5H\x1b[7mtext",
    b"\x1b[2;4r\x1b[5;1H",
    b"\x1b[?69h\x1b[3;9s",
    b"\x1b[?1049h\x1b[2;2H",
    b"\x1b[4h",
    b"\x1b[?7l",
]


@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("name", TAILS)
@pytest.mark.parametrize("above", [0, 20])
def test_screen_fed_with_what_shows_is_the_one_fed_with_all(name, before, above):
    whole, spared = (Screen(20, 5, 1000, 1 << 20) for _ in range(2))
    for one in (whole, spared):
        one.feed(before)
    whole.feed(b"".join(TAILS[name]))
    spared.feed_to_show(b"".join(TAILS[name]), above)
    assert spared.shown(above) == whole.shown(above)


def test_of_a_log_only_its_last_lines_are_parsed(monkeypatch):
    fed = []
    screen = Screen(20, 5, 1000, 1 << 20)
    monkeypatch.setattr(screen._term, "feed", fed.append)
    screen.feed_to_show(b"".join(LINES), 0)
    assert len(b"".join(fed)) < len(b"".join(LINES)) / 10


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


@pytest.mark.parametrize(
    "look", [b"7", b"41", b"105", b"48;5;200", b"48;2;1;2;3", b"4", b"4:3", b"21", b"9", b"53", b"1;7;32"]
)
@pytest.mark.parametrize("over", [b"\t", b"\x1b[1;20H", b"\xe6\xbc\xa2\x1b[0m\x1b[9C\x1b[4m"])
def test_what_was_jumped_over_does_not_look_as_what_stands_before_it(look, over):
    drawn = Screen(40, 5, 0, 1 << 20)
    drawn.feed(b"\x1b[%bmAe\xcc\x81\x1b[0m%b\x1b[32mrest" % (look, over))
    painted = Screen(40, 5, 0, 1 << 20)
    painted.feed(drawn.snapshot())
    assert painted.shown() == drawn.shown()


@pytest.mark.parametrize(
    "output",
    [
        b"a\r\n" + b"x" * 50 + b"\x1b[1;2r\x1b[2;1H\r\nb\r\n",  # the row before the second of these scrolled away
        b"top\r\n\x1b[1;3r\x1b[5;1H" + b"y" * 50,  # there is no row below the last to go on in
        b"top\r\n\x1b[1;3r\x1b[5;1H" + "漢".encode() * 25 + b"z" * 19 + "漢".encode(),
    ],
)
def test_rows_that_do_not_go_on_where_they_claim_to_shift_nothing(output):
    drawn, painted = Screen(20, 5, 0, 1 << 20), Screen(20, 5, 0, 1 << 20)
    drawn.feed(output)
    painted.feed(drawn.snapshot())
    assert painted.shown() == drawn.shown()


@pytest.mark.parametrize("above", [0, 1, 7, 30])
@pytest.mark.parametrize("end", [b"", b"\x1b[H\x1b[J", b"\x1b[31mred"])
def test_snapshot_with_some_rows_above_the_screen_ends_as_the_whole_one_does(above, end):
    made = screen(b"".join(b"\x1b[3%dmline %d, which is wrapped\r\n" % (n % 8, n) for n in range(100)) + end)
    part = screen(made.snapshot(scrollback=above))
    assert part.shown(1000)["lines"] == made.shown(above)["lines"]
    assert part.snapshot().splitlines()[-1:] == made.snapshot().splitlines()[-1:]


def test_scrollback_is_filled_by_what_scrolls_on_the_usual_screen_without_margins():
    assert screen(b"text").fills_scrollback
    for state in (b"\x1b[?1049h", b"\x1b[2;4r", b"\x1b[?69h", b"\x1b[?45h"):
        assert not screen(state).fills_scrollback
