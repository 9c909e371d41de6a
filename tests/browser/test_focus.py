"""Where the keyboard is: into a terminal, out of it, and back."""

import pytest

from tests.support.waiting import eventually

pytestmark = pytest.mark.browser

SHELL = 'from orchflow_jupyter import Terminal\nt = Terminal(["bash", "--norc"], rows=8)\nt'
INPUT = "document.activeElement.matches('.xterm-helper-textarea')"


@pytest.fixture
def shell(refill):
    notebook = refill(SHELL, "t")
    notebook.run_cell(0)
    return notebook, notebook.terminal().wait_for_state("live")


def typed_in(terminal):
    return terminal.host.evaluate(f"host => host.contains(document.activeElement) && {INPUT}")


def test_shift_and_escape_leave_a_terminal_and_tab_goes_on_from_there_and_back(shell):
    notebook, terminal = shell
    keyboard = notebook.page.keyboard
    terminal.focus()
    keyboard.press("Tab")
    assert typed_in(terminal)
    keyboard.press("Shift+Escape")
    assert not typed_in(terminal)
    keyboard.press("Shift+Tab")
    assert typed_in(terminal)
    keyboard.press("Shift+Escape")
    keyboard.press("Tab")
    assert terminal.host.evaluate("host => !host.contains(document.activeElement)")
    assert terminal.host.evaluate(
        "host => !!(host.compareDocumentPosition(document.activeElement) & Node.DOCUMENT_POSITION_FOLLOWING)"
    )
    described = terminal.host.locator(".xterm-helper-textarea").get_attribute("aria-describedby")
    assert notebook.page.locator(f"#{described}").text_content() == "Shift+Escape leaves the terminal."


@pytest.mark.parametrize(("button", "state"), [("Run again", "live"), ("Close", "ended")])
def test_the_keyboard_stays_with_the_terminal_whose_strip_was_used(shell, button, state):
    notebook, terminal = shell
    terminal.run("exit 3")
    terminal.wait_for_state("ended")
    terminal.host.get_by_role("button", name=button).focus()
    notebook.page.keyboard.press("Enter")
    terminal.host.get_by_role("button", name=button).wait_for(state="detached")
    terminal.wait_for_state(state)
    assert typed_in(terminal)
    shown = terminal.host.locator(".xterm-cursor")
    eventually(lambda: (shown.count() == 1) == (state == "live"), "a cursor where a program waits")


def test_the_keyboard_comes_to_a_terminal_that_is_started_again(shell):
    notebook, terminal = shell
    path = f"orchflow/api/terminals/{terminal.attribute('terminal')}"
    notebook.server.request("DELETE", path)
    terminal.host.get_by_role("button", name="Start again").or_(
        terminal.host.get_by_role("button", name="Run again")
    ).click()
    terminal.wait_for_state("live")
    terminal.page.keyboard.type("echo it is $((6 * 7))\n")
    terminal.wait_for_text("it is 42")


def test_run_again_in_two_views_of_one_name_gives_both_the_same_terminal(refill):
    dup = 'from orchflow_jupyter import Terminal\nTerminal(["bash", "--norc"], rows=5, name="dup")'
    notebook = refill(dup, dup)
    notebook.run_all()
    first, second = (notebook.terminal(number).wait_for_state("live") for number in (0, 1))
    first.run("exit 3")
    for view in (first, second):
        view.wait_for_state("ended")
        view.host.get_by_role("button", name="Run again").click()
        view.wait_for_state("live")
    assert first.attribute("terminal") == second.attribute("terminal")
