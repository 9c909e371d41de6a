"""What a terminal in a notebook survives, and what it says when it does not."""

import os
import re
import signal

import pytest

from tests.support.browser import browsable
from tests.support.proxy import Proxied
from tests.support.waiting import eventually

pytestmark = pytest.mark.browser

SHELL = 'from orchflow_jupyter import Terminal\nt = Terminal(["bash", "--norc"], rows=12)\nt'
LAST_LINES = 9000
"""Of the emulator's 10,000 lines of scrollback, those that are surely still there."""

ROWS = """
const { active } = view.term.buffer;
return Array.from({ length: active.length }, (_, y) => active.getLine(y).translateToString(true));
"""


@pytest.fixture
def shell(open_notebook, lab):
    notebook = open_notebook(lab, SHELL)
    notebook.run_cell(0)
    return notebook


def test_a_cut_connection_comes_back_and_nothing_is_lost_or_doubled(open_notebook, lab):
    with Proxied(lab) as proxied:
        notebook = open_notebook(proxied, SHELL)
        notebook.run_cell(0)
        terminal = notebook.terminal().wait_for_state("live")
        terminal.run("stty -echo; cat > typed.txt; stty echo")
        cuts = 0
        text = "".join(f"{n:03}" for n in range(100))
        terminal.focus()
        for piece in re.findall(".{60}", text):
            notebook.page.keyboard.type(piece)
            cuts += proxied.cut()
        terminal.wait_for_state("live")
        notebook.page.keyboard.press("Enter")
        notebook.page.keyboard.press("Control+D")
        terminal.run("seq 1 60000; echo 'fi''n'")
        for _ in range(5):
            notebook.page.wait_for_timeout(150)
            cuts += proxied.cut()
        terminal.wait_for_text("\nfin")
        assert cuts > 0
        assert (lab.root / "typed.txt").read_text() == text + "\n"
        numbers = [int(line) for line in terminal.text().splitlines() if line.isdigit()][-LAST_LINES:]
        assert numbers == list(range(60001 - LAST_LINES, 60001))


@pytest.mark.long
def test_while_it_is_cut_off_it_says_so_and_keeps_what_is_typed(open_notebook, lab):
    with Proxied(lab) as proxied:
        notebook = open_notebook(proxied, SHELL)
        notebook.run_cell(0)
        terminal = notebook.terminal().wait_for_state("live")
        terminal.run("echo before")
        terminal.wait_for_text("\nbefore")
        proxied.refuse(True)
        proxied.cut()
        terminal.wait_for_state("reconnecting")
        terminal.run("echo meanwhile $((7 * 7))")
        assert "\nbefore" in terminal.text()
        eventually(lambda: "Connection lost" in terminal.host.inner_text(), "the strip")
        assert "waiting" in terminal.host.inner_text()
        proxied.refuse(False)
        terminal.wait_for_state("live")
        terminal.wait_for_text("meanwhile 49")


def insist(terminal, line, text):
    """Type a line, again where JupyterLab's dialog about its lost server took the keys, until `text` is there."""

    def typed():
        terminal.run(line)
        terminal.page.wait_for_timeout(2000)
        return text in terminal.text()

    eventually(typed, text)


@pytest.mark.long
def test_the_server_killed_the_open_terminal_goes_on(tmp_path, open_notebook):
    with browsable(tmp_path / "killed") as server:
        notebook = open_notebook(server, SHELL)
        notebook.run_cell(0)
        terminal = notebook.terminal().wait_for_state("live")
        identity = terminal.attribute("terminal")
        server.kill9()
        insist(terminal, "echo alone $((8 * 8))", "alone 64")
        assert terminal.state == "live"
        server.start()
        assert server.request("GET", f"orchflow/api/terminals/{identity}").json["clients"] == 1
        insist(terminal, "echo together $((9 * 9))", "together 81")


@pytest.mark.long
def test_the_engine_killed_the_truth_is_told_and_a_new_one_can_be_started(tmp_path, open_notebook):
    with browsable(tmp_path / "engine") as server:
        notebook = open_notebook(server, SHELL)
        notebook.run_cell(0)
        terminal = notebook.terminal().wait_for_state("live")
        terminal.focus()
        os.kill(server.engine_pid, signal.SIGKILL)
        terminal.wait_for_state("gone")
        assert "no longer lives" in terminal.host.inner_text()
        eventually(lambda: terminal.host.locator(".xterm-cursor").count() == 0, "no cursor where nothing runs")
        terminal.host.get_by_role("button", name="Start again").click()
        terminal.wait_for_state("live")
        terminal.run("echo anew $((3 * 3))")
        terminal.wait_for_text("anew 9")


def test_a_reloaded_page_shows_the_same_terminal_with_what_it_printed(shell):
    terminal = shell.terminal().wait_for_state("live")
    terminal.run("echo kept $((2 * 3))")
    terminal.wait_for_text("kept 6")
    shell.save()
    shell.open()
    terminal = shell.terminal().wait_for_state("live")
    terminal.wait_for_text("kept 6")
    terminal.run("echo on $((2 * 5))")
    terminal.wait_for_text("on 10")


def printed(terminal):
    rows = terminal.evaluate(ROWS)
    return rows[: rows.index("kept 6") + 1]


def test_a_reloaded_page_has_its_scrollback_again_under_the_same_screen(shell):
    terminal = shell.terminal().wait_for_state("live")
    terminal.run("clear; for n in $(seq 40); do seq -f 'line %.0f of the log' 1000; done; echo kept $((2 * 3))")
    terminal.wait_for_text("kept 6")
    before = printed(terminal)
    shell.save()
    shell.open()
    terminal = shell.terminal().wait_for_state("live")
    terminal.wait_for_text("kept 6")
    eventually(lambda: len(printed(terminal)) >= LAST_LINES, "the lines above its screen")
    assert printed(terminal)[-LAST_LINES:] == before[-LAST_LINES:]
    assert terminal.evaluate("return view.term.buffer.active.viewportY === view.term.buffer.active.baseY")


@pytest.mark.long
def test_a_saved_notebook_without_kernel_shows_the_living_terminal_and_says_when_it_is_gone(shell):
    terminal = shell.terminal().wait_for_state("live")
    identity = terminal.attribute("terminal")
    terminal.run("echo still $((2 * 4))")
    terminal.wait_for_text("still 8")
    shell.save()
    shell.restart_kernel()
    shell.open()
    terminal = shell.terminal().wait_for_state("live")
    assert terminal.attribute("terminal") == identity
    terminal.wait_for_text("still 8")
    terminal.run("echo typed $((2 * 8))")
    terminal.wait_for_text("typed 16")
    shell.server.request("DELETE", f"orchflow/api/terminals/{identity}")
    shell.save()
    shell.open()
    terminal = shell.terminal().wait_for_state("gone")
    assert "no longer lives" in terminal.host.inner_text()


@pytest.mark.long
def test_where_the_server_has_no_extension_the_kernel_carries_the_messages(tmp_path, open_notebook):
    off = "--ServerApp.jpserver_extensions={'orchflow_jupyter': False}"
    server = browsable(tmp_path / "bare")
    server.args.append(off)
    with server:
        notebook = open_notebook(server, SHELL)
        notebook.run_cell(0)
        terminal = notebook.terminal().wait_for_state("live")
        assert terminal.attribute("transport") == "comm"
        terminal.run("seq 1 20000 | tail -n 3; echo by comm $((6 * 7))")
        terminal.wait_for_text("20000\nby comm 42")
        terminal.run("exit 4")
        terminal.wait_for_state("ended")
        assert "exit code 4" in terminal.host.inner_text()


@pytest.mark.long
def test_where_the_kernel_alone_carried_the_messages_its_restart_is_told(tmp_path, open_notebook):
    server = browsable(tmp_path / "bare")
    server.args.append("--ServerApp.jpserver_extensions={'orchflow_jupyter': False}")
    with server:
        notebook = open_notebook(server, SHELL)
        notebook.run_cell(0)
        terminal = notebook.terminal().wait_for_state("live")
        notebook.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
        terminal.wait_for_state("error")
        assert "The kernel was restarted. Run the cell again." in terminal.host.inner_text()


@pytest.mark.long
def test_who_may_not_type_looks_and_is_told(tmp_path, open_notebook):
    server = browsable(tmp_path / "guarded")
    server.args.append("--ServerApp.authorizer_class=tests.support.authorizers.ReadOnly")
    with server:
        notebook = open_notebook(server, SHELL)
        notebook.run_cell(0)
        terminal = notebook.terminal().wait_for_state("live")
        assert "read only" in terminal.host.inner_text()
        terminal.run("echo typed")
        [model] = server.request("GET", "orchflow/api/terminals").json
        assert model["clients"] == 1
        assert "typed" not in terminal.text()


@pytest.mark.long
def test_who_may_not_look_either_is_told(tmp_path, open_notebook):
    server = browsable(tmp_path / "guarded")
    server.args.append("--ServerApp.authorizer_class=tests.support.authorizers.Nothing")
    with server:
        notebook = open_notebook(server, SHELL)
        notebook.run_cell(0)
        terminal = notebook.terminal().wait_for_state("refused")
        assert "does not let you read orchflow:terminals" in terminal.host.inner_text()
