"""The marks beside a shell's commands, as its user meets them."""

import functools

import pytest

from tests.support.waiting import eventually

pytestmark = pytest.mark.browser

SHELL = (
    "import os\nos.environ['PS1'] = '$ '\nfrom orchflow_jupyter import Terminal\n"
    "t = Terminal(['bash', '-i'], rows=12, env={'HOME': os.getcwd()})\nt"
)
ROWS = """
const top = host.querySelector(".xterm-screen").getBoundingClientRect().top;
const height = host.querySelector(".xterm-screen").offsetHeight / view.term.rows;
return [...host.querySelectorAll(".mark")].map((mark) => {
  const row = Math.round((mark.getBoundingClientRect().top - top) / height);
  const line = view.term.buffer.active.getLine(view.term.buffer.active.viewportY + row).translateToString(true);
  return [mark.classList[1], line.replace(/^.*?[$] /, "")];
});
"""


@pytest.fixture
def shell(refill, lab):
    (lab.root / ".bashrc").write_text("PS1='$ '\nHISTCONTROL=\n")
    notebook = refill(SHELL, "t.marks = not t.marks", "Terminal.attach_to(t.terminal, rows=5)")
    notebook.run_cell(0)
    terminal = notebook.terminal().wait_for_state("live")
    terminal.wait_for_text("$ ")
    return notebook, terminal


def marks(terminal):
    """Each mark in sight: its kind, and the text of the line on which it is painted."""
    return terminal.evaluate(ROWS)


class Seen:
    """What was waited for, and what was seen instead when the wait is over."""

    def __init__(self, what, terminal):
        self.what, self.terminal = what, terminal

    def __str__(self):
        return f"{self.what}, and saw {marks(self.terminal)} in\n{self.terminal.text()[-500:]}"


def wait_for_marks(terminal, *expected):
    eventually(lambda: marks(terminal) == [list(each) for each in expected], Seen(f"{expected}", terminal))


def labels(terminal):
    return terminal.host.locator(".label").all_inner_texts()


def still(notebook, terminal):
    """The last label, or None if it changed within more than a second."""
    label = terminal.host.locator(".label").last
    before = label.text_content()
    notebook.page.wait_for_timeout(1500)
    return before if label.text_content() == before else None


def copied(notebook):
    return notebook.page.evaluate("navigator.clipboard.readText()")


def choose(notebook, terminal, entry, mark=None):
    """Choose an entry of the terminal's menu, or of that of one of its marks."""
    opener = (
        terminal.host.get_by_role("button", name="More") if mark is None else terminal.host.locator(".mark").nth(mark)
    )
    opener.click()
    notebook.page.get_by_role("menuitem", name=entry).click()


def test_success_failure_and_a_running_command_are_told_apart_by_more_than_colour(shell):
    notebook, terminal = shell
    terminal.run("true")
    terminal.run("(exit 3)")
    wait_for_marks(terminal, ("ok", "true"), ("failed", "(exit 3)"))
    assert [label.split(" · ")[1:] for label in labels(terminal)] == [[], ["exit 3"]]
    assert "exit code 3" in terminal.host.locator(".mark.failed").get_attribute("aria-label")
    terminal.run("sleep 1000")
    wait_for_marks(terminal, ("ok", "true"), ("failed", "(exit 3)"), ("running", "sleep 1000"))
    eventually(lambda: labels(terminal)[-1].startswith("0:0"), "the time to run")
    assert terminal.host.locator(".mark.running").get_attribute("title") == "sleep 1000: running"
    hide = "const { style } = host.closest('.jp-OutputArea'); style.display = style.display ? '' : 'none';"
    terminal.evaluate(hide)
    hidden = eventually(lambda: still(notebook, terminal), "a clock that nobody sees to stand still")
    terminal.evaluate(hide)
    eventually(lambda: labels(terminal)[-1] > hidden, "the time to go on")
    terminal.focus()
    notebook.page.keyboard.press("Control+C")
    wait_for_marks(terminal, ("ok", "true"), ("failed", "(exit 3)"), ("failed", "sleep 1000"))
    assert labels(terminal)[-1].endswith("exit 130")


@pytest.mark.long
def test_a_reloaded_page_has_the_same_marks_and_the_time_goes_on(shell, browser):
    notebook, terminal = shell
    terminal.run("echo one")
    terminal.run("(exit 2)")
    terminal.run("sleep 1000")
    expected = [("ok", "echo one"), ("failed", "(exit 2)"), ("running", "sleep 1000")]
    wait_for_marks(terminal, *expected)
    took = eventually(lambda: labels(terminal) if len(labels(terminal)) == 3 else None, "three labels")[:2]
    notebook.save()
    notebook.page.reload()
    terminal = notebook.terminal().wait_for_state("live")
    wait_for_marks(terminal, *expected)
    assert labels(terminal)[:2] == took
    terminal.evaluate("view.connection.reconnect();")
    terminal.wait_for_state("live")
    notebook.page.keyboard.press("Control+C")
    terminal.focus()
    notebook.page.keyboard.press("Control+C")
    wait_for_marks(terminal, *expected[:2], ("failed", "sleep 1000"))


@pytest.mark.long
def test_a_page_that_begins_with_a_snapshot_marks_what_came_after_it_once_and_in_its_place(shell):
    notebook, terminal = shell
    terminal.run("seq 1 120000")
    terminal.wait_for_text("\n120000\n$ ")
    terminal.run("echo one")
    terminal.run("(exit 2)")
    expected = [("ok", "echo one"), ("failed", "(exit 2)")]
    wait_for_marks(terminal, *expected)
    notebook.save()
    notebook.page.reload()
    terminal = notebook.terminal().wait_for_state("live")
    wait_for_marks(terminal, *expected)
    terminal.run("true")
    wait_for_marks(terminal, *expected, ("ok", "true"))


def test_marks_follow_scrolling_and_reflow_and_go_with_their_lines(shell):
    notebook, terminal = shell
    terminal.run("echo " + "w" * 90)
    terminal.run("seq 1 3")
    terminal.wait_for_text("\n3\n$ ")
    for width in (700, 1280):
        notebook.page.set_viewport_size({"width": width, "height": 900})
        narrow = f"return (view.term.cols < 60) === {str(width < 1000).lower()};"
        eventually(functools.partial(terminal.evaluate, narrow), "its new width")
        eventually(
            lambda: [(kind, line[:8]) for kind, line in marks(terminal)] == [("ok", "echo www"), ("ok", "seq 1 3")],
            Seen("both marks in their lines", terminal),
        )
    terminal.run("seq 1 100")
    terminal.wait_for_text("\n100")
    eventually(lambda: marks(terminal) == [], "no mark in sight")
    terminal.evaluate("view.term.scrollToTop();")
    eventually(lambda: [kind for kind, _ in marks(terminal)] == ["ok", "ok", "ok"], "three marks")
    terminal.run("clear")
    terminal.run("echo after")
    wait_for_marks(terminal, ("ok", "echo after"))
    notebook.page.keyboard.press("Control+L")
    wait_for_marks(terminal)
    terminal.run("echo again")
    wait_for_marks(terminal, ("ok", "echo again"))
    choose(notebook, terminal, "Clear")
    wait_for_marks(terminal)
    terminal.run("echo last")
    wait_for_marks(terminal, ("ok", "echo last"))


def test_marks_stay_in_their_lines_and_no_line_is_cut_where_the_view_is_lower_than_the_terminal_was(shell):
    notebook, tall = shell
    tall.run("seq 1 6")
    tall.wait_for_text("\n6\n$ ")
    notebook.run_cell(2)
    low = notebook.terminal(1).wait_for_state("live")
    screen = low.host.locator(".screen")
    eventually(lambda: screen.evaluate("element => element.scrollTop") > 0, "the line of the cursor")
    before = low.evaluate("return view.term.cols;")
    notebook.page.set_viewport_size({"width": 1000, "height": 900})
    eventually(lambda: low.evaluate("return view.term.cols;") < before, "its new width")
    wait_for_marks(low, ("ok", "seq 1 6"))
    low.host.get_by_role("button", name="Use this window's size").click()
    eventually(lambda: low.evaluate("return view.term.rows;") == 5, "its own height")
    eventually(lambda: screen.evaluate("element => element.scrollTop") == 0, "the first line")
    low.evaluate("view.term.scrollToTop();")
    wait_for_marks(low, ("ok", "seq 1 6"))


def test_programs_on_the_alternate_screen_have_no_marks_and_keep_their_keys(shell):
    notebook, terminal = shell
    terminal.run("echo before")
    wait_for_marks(terminal, ("ok", "echo before"))
    terminal.run("printf '\\e[?1049h\\e[H'; cat -v; printf '\\e[?1049l'")
    eventually(lambda: terminal.evaluate("return view.term.buffer.active.type;") == "alternate", "the alternate screen")
    eventually(lambda: marks(terminal) == [], "no marks")
    notebook.page.keyboard.press("Control+ArrowUp")
    terminal.wait_for_text("^[[1;5A")
    notebook.page.keyboard.press("Enter")
    notebook.page.keyboard.press("Control+D")
    eventually(lambda: len(marks(terminal)) == 2, "both marks")


def test_one_jumps_from_command_to_command_by_key_and_menu(shell):
    notebook, terminal = shell
    for number in (1, 2, 3):
        terminal.run(f"seq 1 5{number}")
        terminal.wait_for_text(f"5{number}\n$ ")
    terminal.run("true")
    wait_for_marks(terminal, ("ok", "true"))
    press, viewport = notebook.page.keyboard.press, "return view.term.buffer.active.viewportY;"
    end = terminal.evaluate(viewport)

    def near_the_top(line):
        eventually(lambda: ["ok", line] in marks(terminal)[:2], Seen(f"{line} in sight", terminal))

    # It is shown for a moment, which a slow machine may miss.
    terminal.evaluate(
        "host.reached = 0; new MutationObserver((changes) => { for (const { addedNodes } of changes)"
        " for (const node of addedNodes) host.reached += node.classList?.contains('reached') ? 1 : 0;"
        "}).observe(host.querySelector('.gutter'), { childList: true, subtree: true });"
    )
    press("Control+ArrowUp")
    near_the_top("true")
    press("Control+ArrowUp")
    near_the_top("seq 1 53")
    press("Control+ArrowUp")
    near_the_top("seq 1 52")
    choose(notebook, terminal, "Previous command")
    near_the_top("seq 1 51")
    press("Control+ArrowDown")
    near_the_top("seq 1 52")
    assert "seq 1 52" in terminal.host.locator(".said").inner_text()
    for _ in range(3):
        press("Control+ArrowDown")
    eventually(lambda: terminal.evaluate(viewport) == end, "the end")
    eventually(lambda: terminal.host.locator(".reached").count() == 0, "the highlight to go")
    assert terminal.evaluate("return host.reached;") == 7


def test_output_and_command_are_copied_and_a_command_is_run_again(shell, browser):
    notebook, terminal = shell
    browser.grant_permissions(["clipboard-read", "clipboard-write"])
    terminal.run("printf 'a  \\n%0300d\\n\\nlast\\n' 7; echo")
    eventually(lambda: [kind for kind, _ in marks(terminal)] == ["ok"], Seen("its end", terminal))
    choose(notebook, terminal, "Copy last output")
    eventually(lambda: copied(notebook).endswith("last"), "the output to be copied")
    assert copied(notebook) == "a\n" + "7".zfill(300) + "\n\nlast"
    terminal.run("echo $((6 * 7))")
    terminal.wait_for_text("\n42\n$")
    choose(notebook, terminal, "Copy command", mark=-1)
    eventually(lambda: copied(notebook) == "echo $((6 * 7))", "the command to be copied")
    choose(notebook, terminal, "Run again", mark=-1)
    terminal.wait_for_text("\n42\n$ echo $((6 * 7))\n42\n$")
    terminal.type("not empty")
    terminal.wait_for_text("$ not empty")
    terminal.host.locator(".mark").last.click()
    assert notebook.page.get_by_role("menuitem", name="Run again").is_disabled()
    notebook.page.keyboard.press("Escape")


def test_output_that_was_trimmed_is_not_copied_half_without_a_word(shell, browser):
    notebook, terminal = shell
    browser.grant_permissions(["clipboard-read", "clipboard-write"])
    terminal.run("seq 1 11000")
    terminal.wait_for_text("\n11000\n$")
    choose(notebook, terminal, "Copy last output")
    terminal.host.get_by_text("no longer held").wait_for()
    terminal.host.get_by_role("button", name="Copy what is left").click()
    lines = eventually(lambda: copied(notebook).split("\n")[-1] == "11000" and copied(notebook).split("\n"), "a copy")
    assert lines[:2] == [str(int(lines[1]) - 1), lines[1]]
    assert terminal.host.get_by_text("no longer held").count() == 0


def test_marks_can_be_switched_off_and_on(shell):
    notebook, terminal = shell
    terminal.run("true")
    wait_for_marks(terminal, ("ok", "true"))
    notebook.run_cell(1)
    wait_for_marks(terminal)
    notebook.run_cell(1)
    wait_for_marks(terminal, ("ok", "true"))
