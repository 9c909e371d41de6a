"""The terminal's menus: where they lie, and what becomes of a right click."""

import pytest

from tests.support.waiting import eventually

pytestmark = pytest.mark.browser

SHELL = (
    "import os\nos.environ['PS1'] = '$ '\nfrom orchflow_jupyter import Terminal\n"
    "t = Terminal(['bash', '-i'], rows=12, env={'HOME': os.getcwd()})\nt"
)


@pytest.fixture
def shell(refill, lab):
    (lab.root / ".bashrc").write_text("PS1='$ '\nHISTCONTROL=\n")
    notebook = refill(SHELL)
    notebook.run_cell(0)
    terminal = notebook.terminal().wait_for_state("live")
    terminal.wait_for_text("$ ")
    return notebook, terminal


def opened(notebook):
    """The menu's place in the window."""
    menu = notebook.page.get_by_role("menu").and_(notebook.page.locator(".menu"))
    box = menu.bounding_box()
    return menu, box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]


def show(opener):
    """Scroll it to the window's end; what is scrolled later closes a menu."""
    opener.evaluate("element => element.scrollIntoView({block: 'end'})")
    opener.page.wait_for_timeout(200)


@pytest.mark.parametrize("height", [420, 250])
def test_menus_lie_within_a_low_window_and_all_of_them_can_be_reached(shell, height):
    notebook, terminal = shell
    terminal.run("true")
    eventually(lambda: terminal.host.locator(".mark.ok").count() == 1, "the mark of what ran")
    notebook.page.set_viewport_size({"width": 1280, "height": height})
    for opener in (terminal.host.get_by_role("button", name="More"), terminal.host.locator(".mark.ok")):
        show(opener)
        opener.click()
        menu, left, top, right, bottom = opened(notebook)
        assert (left >= 0, top >= 0, right <= 1280, bottom <= height) == (True, True, True, True)
        last = menu.get_by_role("menuitem").last
        notebook.page.keyboard.press("End")
        box = last.bounding_box()
        assert last.evaluate("item => item === document.activeElement")
        assert top <= box["y"] <= bottom - box["height"]
        notebook.page.keyboard.press("Escape")
