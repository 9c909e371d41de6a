"""What the terminal's screen shows, and whom."""

import pytest

from tests.support.waiting import eventually

pytestmark = pytest.mark.browser

SHELL = 'from orchflow_jupyter import Terminal\nt = Terminal(["bash", "--norc"], rows=8)\nt'
READ = ".xterm-accessibility-tree"


ENDED = (
    "import time\nfrom orchflow_jupyter import Terminal\n"
    "t = Terminal(['echo', 'it is over'], rows=8)\nwhile t.info()['state'] == 'running':\n    time.sleep(0.05)\nt"
)


@pytest.fixture
def shell(refill):
    notebook = refill(SHELL, "t", SHELL)
    notebook.run_cell(0)
    return notebook, notebook.terminal().wait_for_state("live")


def switch(terminal, entry):
    """Choose what can be on or off in the terminal's menu; tells whether it was on."""
    terminal.host.get_by_role("button", name="More").click()
    item = terminal.page.get_by_role("menuitemcheckbox", name=entry)
    before = item.get_attribute("aria-checked")
    item.click()
    return before == "true"


def test_a_screen_reader_gets_the_text_of_all_terminals_once_it_is_asked_for_in_one(shell):
    notebook, first = shell
    notebook.run_cell(1)
    second = notebook.terminal(1).wait_for_state("live")
    assert second.host.locator(READ).count() == 0
    assert not switch(first, "Screen reader")
    first.run("echo it is $((6 * 7))")
    eventually(lambda: "it is 42" in second.host.locator(READ).inner_text(), "the text of the other view")
    notebook.run_cell(2)
    later = notebook.terminal(2).wait_for_state("live")
    eventually(lambda: later.host.locator(READ).count() == 1, "that a later one remembers it")
    assert switch(later, "Screen reader")
    eventually(lambda: notebook.page.locator(READ).count() == 0, "that none reads aloud")


def test_a_program_that_ended_before_anybody_looked_fills_the_view(refill):
    notebook = refill(ENDED)
    notebook.run_cell(0)
    terminal = notebook.terminal().wait_for_state("ended")
    terminal.wait_for_text("it is over")
    notebook.page.wait_for_timeout(1000)  # after which a size that is another one's is told
    screen = terminal.host.locator(".screen")
    assert screen.evaluate("e => getComputedStyle(e).backgroundColor") == screen.locator(
        ".xterm-scrollable-element"
    ).evaluate("e => getComputedStyle(e).backgroundColor")
    assert screen.evaluate("e => e.clientWidth - e.querySelector('.xterm').offsetWidth") == 0


def test_find_has_a_field_in_a_narrow_view_and_its_marks_follow_the_theme(shell):
    notebook, terminal = shell
    terminal.run("seq 1 1500 | sed 's/$/x/; 1400,$s/$/y/'")
    terminal.wait_for_text("\n1500x")
    notebook.page.keyboard.press("Control+Shift+F")
    notebook.page.keyboard.type("x")
    eventually(
        lambda: "1,000+" in terminal.host.locator("search").inner_text(), "that there are more hits than counted"
    )
    terminal.host.locator("search input").fill("y")
    eventually(lambda: "102 of 102" in terminal.host.locator("search").inner_text(), "the last hit")
    hit = terminal.host.locator(".xterm-rows span").filter(has_text="y").first

    def colour():
        return hit.evaluate("element => getComputedStyle(element).backgroundColor")

    before = colour()
    notebook.theme("JupyterLab Dark")
    eventually(lambda: colour() != before, "that the marks are the dark theme's")
    notebook.theme("JupyterLab Light")
    eventually(lambda: colour() == before, "that they are the light theme's again")
    terminal.host.evaluate("host => { host.style.width = '174px'; }")
    eventually(lambda: terminal.host.locator("search input").bounding_box()["width"] > 60, "room to type in")


def test_find_begins_with_what_is_selected_or_was_looked_for_last_and_goes_up_from_what_is_seen(shell):
    notebook, terminal = shell
    keyboard = notebook.page.keyboard
    terminal.run("for i in $(seq 40); do echo apple $i; done")
    terminal.wait_for_text("\napple 40\n")

    def says(text, count):
        asked = terminal.host.locator("search input")
        eventually(
            lambda: (asked.input_value(), terminal.host.locator("search .count").inner_text()) == (text, count),
            f"{count} for {text}",
        )

    keyboard.press("Control+Shift+F")
    keyboard.type("apple")
    says("apple", "41 of 41")
    keyboard.press("Enter")
    says("apple", "40 of 41")
    keyboard.press("Escape")
    terminal.evaluate("view.term.scrollToLine(9); view.term.select(0, 12, 5);")
    keyboard.press("Control+Shift+F")
    says("apple", "13 of 41")
    keyboard.type("apple 9")
    says("apple 9", "1 of 1")
    keyboard.press("Escape")
    terminal.evaluate("view.term.clearSelection();")
    keyboard.press("Control+Shift+F")
    says("apple 9", "1 of 1")
    keyboard.type("apple 3")
    says("apple 3", "1 of 11")


INVERSE = """const spans = [...host.querySelectorAll(".xterm-rows span")];
const span = spans.find((one) => one.textContent === "turned");
if (span === undefined) return null;
const { color, backgroundColor } = getComputedStyle(span);
const shades = [color, backgroundColor].map((text) => /\\d+, \\d+, \\d+/.exec(text)[0].split(", ").map(Number));
const hex = ([r, g, b]) => "#" + [r, g, b].map((n) => n.toString(16).padStart(2, "0")).join("");
return shades.map(hex);"""


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_inverse_text_has_the_screens_two_colours_exchanged(shell, theme):
    notebook, terminal = shell
    notebook.theme(theme)
    try:
        terminal.run("printf '\\033[7m%s\\033[m\\n' turned")
        terminal.wait_for_text("\nturned")
        expected = terminal.evaluate(
            "const { background, foreground } = view.term.options.theme;"
            "const c = document.createElement('canvas').getContext('2d');"
            "return [background, foreground].map((one) => { c.fillStyle = one; return c.fillStyle; });"
        )
        eventually(lambda: terminal.evaluate(INVERSE) == expected, "background on foreground")
    finally:
        notebook.theme("JupyterLab Light")


def test_a_cursor_is_seen_before_the_first_click_and_two_of_a_cell_stand_apart(refill):
    notebook = refill(f"{SHELL}\nfrom IPython.display import display\ndisplay(t, t)")
    notebook.run_cell(0)
    first, second = (notebook.terminal(number).wait_for_state("live") for number in (0, 1))
    eventually(lambda: first.host.locator(".xterm-cursor").count() == 1, "the cursor")
    first.run("exit")
    second.wait_for_state("ended")
    eventually(lambda: notebook.page.locator(".xterm-cursor").count() == 0, "no cursor where nothing runs")
    one, other = (each.host.bounding_box() for each in (first, second))
    assert other["y"] - one["y"] - one["height"] >= 6


GROUNDS = """return [".screen", ".dot", ".xterm-cursor-block", ".xterm-bg-257", ".xterm-decoration-top"].map(
(part) => getComputedStyle(host.querySelector(part)).backgroundColor);"""


def test_the_dot_the_cursor_inverse_and_selected_text_are_seen_where_the_system_forces_its_colours(shell):
    notebook, terminal = shell
    terminal.run("printf 'plain \\033[7m%s\\033[m\\n' turned")
    terminal.wait_for_text("\nplain turned")
    notebook.page.emulate_media(forced_colors="active")
    try:
        terminal.evaluate("view.term.select(0, 1, 5);")
        eventually(lambda: terminal.host.locator(".xterm-decoration-top").count() > 0, "what is selected")
        ground, *others = terminal.evaluate(GROUNDS)
        assert ground not in others
    finally:
        notebook.page.emulate_media(forced_colors="none")
