"""A terminal in a notebook, as its user meets it."""

import pytest

from tests.support.waiting import eventually

pytestmark = pytest.mark.browser

SHELL = 'from orchflow_jupyter import Terminal\nt = Terminal(["bash", "--norc"], rows=12)\nt'


@pytest.fixture
def shell(refill):
    notebook = refill(SHELL, "t", "from IPython.display import clear_output")
    notebook.run_cell(0)
    return notebook


def test_a_key_goes_to_the_program_and_its_echo_to_the_screen(shell):
    terminal = shell.terminal().wait_for_state("live")
    terminal.run("echo it is $((6 * 7))")
    terminal.wait_for_text("it is 42")
    assert terminal.attribute("transport") == "websocket"
    assert all(key["echoed"] >= key["sent"] for key in terminal.keystrokes())


WIDTHS = """const cache = view.term._core._renderService._renderer.value._widthCache;
const measure = Object.getPrototypeOf(cache)._measure;
return [0, 1, 2, 3].flatMap((variant) => [..."W i0~", "é", "中"].map((text) =>
  [cache._measure(text, variant), measure.call(cache, text, variant)]));"""


def test_characters_are_as_wide_as_the_emulator_itself_measures_them(shell):
    terminal = shell.terminal().wait_for_state("live")
    assert terminal.evaluate(
        "return Object.hasOwn(view.term._core._renderService._renderer.value._widthCache, 'clear');"
    )
    for ours, its_own in terminal.evaluate(WIDTHS):
        assert ours == its_own > 0


def test_the_program_learns_the_size_of_the_view(shell):
    terminal = shell.terminal().wait_for_state("live")
    terminal.run("stty size")
    cols, rows = terminal.evaluate("return [view.term.cols, view.term.rows];")
    terminal.wait_for_text(f"{rows} {cols}")
    shell.page.set_viewport_size({"width": 900, "height": 900})
    eventually(lambda: terminal.evaluate("return view.term.cols;") < cols, "a narrower terminal")
    terminal.run("stty size")
    terminal.wait_for_text(f"{rows} {terminal.evaluate('return view.term.cols;')}\n")
    shell.page.set_viewport_size({"width": 1280, "height": 900})


def test_shortcuts_of_jupyterlab_stay_away_from_what_is_typed(shell):
    terminal = shell.terminal().wait_for_state("live")
    cells = shell.page.locator(".jp-Cell").count()
    terminal.run("echo bb ddaa 00 xx")
    terminal.wait_for_text("\nbb ddaa 00 xx")
    assert shell.page.locator(".jp-Cell").count() == cells


def test_control_c_interrupts_and_copies_only_with_a_selection(shell, browser):
    terminal = shell.terminal().wait_for_state("live")
    terminal.run("sh -c 'echo asleep; exec sleep 1000'")
    terminal.wait_for_text("\nasleep")  # bash itself does not hear what comes while it starts a program
    shell.page.keyboard.press("Control+C")
    terminal.run("echo status $?")
    terminal.wait_for_text("status 130")
    browser.grant_permissions(["clipboard-read", "clipboard-write"])
    terminal.evaluate("view.term.selectAll();")
    shell.page.keyboard.press("Control+C")
    copied = eventually(lambda: shell.page.evaluate("navigator.clipboard.readText()"), "a copy")
    assert "status 130" in copied
    shell.page.evaluate("navigator.clipboard.writeText('echo pasted $((1 + 1))')")
    terminal.evaluate("view.term.clearSelection();")
    terminal.focus()
    shell.page.keyboard.press("Control+Shift+V")
    shell.page.keyboard.press("Enter")
    terminal.wait_for_text("pasted 2")


def test_search_finds_what_was_printed(shell):
    terminal = shell.terminal().wait_for_state("live")
    terminal.run("seq 1 300")
    terminal.wait_for_text("\n300")
    terminal.focus()
    shell.page.keyboard.press("Control+Shift+F")
    shell.page.keyboard.type("123")
    shell.page.keyboard.press("Enter")
    eventually(lambda: terminal.evaluate("return view.term.getSelection();") == "123", "the hit to be selected")
    count = terminal.host.locator("search .count")
    terminal.host.get_by_role("button", name="Regular expression").click()
    terminal.host.get_by_label("Find in the terminal").fill("12(")
    eventually(lambda: count.inner_text() == "not a valid expression", "that half an expression is none")
    terminal.host.get_by_label("Find in the terminal").fill("12(3)")
    eventually(lambda: count.inner_text() == "1 of 1", "the hit")
    shell.page.keyboard.press("Escape")
    terminal.run("echo back in the terminal")
    terminal.wait_for_text("\nback in the terminal")


def test_an_end_is_told_with_its_exit_code_and_it_can_be_run_again(shell):
    terminal = shell.terminal().wait_for_state("live")
    terminal.run("exit 3")
    terminal.wait_for_state("ended")
    assert "exit code 3" in terminal.host.inner_text()
    first = terminal.attribute("terminal")
    terminal.host.get_by_role("button", name="Run again").click()
    terminal.wait_for_state("live")
    assert terminal.attribute("terminal") != first
    terminal.run("echo again $((2 + 3))")
    terminal.wait_for_text("again 5")


def test_output_of_many_megabytes_arrives_whole(shell):
    terminal = shell.terminal().wait_for_state("live")
    terminal.run("seq 1 400000 | sha256sum; seq 1 400000; echo 'do''ne'")
    terminal.wait_for_text("399999\n400000\ndone")
    received = terminal.evaluate("return view.connection.received ?? null;")
    assert received is None or received > 2_000_000


def test_two_views_of_one_terminal_show_the_same(shell):
    first = shell.terminal(0).wait_for_state("live")
    shell.run_cell(1)
    second = shell.terminal(1).wait_for_state("live")
    assert first.attribute("terminal") == second.attribute("terminal")
    second.run("echo seen $((4 * 4))")
    first.wait_for_text("seen 16")
    second.wait_for_text("seen 16")
    first.run("printf 'and %s\\n' back")
    second.wait_for_text("and back")


def test_a_device_query_is_answered_once_by_two_views(shell):
    shell.terminal(0).wait_for_state("live")
    shell.run_cell(1)
    second = shell.terminal(1).wait_for_state("live")
    second.run(
        "stty -echo; printf '\\033[6n'; sleep 1; read -rsn1 -t1 a; read -rsn50 -t1 b; stty echo; "
        'echo "answers: $(printf %s "$b" | tr -cd R | wc -c)"'
    )
    second.wait_for_text("answers: 1")


def test_hidden_and_shown_again_it_goes_on(shell):
    terminal = shell.terminal().wait_for_state("live")
    shell.page.evaluate("document.querySelector('.orchflow-terminal').closest('.jp-OutputArea').style.display = 'none'")
    shell.page.wait_for_timeout(300)
    shell.page.evaluate("document.querySelector('.orchflow-terminal').closest('.jp-OutputArea').style.display = ''")
    terminal.run("echo shown $((5 * 5))")
    terminal.wait_for_text("shown 25")


def test_removed_it_leaves_the_terminal(shell):
    terminal = shell.terminal().wait_for_state("live")
    identity = terminal.attribute("terminal")
    path = f"orchflow/api/terminals/{identity}"
    assert shell.server.request("GET", path).json["clients"] == 1
    shell.command("notebook:hide-all-cell-outputs")
    shell.page.evaluate("window.jupyterapp.shell.currentWidget.content.widgets[0].outputArea.model.clear()")
    eventually(lambda: shell.server.request("GET", path).json["clients"] == 0, "the view to let go")
    assert shell.server.request("GET", path).json["state"] == "running"


def test_a_mouse_report_of_bytes_that_are_no_text_reaches_the_program(shell):
    terminal = shell.terminal().wait_for_state("live")
    terminal.run("stty raw -echo; printf '\\033[?1000h'; head -c 6 | od -An -tx1; printf '\\033[?1000l'; stty sane")
    eventually(lambda: terminal.evaluate("return view.term.modes.mouseTrackingMode;") == "vt200", "that it listens")
    box = terminal.host.locator(".xterm-screen").bounding_box()
    column = terminal.evaluate("return view.term.cols;") - 1
    assert column > 96  # its number has more than seven bits
    shell.page.mouse.click(box["x"] + box["width"] - 4, box["y"] + 4)
    terminal.wait_for_text(f"1b 5b 4d 20 {column + 1 + 32:02x} 21")


GRAPHICS_CARD = """() => {
  const kind = WebGL2RenderingContext.prototype, get = kind.getParameter;
  kind.getParameter = function (key) { return key === 0x9246 ? "a card" : get.call(this, key); };
}"""
"""0x9246 is the renderer's name (WEBGL_debug_renderer_info); here it would be one that draws with the CPU."""
LOSE = """const contexts = [...view.term.element.querySelectorAll("canvas")].map((one) => one.getContext("webgl2"));
const lost = contexts.filter(Boolean);
for (const gl of lost) gl.getExtension("WEBGL_lose_context").loseContext();
return lost.length;"""


@pytest.mark.long
def test_only_what_is_seen_is_drawn_by_the_graphics_card_and_a_lost_one_by_the_page(open_notebook, lab):
    gap = "from IPython.display import HTML\nHTML('<div style=\"height: 3000px\"></div>')"
    notebook = open_notebook(lab, SHELL, gap, SHELL)
    notebook.page.evaluate(GRAPHICS_CARD)
    for cell in range(3):
        notebook.run_cell(cell)
    upper, lower = (notebook.terminal(number).wait_for_state("live") for number in (0, 1))

    def drawn():
        return [one.attribute("renderer") for one in (upper, lower)]

    upper.host.scroll_into_view_if_needed()
    eventually(lambda: drawn() == ["webgl", "dom"], "that the upper one alone is drawn by the card")
    lower.host.scroll_into_view_if_needed()
    eventually(lambda: drawn() == ["dom", "webgl"], "that the lower one alone is")
    assert lower.evaluate(LOSE) == 1
    eventually(lambda: drawn() == ["dom", "dom"], "that the page draws it")
    lower.run("echo it is $((6 * 7))")
    eventually(lambda: "it is 42" in lower.host.locator(".xterm-rows").inner_text(), "its text in the page")


@pytest.mark.long
def test_notebook_7_shows_it_too(open_notebook, notebook7):
    notebook = open_notebook(notebook7, SHELL)
    notebook.run_cell(0)
    terminal = notebook.terminal().wait_for_state("live")
    terminal.run("echo it is $((6 * 7))")
    terminal.wait_for_text("it is 42")
