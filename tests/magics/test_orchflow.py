"""`%orchflow` in a real kernel."""

import pytest

from orchflow_jupyter.magics.orchflow import _kind, _state, complete
from orchflow_jupyter.magics.words import COMMANDS
from tests.support.engine import raw
from tests.support.waiting import eventually

VIEW = "application/vnd.jupyter.widget-view+json"


def refusal(kernel, line):
    """What a line says where it is refused: IPython prints usage errors, without a traceback."""
    text = kernel.run(line).text
    assert text.startswith("UsageError: %orchflow")
    return text


def names(process):
    return [model["name"] for model in process.call("terminals.list")]


def test_it_is_there_once_the_extension_is_loaded(kernel):
    kernel.run("%load_ext orchflow_jupyter")
    assert "usage: orchflow" in kernel.run("%orchflow --help").text
    assert kernel.run("%orchflow terminal --help").text.startswith("usage: orchflow terminal")
    kernel.run("%reload_ext orchflow_jupyter")
    assert "usage: orchflow" in kernel.run("%orchflow").text


def test_a_terminal_is_shown(magic, process):
    identity, comm = magic.widget("%orchflow terminal -n mine --rows 9 --cwd / sh -c 'cat -'")
    assert identity in magic.comms
    (model,) = process.call("terminals.list")
    assert (model["name"], model["cwd"], model["command"]) == ("mine", "/", ["sh", "-c", "cat -"])
    assert (comm.state["terminal"], comm.state["rows"]) == (model["id"], 9)


def test_a_terminal_that_runs_is_attached_to_and_one_that_does_not_is_named(magic, process):
    made = process.create(["cat"], name="my name")
    _, comm = magic.widget("%orchflow attach 'my name' --rows 8")
    assert (comm.state["terminal"], comm.state["rows"]) == (made, 8)
    assert "there is no terminal 'yours'; there are: my name" in refusal(magic, "%orchflow attach yours")


def test_all_terminals_are_listed_with_how_they_are(magic, process):
    assert magic.run("%orchflow list").shown[0]["text/plain"] == ("No terminal yet. Start one with %orchflow terminal.")
    process.create(["cat"], name="<b>runs</b>", cols=81, rows=25)
    ended = process.create(["sh", "-c", "exit 3"], name="ended")
    killed = process.create(["sh", "-c", "kill -9 $$"], name="killed")
    eventually(lambda: all(process.model(t)["state"] == "exited" for t in (ended, killed)), "their ends")
    shown = magic.run("%orchflow list").shown[0]
    lines = shown["text/plain"].splitlines()
    assert lines[0].split() == ["name", "state", "command", "cwd", "size", "clients"]
    assert "<b>runs</b>" in lines[1]
    assert "81 x 25" in lines[1]
    assert "ended with exit code 3" in lines[2]
    assert "ended by" in lines[3]
    assert "KILL" in lines[3]
    assert "&lt;b&gt;runs&lt;/b&gt;" in shown["text/html"]
    assert "<b>" not in shown["text/html"]


def test_a_line_is_typed_as_written_with_enter_at_its_end(magic, process):
    stream = process.run(raw("cat"))
    stream.text(b"ready;")
    magic.run(f"%orchflow send {stream.hello['name']} echo \"a  b\" | 'c' $HOME $$ \\x41")
    stream.text(b"echo \"a  b\" | 'c' $HOME $$ \\x41\r")
    magic.run(f"%orchflow send {stream.hello['name']} é")
    stream.text("é\r".encode())


def test_raw_text_has_its_escapes_and_no_enter(magic, process):
    stream = process.run(raw("cat"))
    stream.text(b"ready;")
    magic.run(f"%orchflow send -r {stream.hello['name']} \\x03\\té\\x1b[A")
    stream.text("\x03\té\x1b[A".encode())
    stream.quiet()
    assert not stream.output.endswith(b"\r")
    for text in ("\\", "\\u20ac", "\\xzz"):
        assert "escapes must be of bytes" in refusal(magic, f"%orchflow send -r {stream.hello['name']} {text}")


def test_who_is_sent_to_must_be_running(magic, process):
    ended = process.create(["true"], name="ended")
    eventually(lambda: process.model(ended)["state"] == "exited", "its end")
    assert "has ended" in refusal(magic, "%orchflow send ended hello")
    assert "there is no terminal 'yours'" in refusal(magic, "%orchflow send yours hello")


def test_a_terminal_is_ended(magic, process):
    process.create(["cat"], name="mine")
    magic.run("%orchflow kill mine")
    assert names(process) == []
    process.settled()
    assert "there is no terminal 'mine'; there are: none" in refusal(magic, "%orchflow kill mine")


def test_the_engines_figures_are_shown(magic, process):
    shown = magic.run("%orchflow status").shown[0]
    assert str(process.root) in shown["text/plain"]
    assert str(process.pid) in shown["text/plain"]
    assert "MiB" in shown["text/html"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("terminal no-such-program", "'no-such-program' was not found in PATH"),
        ("terminal --cwd /no/such cat", "/no/such does not exist"),
        ("terminal --rows 0 cat", "--rows must be from 1 to 1000, and 0 is not"),
        ("attach --rows 1001 x", "--rows must be from 1 to 1000, and 1001 is not"),
        ("nonsense", "nonsense"),
        ("terminal 'oops", "No closing quotation"),
    ],
)
def test_what_cannot_be_is_a_usage_error_and_leaves_nothing(magic, process, line, words):
    process.create(["cat"], name="x")
    assert words in refusal(magic, f"%orchflow {line}")
    assert names(process) == ["x"]


def test_subcommands_options_and_names_are_completed(magic, process):
    process.create(["cat"], name="my name")
    process.create(["cat"], name="other")
    assert set(magic.complete("%orchflow ")) == {f"%orchflow {word}" for word in (*COMMANDS, "--help")}
    assert magic.complete("%orchflow te") == ["%orchflow terminal"]
    assert magic.complete("%orchflow terminal --c") == ["%orchflow terminal --cwd"]
    for line in ("my", "'my", "'my na"):
        assert magic.complete(f"%orchflow attach {line}") == ["%orchflow attach 'my name'"]
    assert magic.complete("x = %orchflow kill o") == ["x = %orchflow kill other"]
    magic.run("import os, pathlib; os.makedirs('sub', exist_ok=True); pathlib.Path('sub/a.cast').touch()")
    assert magic.complete("%orchflow play --speed 2 sub/") == ["%orchflow play --speed 2 sub/a.cast"]
    assert magic.complete("%orchflow watch su") == ["%orchflow watch sub/"]


@pytest.mark.parametrize(
    ("text", "line", "kind"),
    [
        ("list", "%orchflow l", "keyword"),
        ("--rows", "%orchflow attach -", "param"),
        ("x", "%orchflow kill ", "instance"),
        ("x", "%orchflow edit ", "path"),
    ],
)
def test_completions_say_what_they_are(text, line, kind):
    assert _kind(text, line) == kind


@pytest.mark.parametrize(
    ("line", "found", "word"),
    [
        ("attach ", ["'my name'", "other"], ""),
        ("attach --rows 3 o", ["other"], "o"),
        ("send -r o", ["other"], "o"),
        ("image --dark -o x.png o", ["other"], "o"),
        ("send other o", [], "o"),
        ("list ", [], ""),
        ("nonsense -", [], "-"),
        ("--h", ["--help"], "--h"),
    ],
)
def test_names_are_offered_where_they_may_stand(line, found, word):
    assert complete(f"%orchflow {line}", lambda: ["my name", "other"]) == (found, word)


def test_a_terminal_is_recorded_into_a_file_of_the_kernels_directory(magic, process):
    process.create(["cat"], name="rec")
    magic.run(f"import os; os.chdir({str(process.root)!r})")
    assert magic.run("%orchflow record -f rec rec.cast").text == ""
    assert ", recorded" in magic.value("get_ipython().run_line_magic('orchflow', 'list')")
    assert "recorded already" in refusal(magic, "%orchflow record rec other.cast")
    (shown,) = magic.run("%orchflow stop-recording rec").shown
    assert str(process.root / "rec.cast") in shown["text/plain"]
    assert "not recorded" in refusal(magic, "%orchflow stop-recording rec")
    assert "or ask for `overwrite`" in refusal(magic, "%orchflow record rec rec.cast")


def test_a_recording_is_played(magic, process):
    (process.root / "x.cast").write_text('{"version": 3, "term": {"cols": 80, "rows": 24}}\n[0.5, "o", "hi"]\n')
    magic.run(f"import os; os.chdir({str(process.root)!r})")
    _, comm = magic.widget("%orchflow play --speed 2 x.cast")
    assert (comm.state["path"], comm.state["speed"]) == ("x.cast", 2.0)
    assert "no.cast" in refusal(magic, "%orchflow play no.cast")
    assert "--speed" in refusal(magic, "%orchflow play --speed 0 x.cast")


def test_state_of_a_terminal_that_the_engine_ended_says_why():
    assert (
        _state({"state": "exited", "exit": {"code": None, "signal": "HUP", "reason": "culled: idle"}}) == "culled: idle"
    )
    assert _state({"state": "exited", "exit": {"code": None, "signal": "HUP"}}) == "ended by HUP"
