"""`%orchflow run` and `%%orchflow` in a real kernel, with real shells."""

from functools import partial
from types import SimpleNamespace

import pytest

from orchflow_jupyter.client import Engine
from orchflow_jupyter.errors import InvalidRequestError
from orchflow_jupyter.magics import run as module
from tests.support.kernel import KernelError
from tests.support.waiting import eventually


@pytest.fixture
def bash(process, tmp_path):
    """A running bash, named `work`."""
    return process.create(["bash"], name="work", env={"HOME": str(tmp_path)})


def test_a_command_streams_and_its_result_is_the_cells(magic):
    outcome = magic.run("%orchflow run echo one; printf 'é\\n'; (exit 3)")
    assert outcome.text == "one\né\n"
    assert "exit code 3" in outcome.shown[-1]["text/plain"]
    assert magic.value("_.exit_code") == "3"


def test_a_result_is_given_to_a_variable(magic):
    assert "exit code 0" in magic.run('%orchflow run -o r echo "a  b" | cat').text
    assert magic.value("r.text") == "a  b\n"


def test_a_failure_raises_when_it_is_checked(magic):
    with pytest.raises(KernelError, match="ended with exit code 2") as caught:
        magic.run("%orchflow run --check exit 2")
    [line] = caught.value.traceback
    assert line.startswith("CommandFailedError: 'exit 2' ended with exit code 2 after ")


def test_a_named_terminals_shell_runs_it(magic, bash):
    magic.run("%orchflow run -n work cd /; x=5")
    assert magic.run("%orchflow run -n work echo $PWD $x").text == "/ 5\n"


def test_a_cell_is_a_script(magic, bash):
    assert magic.run("%%orchflow\nfor i in 1 2\ndo\n  echo $i\ndone").text == "1\n2\n"
    assert magic.run("%%orchflow work -o r\ny=7\necho $y\n").text.startswith("7\n")
    assert magic.value("r.exit_code") == "0"


def test_options_may_stand_before_a_cells_terminal_and_touch_their_words(magic, bash):
    magic.run("%%orchflow --timeout 30 work\nz=8\ncd /")
    assert magic.run("%orchflow run -nwork echo $z $PWD 'a  b'").text == "8 / a  b\n"
    assert "one terminal's name is wanted" in magic.run("%%orchflow work other\necho 1").text


def test_a_cell_for_a_named_shell_is_one_command_in_the_background_too(magic, bash, process):
    assert magic.run("%%orchflow work --bg\ntrue\nfi\necho later\n").text == "Runs in 'work'.\n"
    assert magic.run("%orchflow run -n work echo next").text == "next\n"
    process.create(["cat"], name="program")
    assert "runs none: send to it instead" in magic.run("%orchflow run --bg -n program echo 1").text


def test_a_limit_of_time_ends_it(magic, process):
    said = "^CommandTimeoutError: 'sleep 1000' did not end in 0.3 s, and was interrupted$"
    with pytest.raises(KernelError, match=said):
        magic.run("%orchflow run --timeout 0.3 sleep 1000")
    process.settled()


def test_a_limit_of_time_ends_it_in_a_named_shell_too_and_hands_over_what_there_is(magic, bash):
    deaf = "trap 'n=$((n + 1)); [ $n = 2 ] && exit 7' INT; while :; do sleep 0.05; done"
    with pytest.raises(KernelError, match=r"did not end in 0\.3 s, and was interrupted"):
        magic.run(f'%orchflow run -n work --timeout 0.3 -o r echo one; sh -c "{deaf.replace("$", chr(92) + "$")}"')
    assert magic.value("(r.exit_code, r.text[:4])") == "(7, 'one\\n')"
    assert magic.run("%orchflow run -n work echo next").text == "next\n"


def test_nothing_is_waited_for_in_the_background(magic, process):
    assert magic.run("%orchflow run --bg -n later sleep 1000").text == "Runs in 'later'.\n"
    (model,) = process.call("terminals.list")
    assert (model["name"], model["state"]) == ("later", "running")


def test_the_kernels_interrupt_interrupts_it(magic, process):
    request = magic.start("%orchflow run echo up; sleep 1000")
    eventually(lambda: process.status()["terminals"]["running"], "a program")
    magic._manager.interrupt_kernel()
    with pytest.raises(KernelError) as caught:
        magic.finish(request)
    assert caught.value.traceback == ["KeyboardInterrupt: 'echo up; sleep 1000' was interrupted"]
    assert magic.value("(_.command, _.ok)") == "('echo up; sleep 1000', False)"
    process.settled()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("run", "what is to be run"),
        ("run -o 1x ls", "'1x' is none"),
        ("run -o class ls", "'class' is none"),
        ("run --bg --timeout 5 ls", "nothing is waited for, so leave out --timeout"),
        ("run --bg -o r --check ls", "leave out -o and --check"),
        ("run -g x --bg -o r ls", "leave out -o"),
        ("run --nonsense ls", ""),
        ("run --timeout 0 ls", "it takes seconds, more than 0, and '0' is not that"),
        ("run --timeout -1 ls", "'-1' is not that"),
        ("run --timeout soon ls", "'soon' is not that"),
        ("run --timeout nan ls", "'nan' is not that"),
    ],
)
def test_what_cannot_be_run_is_a_usage_error(magic, line, words):
    text = magic.run(f"%orchflow {line}").text
    assert text.startswith("UsageError: ")
    assert words in text


def test_a_new_terminal_whose_shell_marks_nothing_is_not_left_behind(process, monkeypatch):
    given = SimpleNamespace(text="ls", name="plain", bg=False, out=None, check=False, timeout=None)
    with Engine.open(process.directory, str(process.root)) as engine:
        monkeypatch.setattr(engine, "create", partial(engine.create, ["sh"]))
        monkeypatch.setattr(module, "current_engine", lambda: engine)
        with pytest.raises(InvalidRequestError, match="your login shell is sh, which marks no commands"):
            module.run(given, {})
        assert engine.list() == []


def test_a_command_of_the_magics_is_no_terminals_name_for_a_cell(magic, process):
    assert "that is no terminal but a command" in magic.run("%%orchflow list\necho 1").text
    assert process.call("terminals.list") == []
