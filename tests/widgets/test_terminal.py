"""The widget in a real kernel, with this test as its page."""

import json
import threading

import pytest

from orchflow_jupyter.protocol.terminal import Op
from orchflow_jupyter.rendezvous import read_description
from orchflow_jupyter.widgets.bundle import bundle, loader, versioned
from tests.support.engine import EngineProcess, raw
from tests.support.kernel import CommStream, Kernel, KernelError
from tests.support.processes import end
from tests.support.waiting import eventually


def shown(kernel, arguments):
    """A terminal that is displayed: its comm's id, and the comm."""
    return kernel.widget(f"t = Terminal({arguments}); t")


def refusal(kernel, code):
    """The name and the text of the error that a cell ends with."""
    with pytest.raises(KernelError) as caught:
        kernel.run(code)
    return caught.value.name, caught.value.text


# -- what the page gets


def test_the_page_gets_what_it_needs(kernel, process):
    _, comm = shown(kernel, "['cat'], name='mine', rows=12, theme='dark'")
    (model,) = process.call("terminals.list")
    state = comm.state
    traits = ("terminal", "name", "rows", "command", "cwd", "error", "theme", "size", "marks")
    assert {name: state[name] for name in traits} == {
        "terminal": model["id"],
        "name": "mine",
        "rows": 12,
        "command": ["cat"],
        "cwd": str(kernel.work),
        "error": "",
        "theme": "dark",
        "marks": True,
        "size": None,
    }
    assert state["bundle"] == versioned("terminal.js")
    assert state["_esm"] == loader()
    assert state["_model_module"] == "anywidget"
    assert (model["rows"], model["cols"]) == (12, 80)


def test_what_is_saved_with_a_notebook_is_small(kernel):
    _, comm = shown(kernel, "['cat']")
    assert len(json.dumps(comm.state)) < 8 * 1024
    assert "_css" not in comm.state or len(comm.state["_css"]) < 1024


def test_the_login_shell_is_the_default(kernel, process):
    _, comm = shown(kernel, "")
    assert comm.state["command"] == process.model(comm.state["terminal"])["command"]


def test_a_line_is_cut_into_words_as_a_shell_would(kernel):
    _, comm = shown(kernel, "\"sh -c 'sleep 1000; true'\"")
    assert comm.state["command"] == ["sh", "-c", "sleep 1000; true"]


@pytest.mark.parametrize("line", ["ls -l | head", "cd src && ls", "make; ls", "make 2>&1", "sleep 9 &"])
def test_a_line_that_is_for_a_shell_is_refused_with_what_would_do(kernel, line):
    kind, said = refusal(kernel, f"Terminal({line!r})")
    assert (kind, f"give ['bash', '-c', {line!r}]" in said) == ("InvalidRequestError", True)


def test_an_operator_that_is_quoted_is_a_word(kernel):
    line = r"find '|' ';' 'a; b' it\'s a\; \;"
    _, comm = shown(kernel, repr(line))
    assert comm.state["command"] == ["find", "|", ";", "a; b", "it's", "a;", ";"]


def test_a_command_is_run_in_the_terminals_shell(kernel):
    shown(kernel, "['bash'], env={'HOME': '/nonexistent'}")
    assert (
        kernel.value("(t.run('echo one; (exit 3)', timeout=40).exit_code, t.run('echo two').text)") == "(3, 'two\\n')"
    )


def test_a_program_is_awaited_fed_and_interrupted_and_nothing_between_the_calls_is_missed(kernel):
    shown(kernel, "['sh', '-c', 'trap : INT; echo one; read a; echo two $a; sleep 1000; echo three; exec cat']")
    assert kernel.value("t.wait_for('one', 40)[0]") == "b'one'"
    kernel.run("t.type('x\\r'); import time; time.sleep(0.3)")
    assert refusal(kernel, "t.wait_for('one', 0.1)")[0] == "TimeoutError"
    assert kernel.value("t.expect(['never', b'two x'], 40)[0]") == "1"
    kernel.run("t.interrupt()")
    assert kernel.value("t.wait_for(r'three', 40)[0]") == "b'three'"


def test_what_a_command_has_said_is_not_waited_for_again(kernel):
    shown(kernel, "['bash'], env={'HOME': '/nonexistent'}")
    kernel.run("t.run('echo o\"\"ne', timeout=40); t.type('echo t\"\"wo\\r')")
    assert kernel.value("t.expect(['one', 'two'], 40)[0]") == "1"


def test_what_is_begun_is_awaited_and_answered(kernel):
    shown(kernel, "['bash'], env={'HOME': '/nonexistent'}")
    kernel.run("""t.run('true', timeout=40); t.begin("read -p 'na''me? ' x; echo it is $x")""")
    assert kernel.value("t.wait_for('name? ', 40)[0]") == "b'name? '"
    kernel.run("t.type('ada\\r')")
    assert kernel.value("t.wait_for('it is ada', 40)[0]") == "b'it is ada'"


def test_what_the_terminal_shows_is_had_as_text_and_as_a_picture(kernel, process):
    pytest.importorskip("pyghostty")
    _, comm = shown(kernel, "['sh', '-c', 'echo shown; exec cat']")
    eventually(lambda: process.call("terminals.screen", {"id": comm.state["terminal"]})["lines"][0], "its output")
    assert kernel.value("t.screen().lines[0], t.screen(scrollback=5).size[0]") == "shown 80"
    assert kernel.value("b'>shown</text>' in t.image(theme='dark', trim=True).data") == "True"


def test_a_size_is_fixed_for_page_and_program(kernel, process):
    _, comm = shown(kernel, "['cat'], size=(100, 40)")
    assert comm.state["size"] == [100, 40]
    model = process.model(comm.state["terminal"])
    assert (model["cols"], model["rows"]) == (100, 40)


def test_environment_and_directory_reach_the_program(kernel, process):
    (kernel.work / "below").mkdir()
    _, comm = shown(kernel, "['sh', '-c', 'echo $A in $PWD; cat'], env={'A': 'b'}, cwd='below'")
    assert comm.state["cwd"] == f"{kernel.work}/below"
    process.attach(comm.state["terminal"]).text(f"b in {kernel.work}/below".encode())


def test_a_name_that_runs_shows_what_runs(kernel, process):
    _, first = shown(kernel, "['cat'], name='mine'")
    _, second = shown(kernel, "['top'], name='mine', rows=7")
    assert second.state["terminal"] == first.state["terminal"]
    assert second.state["command"] == ["cat"]
    assert second.state["rows"] == 7
    assert len(process.call("terminals.list")) == 1


def test_a_terminal_that_others_made_is_attached_to_by_name_or_id(kernel, process):
    identity = process.create(["cat"], name="theirs")
    for wanted in ("theirs", identity):
        _, comm = kernel.widget(f"Terminal.attach_to({wanted!r}, rows=9)")
        assert (comm.state["terminal"], comm.state["name"], comm.state["rows"]) == (identity, "theirs", 9)
    assert refusal(kernel, "Terminal.attach_to('nobodys')") == (
        "NotFoundError",
        "there is no terminal 'nobodys'; there are: theirs",
    )


@pytest.mark.parametrize(
    ("arguments", "name", "words"),
    [
        ("'no-such-program'", "InvalidRequestError", "'no-such-program' was not found in PATH"),
        ("['cat'], cwd='/no/such'", "InvalidRequestError", "/no/such does not exist"),
        ("''", "InvalidRequestError", "command must begin with a program, and it is empty"),
        ("[]", "InvalidRequestError", "command"),
        ('"sh -c \'oops"', "InvalidRequestError", "cannot be cut into words: No closing quotation"),
        ("['cat'], rows=0", "InvalidRequestError", "rows"),
        ("['cat'], rows=1001", "InvalidRequestError", "rows"),
        ("['cat'], size=(0, 10)", "InvalidRequestError", "cols"),
        ("['cat'], name='two\\nlines'", "InvalidRequestError", "name"),
        ("['cat'], theme='pink'", "TraitError", "pink"),
    ],
)
def test_what_cannot_be_is_said_and_leaves_nothing_behind(kernel, process, arguments, name, words):
    kind, text = refusal(kernel, f"Terminal({arguments})")
    assert kind == name
    assert words in text
    process.settled()


def test_it_says_what_it_is(kernel):
    assert kernel.value("repr(Terminal(['sh', '-c', 'cat -'], name='it'))") == "<Terminal 'it': sh -c 'cat -'>"


def test_code_reads_and_types_and_ends_it(kernel, process):
    _, comm = shown(kernel, f"{raw('cat')!r}")
    assert kernel.value("t.info()['state']") == "running"
    kernel.run(
        "a = t.attach(); a.read_until(b'ready;', 40); a.send('hello'); seen = a.read_until(b'lo', 40); a.close()"
    )
    assert kernel.value("seen") == "b'hello'"
    assert refusal(kernel, "t.attach(mode='ro').send('x')")[0] == "NotAllowedError"
    kernel.run("t.kill()")
    assert refusal(kernel, "t.info()")[0] == "NotFoundError"
    process.settled()
    assert not comm.closed


def test_closing_takes_the_widget_from_the_page_and_lets_the_program_run(kernel, process):
    identity, comm = shown(kernel, "['cat']")
    stream = CommStream(kernel, identity, "s")
    stream.greet()
    kernel.run("t.close()")
    kernel.until(lambda: comm.closed, "the comm's end")
    model = eventually(lambda: (m := process.model(comm.state["terminal"]))["clients"] == 0 and m, "the streams' end")
    assert model["state"] == "running"


# -- the bundle and calls through the comm


def test_the_kernel_has_the_bundle(kernel):
    identity, _ = shown(kernel, "['cat']")
    content, buffers = kernel.ask(identity, {"kind": "bundle"}, "bundle")
    assert content == {"kind": "bundle"}
    assert buffers == [bundle("terminal.js")]


def test_a_terminal_is_run_again_and_ended_through_the_comm(kernel, process):
    identity, comm = shown(kernel, "['cat'], name='mine'")
    process.delete(comm.state["terminal"])
    params = {"command": ["cat"], "name": "mine", "cwd": comm.state["cwd"]}
    content, _ = kernel.ask(identity, {"kind": "call", "call": 5, "method": "create", "params": params}, "result")
    assert (content["call"], content["result"]["name"]) == (5, "mine")
    made = content["result"]["id"]
    assert process.model(made)["state"] == "running"
    content, _ = kernel.ask(identity, {"kind": "call", "call": 6, "method": "delete", "params": {"id": made}}, "result")
    assert content == {"kind": "result", "call": 6, "result": None}
    process.settled()


def test_a_name_that_a_running_terminal_has_already_gives_that_terminal_through_the_comm(kernel):
    identity, comm = shown(kernel, "['cat'], name='dup'")
    call = {"kind": "call", "call": 5, "method": "create", "params": {"command": ["cat"], "name": "dup"}}
    content, _ = kernel.ask(identity, call, "result")
    assert content["result"]["id"] == comm.state["terminal"]
    kernel.run("t.kill()")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ({"method": "create", "params": {"command": ["no-such-program"]}}, "no-such-program"),
        ({"method": "delete", "params": {"id": "t-0"}}, "no terminal 't-0'"),
        ({"method": "status"}, "there is no call 'status'"),
        ({}, "there is no call None"),
        ({"method": "create", "params": [1]}, "params"),
        ({"method": "create", "params": "text"}, "params"),
    ],
)
def test_a_call_that_fails_is_answered_with_the_reason(kernel, call, words):
    identity, _ = shown(kernel, "['cat']")
    content, _ = kernel.ask(identity, {"kind": "call", "call": 1} | call, "result")
    assert content["call"] == 1
    assert words in content["error"]


@pytest.mark.parametrize("content", [None, "text", [], {}, {"kind": "nonsense"}, {"kind": "data"}, {"kind": "close"}])
def test_messages_that_make_no_sense_are_passed_over(kernel, content):
    identity, _ = shown(kernel, "['cat']")
    kernel.send(identity, content)
    kernel.ask(identity, {"kind": "bundle"}, "bundle")


# -- streams through the comm


def test_a_view_types_reads_resizes_and_sees_the_end(kernel, process):
    identity, comm = shown(kernel, "['sh', '-c', 'printf \"ready;\"; read x; stty size; exit $x']")
    stream = CommStream(kernel, identity, "s-1", attachment="a-1")
    assert stream.greet()["id"] == comm.state["terminal"]
    assert stream.hello["attachment"] == "a-1"
    assert stream.kinds[0] == "opened"
    stream.text(b"ready;")
    stream.send(Op.RESIZE, 0, (90, 33))
    eventually(lambda: process.model(comm.state["terminal"])["cols"] == 90, "the new size")
    stream.type(b"7\n")
    stream.text(b"33 90")
    stream.until(lambda: stream.closed, "the end")
    assert stream.exit == {"code": 7, "signal": None}
    assert stream.closed[0] == 1000
    assert stream.taken == 1


def test_two_views_have_streams_of_their_own(kernel):
    identity, _ = shown(kernel, f"{raw('cat')!r}")
    first, second = CommStream(kernel, identity, "one"), CommStream(kernel, identity, "two", mode="ro")
    first.text(b"ready;")
    second.text(b"ready;")
    assert (first.hello["writable"], second.hello["writable"]) == (True, False)
    first.type(b"typed")
    assert first.text(b"typed") == second.text(b"typed") == b"ready;typed"
    second.close()
    first.type(b"on")
    first.text(b"on")
    assert "closed" not in second.kinds


def test_a_view_comes_back_from_where_it_was_and_goes_on_counting(kernel):
    identity, _ = shown(kernel, f"{raw('cat')!r}")
    before = CommStream(kernel, identity, "one", attachment="a")
    before.text(b"ready;")
    before.type(b"1")
    before.text(b"1")
    before.close()
    after = CommStream(kernel, identity, "two", attachment="a", since=6)
    assert after.greet()["input"] == 1
    after.type(b"2")
    assert after.text(b"2") == b"12"


def test_a_megabyte_goes_out_and_comes_in_whole(kernel):
    identity, _ = shown(kernel, f"{raw('cat')!r}")
    stream = CommStream(kernel, identity, "s")
    stream.text(b"ready;")
    typed = bytes(range(256)) * 4096
    for number, start in enumerate(range(0, len(typed), 32768), 1):
        stream.type(typed[start : start + 32768])
        stream.until(lambda number=number: stream.taken >= number - 2, "an acknowledgement")
    stream.until(lambda: len(stream.output) == len(typed) + 6, "the echo")
    assert stream.output == b"ready;" + typed


def test_output_goes_on_while_a_cell_runs_and_input_waits_for_its_end_at_the_longest(kernel, process):
    identity, comm = shown(kernel, f"{raw('cat')!r}")
    stream = CommStream(kernel, identity, "s", subshell=kernel.subshell())
    stream.text(b"ready;")
    gate = kernel.work / "gate"
    cell = kernel.start("import os, time\nwhile not os.path.exists('gate'):\n    time.sleep(0.01)")
    elsewhere = process.attach(comm.state["terminal"])
    elsewhere.text(b"ready;")
    elsewhere.type(b"theirs")
    stream.text(b"theirs")
    stream.type(b"ours")
    gate.touch()
    kernel.finish(cell)
    stream.text(b"ours")
    gate.unlink()


def test_a_terminal_that_is_gone_is_told(kernel, process):
    identity, comm = shown(kernel, "['cat']")
    process.delete(comm.state["terminal"])
    process.settled()
    stream = CommStream(kernel, identity, "s")
    stream.until(lambda: stream.closed, "the refusal")
    assert stream.closed[0] == 4404
    assert "no terminal" in stream.closed[1]


def test_an_engine_that_dies_is_told_to_every_view_and_the_next_cell_starts_another(tmp_path):
    with EngineProcess(tmp_path) as process, Kernel(tmp_path / "kernel", process) as kernel:
        identity, _ = kernel.widget("from orchflow_jupyter import Terminal; t = Terminal(['cat']); t")
        streams = [CommStream(kernel, identity, name) for name in ("one", "two")]
        for stream in streams:
            stream.greet()
        threading.Timer(0, process.process.kill).start()
        for stream in streams:
            stream.until(lambda stream=stream: stream.closed, "the news")
            assert stream.closed == (1006, "the connection to the engine was lost")
        process.process.wait()
        late = CommStream(kernel, identity, "late")
        late.until(lambda: late.closed, "the refusal")
        assert late.closed[0] == 4404
        kernel.widget("t = Terminal(['cat']); t")
        kernel.run("t.kill()")
        another = read_description(process.directory).pid
        assert another != process.pid
        end(another)
