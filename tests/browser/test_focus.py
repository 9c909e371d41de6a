"""Where the keyboard is: into a terminal, out of it, and back."""

import pytest

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
