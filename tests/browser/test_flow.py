"""Floods and pastes in a notebook: what stops them, what arrives, and what is asked before."""

import hashlib
import random

import pytest

from tests.support.waiting import eventually

pytestmark = pytest.mark.browser

SHELL = 'from orchflow_jupyter import Terminal\nt = Terminal(["bash", "--norc"], rows=12)\nt'
PROMPT = "ready> "
PASTE = """const data = new DataTransfer(); data.setData("text/plain", text);
const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
host.querySelector("textarea").dispatchEvent(event);"""
WATCH = """const { term } = view; let pressed = 0; globalThis.took = null;
host.addEventListener("keydown", ({ key }) => { if (key.toLowerCase() === "c") pressed ||= performance.now(); }, true);
const watching = term.onRender(() => { const { active } = term.buffer;
  const line = active.getLine(active.baseY + active.cursorY)?.translateToString(true) ?? "";
  if (pressed === 0 || !line.includes("ready>")) return;
  watching.dispose(); globalThis.took = performance.now() - pressed; });"""
"""Leaves the ms from the key to the painted prompt in `globalThis.took`."""


@pytest.fixture
def shell(refill):
    notebook = refill(SHELL)
    notebook.run_cell(0)
    terminal = notebook.terminal().wait_for_state("live")
    terminal.run(f"PS1='{PROMPT}'")
    eventually(lambda: last_line(terminal) == PROMPT.strip(), "the prompt")
    return terminal


def last_line(terminal):
    return terminal.text().rpartition("\n")[2].strip()


def paste(terminal, text):
    """Paste as the browser's own paste does, whatever the clipboard holds."""
    terminal.focus()
    terminal.host.evaluate(f"(host, text) => {{ {PASTE} }}", text)


def strip(terminal):
    """What the strip says; empty where there is none."""
    found = terminal.host.locator(".strip .text")
    return found.inner_text() if found.count() else ""


def until(file):
    """A command that waits for a file: a program that reads nothing yet."""
    return f"while [ ! -e {file} ]; do sleep 0.05; done"


def button(terminal, name):
    terminal.host.get_by_role("button", name=name, exact=True).click()


@pytest.mark.parametrize("flood", ["yes", "cat /dev/urandom | base64"])
def test_control_c_stops_a_flood(shell, flood):
    shell.run(flood)
    eventually(lambda: shell.evaluate("return view.connection.received;") > 3_000_000, "a flood")
    shell.evaluate(WATCH)
    shell.page.keyboard.press("Control+C")
    eventually(lambda: shell.page.evaluate("globalThis.took") is not None, "the prompt, painted")
    received = shell.evaluate("return view.connection.received;")
    shell.run("echo on $((6 * 7))")
    shell.wait_for_text("on 42")
    assert shell.evaluate("return view.connection.received;") < received + 10_000


@pytest.mark.long
def test_a_paste_of_ten_megabytes_arrives_whole_in_a_raw_program_and_tells_how_far_it_is(shell, tmp_path):
    size = 10_000_000
    text = random.Random(1).randbytes(size // 2).hex()
    shell.run(f"stty raw -echo; echo listening; {until(tmp_path / 'go')}; head -c {size} | sha256sum; stty sane")
    shell.wait_for_text("\nlistening")
    paste(shell, text)
    eventually(lambda: "of 10 MB" in strip(shell), "the progress")
    (tmp_path / "go").touch()
    shell.wait_for_text(hashlib.sha256(text.encode()).hexdigest())
    eventually(lambda: strip(shell) == "", "the end of the progress")


@pytest.mark.long
def test_a_long_paste_that_is_cancelled_stops_and_what_is_typed_next_arrives(shell, tmp_path):
    shell.run(f"stty raw -echo; echo listening; {until(tmp_path / 'go')}; stdbuf -o0 tr -d x; stty sane")
    shell.wait_for_text("\nlistening")
    paste(shell, "x" * 10_000_000)
    eventually(lambda: "of 10 MB" in strip(shell), "the progress")
    button(shell, "Cancel")
    eventually(lambda: strip(shell) == "", "the end of the progress")
    (tmp_path / "go").touch()
    shell.type("behind it")
    shell.wait_for_text("behind it")


def test_control_c_ends_a_program_that_takes_nothing_of_a_long_paste(shell):
    shell.run("stty -icanon -echo; echo sleeps; sleep 1000")
    shell.wait_for_text("\nsleeps")
    paste(shell, "x" * 10_000_000)
    eventually(lambda: "Pasting" in strip(shell), "the progress")
    shell.focus()
    shell.page.keyboard.press("Control+C")
    eventually(lambda: "Pasting" not in strip(shell), "the end of the paste")
    shell.run("stty sane; echo woken $?")
    shell.wait_for_text("\nwoken")


def test_a_program_that_asked_for_brackets_gets_them_and_no_question_is_asked(shell):
    shell.run(
        "stty raw -echo; printf '\\033[?2004hlistening'; head -c 20 | od -An -c; stty sane; printf '\\033[?2004l'"
    )
    shell.wait_for_text("\nlistening")
    paste(shell, "a\nb")
    shell.type("12345")
    shell.wait_for_text("033   [   2   0   0   ~   a  \\r   b 033   [   2   0   1   ~")
    assert strip(shell) == ""


def test_several_lines_for_a_bare_program_are_asked_about_until_one_does_not_want_to_be_asked(shell):
    shell.run("cat")
    paste(shell, "one\ntwo\n")
    eventually(lambda: strip(shell).startswith("Paste 2 lines?"), "the question")
    button(shell, "Cancel")
    paste(shell, "three\nfour\n")
    button(shell, "Don't ask again")
    shell.wait_for_text("three\nfour\nthree\nfour")
    paste(shell, "five\nsix\n")
    shell.wait_for_text("five\nsix\nfive\nsix")
    assert "one" not in shell.text()


def test_a_line_that_would_be_cut_is_announced_and_one_that_is_not_goes_at_once(shell):
    long = "y" * 16_395
    shell.run("cat | wc -c")
    eventually(lambda: shell.host.get_attribute("data-state") == "live", "cat")
    paste(shell, long + "\n")
    eventually(lambda: "12,300 bytes would be lost" in strip(shell), "the announcement")
    button(shell, "Cancel")
    assert "yy" not in shell.text()
    paste(shell, "y" * 4095 + "\n")
    shell.page.keyboard.press("Control+D")
    shell.wait_for_text("\n4096\n")
    shell.run(f"stty raw -echo; echo listening; head -c {len(long)} | wc -c; stty sane")
    shell.wait_for_text("\nlistening")
    paste(shell, long)
    shell.wait_for_text(f"{len(long)}\n")
    assert strip(shell) == ""
