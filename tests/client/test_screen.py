"""What Python sees of a screen: of what an engine tells, and of a real terminal."""

import asyncio

import pytest

from orchflow_jupyter.client import AsyncEngine
from orchflow_jupyter.client.screen import Cell, Cursor, Screen, Style
from orchflow_jupyter.errors import NotFoundError
from tests.support.waiting import eventually

TOLD = {
    "id": "t-1",
    "offset": 99,
    "title": "a title",
    "cols": 8,
    "rows": 2,
    "scrollback": 1,
    "alternate": False,
    "cursor": {"x": 4, "y": 1, "visible": True, "shape": "block", "blinking": False},
    "modes": {"application_cursor": False, "bracketed_paste": True, "focus": False, "mouse": "drag"},
    "colors": {"background": "#101418", "palette": {"1": "#ff5555"}},
    "styles": [{}, {"fg": 1, "bold": True}],
    "lines": [[["above", 0]], [["a ", 0], ["漢字", 1, 2], [["e\u0301"], 0]], []],
}


def test_text_and_lines_are_what_one_reads():
    screen = Screen.from_json(TOLD)
    assert screen.lines == ["above", "a 漢字e\u0301", ""]
    assert screen.text == str(screen) == "above\na 漢字e\u0301"
    assert (screen.size, screen.scrollback, screen.title) == ((8, 2), 1, "a title")


def test_cells_are_what_lies_in_each_column():
    plain, red = Style(), Style(fg=1, bold=True)
    assert Screen.from_json(TOLD).cells[1] == [
        Cell("a", plain),
        Cell(" ", plain),
        Cell("漢", red, 2),
        Cell("", red, 0),
        Cell("字", red, 2),
        Cell("", red, 0),
        Cell("e\u0301", plain),
        Cell(" ", plain),
    ]
    assert {len(line) for line in Screen.from_json(TOLD).cells} == {8}


def test_cursor_modes_and_colours_are_told():
    screen = Screen.from_json(TOLD)
    assert screen.cursor == Cursor(4, 1, True, "block", False)
    assert screen.modes["mouse"] == "drag"
    assert screen.colors == {"background": "#101418", "palette": {1: "#ff5555"}}


def test_screen_of_a_real_terminal(engine):
    pytest.importorskip("pyghostty")
    made = engine.create(["sh", "-c", "seq 30; printf '\\033[1mbold'; exec cat"])["id"]
    with engine.attach(made) as terminal:
        terminal.read_until(b"bold", timeout=30)
        screen = engine.screen(made, scrollback=3)
    assert screen.lines[-2:] == ["30", "bold"]
    assert (screen.scrollback, screen.cells[-1][0]) == (3, Cell("b", Style(bold=True)))
    with pytest.raises(NotFoundError):
        engine.screen("t-none")


def test_screen_from_an_event_loop(process, engine):
    pytest.importorskip("pyghostty")
    made = engine.create(["cat"])["id"]

    async def look():
        async with await AsyncEngine.open(process.directory, str(process.root)) as opened:
            return await opened.screen(made)

    assert asyncio.run(look()).text == ""


def test_state_and_output_of_a_late_attachment_show_what_the_terminal_shows(engine):
    emulated = pytest.importorskip("orchflow_jupyter.terminals.screen").Screen
    made = engine.create(["sh", "-c", "seq 200000; printf 'the end'; exec cat"])["id"]
    eventually(lambda: "the end" in engine.screen(made).text, "all output")
    with engine.attach(made) as late:
        output = late.read_until(b"the end", timeout=30)
        state = late.snapshot
    assert state is not None
    painted = emulated(*state.size, 1000, 1 << 24)
    painted.feed(state.data + output)
    assert painted.shown()["lines"] == engine.control.call("terminals.screen", {"id": made})["lines"]
