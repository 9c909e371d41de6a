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
