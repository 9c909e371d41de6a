"""One terminal in two views of different heights: whose size it has, and what the other one shows."""

import os

import pytest

from tests.support.waiting import eventually

pytestmark = pytest.mark.browser

TALL = 'from orchflow_jupyter import Terminal\nt = Terminal(["bash", "--norc"], rows=12)\nt'
LOW = "Terminal.attach_to(t.terminal, rows=6)"


@pytest.fixture
def views(refill):
    notebook = refill(TALL, LOW)
    notebook.run_cell(0)
    tall = notebook.terminal(0).wait_for_state("live")
    eventually(lambda: tall.evaluate("return view.connection.size.cols;") != 80, "the size of the only view")
    notebook.run_cell(1)
    return tall, notebook.terminal(1).wait_for_state("live")


def rows(view):
    return view.evaluate("return view.term.rows;")


def strip(view):
    return "Sized elsewhere" in view.host.inner_text()


def test_the_size_goes_to_the_view_that_is_typed_in_and_the_other_says_so(views):
    tall, low = views
    eventually(lambda: strip(low), "the second view to say that the size is another one's")
    assert (rows(tall), rows(low), strip(tall)) == (12, 12, False)
    low.run("stty size")
    low.wait_for_text("\n6 ")
    eventually(lambda: (rows(tall), rows(low)) == (6, 6), "the size of the view that is typed in")
    eventually(lambda: strip(tall) and not strip(low), "the first view to say that the size is another one's")


def test_a_button_takes_the_size_and_types_nothing(views):
    tall, low = views
    low.host.get_by_role("button", name="Use this window's size").click()
    eventually(lambda: (rows(tall), rows(low)) == (6, 6), "the size of the view whose button it was")
    low.page.keyboard.type("stty size")
    low.page.keyboard.press("Enter")
    low.wait_for_text("# stty size\n6 " if os.geteuid() == 0 else "$ stty size\n6 ")


def test_focus_and_a_click_change_no_size_and_a_hidden_view_has_no_say(views):
    tall, low = views
    low.focus()
    tall.host.evaluate("host => { host.closest('.jp-OutputArea').style.display = 'none'; }")
    tall.page.wait_for_timeout(300)
    assert rows(low) == 12
    tall.host.evaluate("host => { host.closest('.jp-OutputArea').style.display = ''; }")
    low.run("stty size")
    low.wait_for_text("\n6 ")


def test_a_theme_that_changes_meanwhile_gives_the_text_the_ground_that_a_view_of_its_own_size_has(views, one_notebook):
    tall, low = views
    low.host.get_by_role("button", name="Use this window's size").click()
    eventually(lambda: strip(tall), "the first view to say that the size is another one's")
    for theme in ("Dark", "Light"):
        one_notebook.theme(f"JupyterLab {theme}")
        eventually(lambda: len({ground(tall, TEXT), ground(low, TEXT), ground(low, ".screen")}) == 1, "one ground")


TEXT = ".xterm-scrollable-element"


def ground(view, part):
    return view.host.locator(part).evaluate("element => getComputedStyle(element).backgroundColor")


NINE = 'from orchflow_jupyter import Terminal\nt = Terminal(["bash", "-c", "seq 9; exec bash --norc"], rows=18)'
FAR = "print(60 * 'far\\n')\nTerminal.attach_to(t.terminal, rows=10)"
SCROLLED = "const { baseY, viewportY } = view.term.buffer.active; return baseY - viewportY;"


def test_what_comes_is_seen_in_a_view_that_became_lower_out_of_sight_unless_one_looks_elsewhere(refill):
    notebook = refill(f"{NINE}\n{LOW}", FAR)
    notebook.run_cell(0)
    notebook.terminal(0).wait_for_state("live")
    notebook.run_cell(1)
    low, far = (notebook.terminal(number).wait_for_state("live") for number in (0, 1))
    eventually(lambda: (rows(low), rows(far)) == (6, 6), "the size of the first view")
    said(low, "echo more")
    far.wait_for_text("\nmore")
    assert far.evaluate(SCROLLED) == 0
    far.host.scroll_into_view_if_needed()
    eventually(far.host.locator(".xterm-rows > div").filter(has_text="more").last.is_visible, "what came")
    far.evaluate("view.term.scrollLines(-2);")
    said(low, "seq 3")
    far.wait_for_text("\n3\n")
    assert far.evaluate(SCROLLED) > 2


MANY = 'from orchflow_jupyter import Terminal\nt = Terminal(["bash", "--norc"], rows=24)\nt'


def test_a_view_stays_as_high_as_it_was_asked_to_be_and_shows_where_the_cursor_is(refill):
    notebook = refill(LOW, MANY)
    notebook.run_cell(1)
    tall = notebook.terminal().wait_for_state("live")
    eventually(lambda: tall.evaluate("return view.connection.size.rows;") == 24, "the size of the only view")
    notebook.run_cell(0)
    low, tall = (notebook.terminal(number).wait_for_state("live") for number in (0, 1))
    eventually(lambda: strip(low), "the first view to say that the size is another one's")
    screen = low.host.locator(".screen")
    assert screen.bounding_box()["height"] < 10 * low.evaluate(
        "return host.querySelector('.xterm-screen').offsetHeight / 24;"
    )
    said(tall, "seq 1 100; echo the end")
    low.wait_for_text("\nthe end")
    line = low.host.locator(".xterm-rows > div").filter(has_text="the end").last
    eventually(lambda: within(line, screen), "the last line in sight")
    screen.evaluate("element => { element.scrollTop = 0; }")
    said(tall, "echo more")
    low.wait_for_text("\nmore")
    assert screen.evaluate("element => element.scrollTop") == 0
    low.host.get_by_role("button", name="Use this window's size").click()
    eventually(lambda: rows(low) == 6, "the size of the view whose button it was")
    window = notebook.page.locator(".jp-WindowedPanel-outer").first
    eventually(lambda: within(low.host, window), "that the view is in sight")


def said(view, line):
    """Types it without a click, for which the middle of the view would have to be in sight."""
    view.evaluate("view.term.focus();")
    view.page.keyboard.type(f"{line}\n")


def within(inner, outer):
    """Whether all of an element is seen within the height of another."""
    one, other = inner.bounding_box(), outer.bounding_box()
    return other["y"] - 1 <= one["y"] and one["y"] + one["height"] <= other["y"] + other["height"] + 1
