"""What is said of a screen: text in runs of one style, column by column what the emulator holds."""

import json

import pytest

pytest.importorskip("pyghostty", reason="pyghostty has no wheel here")

from orchflow_jupyter.errors import NotSupportedError
from orchflow_jupyter.terminals import cells
from orchflow_jupyter.terminals.screen import Screen

COLS = 20


def shown(data, scrollback=0, cols=COLS):
    screen = Screen(cols, 4, 100, 1 << 20)
    screen.feed(data if isinstance(data, bytes) else data.encode())
    return screen.shown(scrollback)


def styled(data):
    """The first line, with the styles in the place of their numbers."""
    found = shown(data)
    return [[run[0], found["styles"][run[1]], *run[2:]] for run in found["lines"][0]]


def test_plain_text_is_one_run_without_the_blanks_behind_it():
    assert styled(b"hello world   ") == [["hello world", {}]]
    assert shown(b"")["lines"] == [[], [], [], []]


@pytest.mark.parametrize(
    ("sequence", "style"),
    [
        ("1", {"bold": True}),
        ("2", {"dim": True}),
        ("3", {"italic": True}),
        ("4", {"underline": "single"}),
        ("4:3", {"underline": "curly"}),
        ("21", {"underline": "double"}),
        ("5", {"blink": True}),
        ("7", {"inverse": True}),
        ("8", {"hidden": True}),
        ("9", {"strike": True}),
        ("53", {"overline": True}),
        ("31", {"fg": 1}),
        ("97", {"fg": 15}),
        ("38;5;200;48;5;17", {"fg": 200, "bg": 17}),
        ("38;2;1;2;255", {"fg": "#0102ff"}),
        ("4;58;2;10;20;30", {"underline": "single", "underline_color": "#0a141e"}),
    ],
)
def test_each_style_is_told(sequence, style):
    assert styled(f"a\x1b[{sequence}mb\x1b[0mc") == [["a", {}], ["b", style], ["c", {}]]


def test_styles_are_told_once():
    found = shown(b"\x1b[31ma\x1b[32mb\r\n\x1b[31mc\x1b[0md\x1b[41m\x1b[K\r\n\x1b[41me")
    assert found["styles"] == [{}, {"fg": 1}, {"fg": 2}, {"bg": 1}]


def test_characters_have_the_width_that_they_take():
    assert styled("a漢字b") == [["a", {}], ["漢字", {}, 2], ["b", {}]]
    assert styled("e\u0301x\U0001f600") == [[["e\u0301"], {}], ["x", {}], ["\U0001f600", {}, 2]]


def test_wide_character_that_did_not_fit_leaves_a_blank():
    found = shown("x" * (COLS - 1) + "漢")
    assert found["lines"][:2] == [[["x" * (COLS - 1), 0]], [["漢", 0, 2]]]


def test_backgrounds_without_characters_are_told_where_they_lie():
    assert styled(b"\x1b[42m\x1b[3X\x1b[6G\x1b[48;2;1;2;3m\x1b[2X") == [
        ["   ", {"bg": 2}],
        ["  ", {}],
        ["  ", {"bg": "#010203"}],
    ]


def test_lines_above_the_screen_come_first_and_only_as_many_as_there_are():
    data = b"\r\n".join(b"%d" % n for n in range(10))
    assert [line[0][0] for line in shown(data, 2)["lines"]] == ["4", "5", "6", "7", "8", "9"]
    found = shown(data, 1000)
    assert (found["scrollback"], len(found["lines"]), found["rows"]) == (6, 10, 4)


def test_cursor_modes_title_and_colours_are_told():
    found = shown(b"\x1b]2;the title\x07\x1b[?1h\x1b[?1002h\x1b[?2004h\x1b[3;5H\x1b[4 q\x1b[?25l\x1b]4;1;#abcdef\x07")
    assert found["cursor"] == {"x": 4, "y": 2, "visible": False, "shape": "underline", "blinking": False}
    assert found["modes"] == {"application_cursor": True, "bracketed_paste": True, "focus": False, "mouse": "drag"}
    assert (found["title"], found["colors"]) == ("the title", {"palette": {"1": "#abcdef"}})
    assert not found["alternate"]
    assert shown(b"\x1b[?1049h")["alternate"]


def test_every_cell_of_a_screen_full_of_colours_is_told_right():
    data = b"".join(b"\x1b[38;2;%d;1;2;48;5;%dm%c" % (n, n, 65 + n % 26) for n in range(80))
    found = shown(data)
    told = [(letter, found["styles"][run[1]]) for line in found["lines"] for run in line for letter in run[0]]
    assert told == [(chr(65 + n % 26), {"fg": f"#{n:02x}0102", "bg": n}) for n in range(80)]
    assert json.loads(json.dumps(found)) == found


def test_library_that_lays_cells_out_otherwise_is_refused(monkeypatch):
    monkeypatch.setattr(cells, "laid_out", lambda: False)
    with pytest.raises(NotSupportedError, match="pyghostty"):
        shown(b"x")


def test_as_many_lines_as_can_be_asked_for_are_told_right():
    made = Screen(80, 24, 70_000, 1 << 26)
    made.feed(b"".join(b"\x1b[3%dmline %d\x1b[0m\r\n" % (n % 8, n) for n in range(300)))
    told = made.shown(65_535)
    assert told == made.shown(1000)
    assert [told["styles"][line[0][1]] for line in told["lines"][:300]] == [{"fg": n % 8} for n in range(300)]
