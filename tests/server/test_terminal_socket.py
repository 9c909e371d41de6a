"""The WebSocket of Jupyter's own terminals, as JupyterLab speaks it, against real servers."""

import os
import signal

import pytest
from websockets.exceptions import InvalidStatus

from tests.support.terminado import JupyterTerminal, names, new
from tests.support.waiting import eventually

RESET = "\x18\x1bc"
MIB = 1024 * 1024


def resident(pid):
    """Bytes of a process' memory."""
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def size_of(server, name):
    (model,) = (one for one in server.request("GET", "orchflow/api/terminals").json if one["name"] == name)
    return model["rows"], model["cols"]


def test_a_tab_is_set_up_shows_output_and_types(jupyter):
    with JupyterTerminal(jupyter, new(jupyter, shell_command=["sh", "-c", "echo hello; exec cat"])) as terminal:
        terminal.read_until("hello\r\n")
        assert terminal.messages[0] == ["setup", {}]
        terminal.type("größe 🙂\r")
        terminal.read_until("größe 🙂\r\ngröße 🙂\r\n")


def test_leaving_a_tab_leaves_the_terminal_and_what_it_showed_is_shown_again(jupyter):
    name = new(jupyter, shell_command=["cat"])
    with JupyterTerminal(jupyter, name) as terminal:
        terminal.type("one\r")
        terminal.read_until("one\r\none\r\n")
    with JupyterTerminal(jupyter, name) as terminal:
        assert terminal.read_until("one\r\none\r\n") == RESET + "one\r\none\r\n"
        terminal.type("two\r")
        terminal.read_until("two\r\ntwo\r\n")


def test_two_tabs_see_the_same(jupyter):
    name = new(jupyter, shell_command=["cat"])
    with JupyterTerminal(jupyter, name) as one, JupyterTerminal(jupyter, name) as two:
        one.type("from one\r")
        two.read_until("from one\r\nfrom one\r\n")
        two.type("from two\r")
        one.read_until("from two\r\nfrom two\r\n")


def test_no_character_is_cut(jupyter):
    program = "import sys; sys.stdout.reconfigure(encoding='utf-8'); print('é€🙂' * 100_000, end='!')"
    with JupyterTerminal(jupyter, new(jupyter, shell_command=["python3", "-c", program])) as terminal:
        assert terminal.read_to_the_end() == ["disconnect", 1]
        assert terminal.output == "é€🙂" * 100_000 + "!"
        assert sum(message[0] == "stdout" for message in terminal.messages) > 1


def test_the_terminal_has_the_size_of_the_tab_in_which_somebody_typed_last(jupyter):
    name = new(jupyter, shell_command=["cat"])
    with JupyterTerminal(jupyter, name) as one, JupyterTerminal(jupyter, name) as two:
        one.send("set_size", 30, 100, 600, 800)
        eventually(lambda: size_of(jupyter, name) == (30, 100), "the first tab's size")
        two.send("set_size", 20, 60, 400, 500)
        two.type("x\r")
        eventually(lambda: size_of(jupyter, name) == (20, 60), "the second tab's size")


@pytest.mark.parametrize("size", [(0, 0), (None, None), (24, 5000), ("24", "80"), (24.5, 80), (True, True), (-1, 80)])
def test_a_size_that_no_terminal_has_is_passed_over(jupyter, size):
    name = new(jupyter, shell_command=["cat"])
    before = size_of(jupyter, name)
    with JupyterTerminal(jupyter, name) as terminal:
        terminal.send("set_size", *size, 0, 0)
        terminal.type("x\r")
        terminal.read_until("x\r\nx\r\n")
    assert size_of(jupyter, name) == before


@pytest.mark.parametrize("message", [["stdin"], ["stdin", 7], ["set_size"], ["set_size", 24], ["what", "ever"]])
def test_what_terminado_does_not_know_either_is_passed_over(jupyter, message):
    with JupyterTerminal(jupyter, new(jupyter, shell_command=["cat"])) as terminal:
        terminal.send(*message)
        terminal.type("x\r")
        terminal.read_until("x\r\nx\r\n")


@pytest.mark.parametrize("message", ["no JSON", "{}", "7", "[]", b"\x00\xff", "[" * 100_000])
def test_what_is_no_message_ends_the_tab_and_not_the_terminal(jupyter, message):
    name = new(jupyter, shell_command=["cat"])
    with JupyterTerminal(jupyter, name) as terminal:
        terminal.socket.send(message)
        terminal.read_to_the_end()
        assert terminal.socket.protocol.close_code == 1007
    assert names(jupyter) == [name]


def test_half_a_surrogate_pair_is_typed_as_a_question_mark(jupyter):
    with JupyterTerminal(jupyter, new(jupyter, shell_command=["cat"])) as terminal:
        terminal.socket.send('["stdin", "<\\ud83d>\\r"]')
        terminal.read_until("<?>\r\n<?>\r\n")


def test_what_one_tab_was_asked_another_is_not_asked_again(jupyter):
    name = new(jupyter, shell_command=["sh", "-c", "stty -echo; echo ready; exec cat"])
    with JupyterTerminal(jupyter, name) as terminal:
        terminal.read_until("ready\r\n")
        terminal.type("(\x1b[6n)\r")
        terminal.read_until("(\x1b[6n)\r\n")
    with JupyterTerminal(jupyter, name) as terminal:
        terminal.type("now \x1b[6n.\r")
        shown = terminal.read_until("now \x1b[6n.")
        assert shown.startswith(f"{RESET}ready\r\n()\r\n")


def test_what_is_asked_before_there_is_a_tab_the_engine_answers(jupyter):
    ask = "stty raw -echo; printf '<\\033[c>'; head -c 5 | od -An -c; exec cat"
    name = new(jupyter, shell_command=["sh", "-c", ask])
    eventually(lambda: jupyter.request("GET", "orchflow/api/terminals").json[0]["offset"] > 20, "an answer")
    with JupyterTerminal(jupyter, name) as terminal:
        terminal.read_until("033   [   ?   1   ;")


def refusal(server, name, headers=None):
    with pytest.raises(InvalidStatus) as refused:
        JupyterTerminal(server, name, headers=headers)
    return refused.value.response.status_code


def test_nobody_without_an_identity_and_nobody_from_elsewhere_gets_in(jupyter):
    name = new(jupyter, shell_command=["cat"])
    assert refusal(jupyter, name, headers={}) == 403
    token = {"Cookie": "", "Origin": "http://elsewhere.example"}
    assert refusal(jupyter, name, headers=token) == 403
    assert refusal(jupyter, "no such terminal") == 404


def test_a_slow_tab_costs_no_memory_and_holds_up_nobody(jupyter):
    program = "read go; head -c 30000000 /dev/zero | tr '\\0' x | fold -w 99; echo; echo the end; exec cat"
    name = new(jupyter, shell_command=["sh", "-c", program])
    with JupyterTerminal(jupyter, name, slow=True) as slow, JupyterTerminal(jupyter, name) as fast:
        before = resident(jupyter.process.pid)
        fast.type("\r")
        fast.read_until_tail("the end\r\n")
        assert resident(jupyter.process.pid) - before < 16 * MIB
        shown = slow.read_until_tail("the end\r\n")
        assert RESET in shown
        assert len(shown) < 30_000_000 - 16 * MIB  # the rest was never kept for it
        slow.type("still here\r")
        slow.read_until_tail("still here\r\nstill here\r\n")


def test_a_program_that_does_not_read_holds_up_nobody_else(jupyter):
    stuck = new(jupyter, shell_command=["sh", "-c", "stty raw -echo; echo ready; exec sleep 1000"])
    other = new(jupyter, shell_command=["cat"])
    with JupyterTerminal(jupyter, stuck) as one, JupyterTerminal(jupyter, other) as two:
        one.read_until("ready")
        for _ in range(16):
            one.type("x" * 64 * 1024)
        two.type("quick\r")
        two.read_until("quick\r\nquick\r\n")
        one.send("set_size", 33, 99, 0, 0)  # the tab itself is heard
        eventually(lambda: size_of(jupyter, stuck) == (33, 99), "the size")


def test_a_paste_arrives_whole(jupyter):
    program = "stty raw -echo; echo ready; head -c 4000000 | sha256sum; exec cat"
    with JupyterTerminal(jupyter, new(jupyter, shell_command=["sh", "-c", program])) as terminal:
        terminal.read_until("ready")
        terminal.type("0123456789" * 400_000)
        terminal.read_until("5e376990de2dd63c9f511f0141573aebf1a37b51adbe4eaf091c3cf3818c06f7")


def test_an_engine_that_is_killed_ends_the_terminal_for_its_tabs_and_another_one_serves(jupyter):
    if jupyter.mode == "embedded":
        pytest.skip("the engine is the server")
    with JupyterTerminal(jupyter, new(jupyter)) as terminal:
        os.kill(jupyter.engine_pid, signal.SIGKILL)
        assert terminal.read_to_the_end() == ["disconnect", 1]
    with JupyterTerminal(jupyter, new(jupyter, shell_command=["cat"])) as terminal:
        terminal.type("x\r")
        terminal.read_until("x\r\nx\r\n")


def test_a_tab_that_leaves_while_it_is_being_opened_leaves_nothing(jupyter):
    name = new(jupyter, shell_command=["cat"])
    for _ in range(5):
        with JupyterTerminal(jupyter, name) as terminal:
            terminal.socket.socket.close()
    eventually(lambda: jupyter.request("GET", "orchflow/api/terminals").json[0]["clients"] == 0, "no client")
