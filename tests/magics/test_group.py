"""`%orchflow run --group` in a real kernel, with real shells."""

import os
import subprocess
import sys

import pytest
from IPython.core.error import UsageError

from orchflow_jupyter.client import Engine, TerminalGroup
from orchflow_jupyter.magics.group import members
from orchflow_jupyter.rendezvous import ENVIRONMENT, ROOT_ENVIRONMENT
from tests.support.kernel import KernelError
from tests.support.waiting import GENEROUS, eventually


@pytest.fixture
def workers(process, tmp_path):
    """Three running bashes, `worker-1` and on."""
    with Engine.open(process.directory, str(process.root)) as engine:
        TerminalGroup.create(engine, 3, ["bash"], name="worker", env={"HOME": str(tmp_path)})
    eventually(lambda: {m["integration"] for m in process.call("terminals.list")} == {"live"}, "their prompts")


def rows(bundle):
    return [line.split() for line in bundle["text/plain"].splitlines()[1:]]


def test_a_table_fills_as_the_command_ends_and_the_result_is_the_cells(magic, workers):
    outcome = magic.run("%orchflow run --group worker-1,worker-3 (exit 4)")
    assert outcome.text == ""
    table, result = outcome.shown
    assert rows(table) == [["worker-1", "running"], ["worker-3", "running"]]
    assert "<table>" in table["text/html"]
    assert [row[:4] for row in rows(outcome.updates[-1])] == [[f"worker-{n}", "exit", "code", "4"] for n in (1, 3)]
    assert "0 of 2 with exit code 0" in result["text/plain"]
    assert magic.value("[_['worker-1'].exit_code, _.ok]") == "[4, False]"


def test_a_group_is_named_by_what_its_terminals_have_in_common(magic, workers):
    outcome = magic.run("%orchflow run -g worker -o r echo $((6*7))")
    assert "3 of 3" in outcome.text
    assert magic.value("[r[name].text for name in r.names]") == str(["42\n"] * 3)


def test_a_failure_raises_when_it_is_checked(magic, workers):
    with pytest.raises(KernelError, match="failed in 2 of 2 terminals: worker-1: exit code 1"):
        magic.run("%orchflow run --check -g worker-[12] false")


def test_nothing_is_waited_for_in_the_background(magic, process, workers):
    text = magic.run("%orchflow run --bg -g worker-1,worker-2 sleep 1000").text
    assert text == "Runs in 'worker-1', 'worker-2'.\n"
    eventually(lambda: sum(m["busy"] for m in process.call("terminals.list")) == 2, "two that are busy")


def test_the_kernels_interrupt_interrupts_all(magic, process, workers):
    request = magic.start("%orchflow run -g worker sleep 1000")
    eventually(lambda: all(m["busy"] for m in process.call("terminals.list")), "commands in all")
    magic._manager.interrupt_kernel()
    with pytest.raises(KernelError, match="KeyboardInterrupt"):
        magic.finish(request)
    assert {m["last_command"]["exit_code"] for m in process.call("terminals.list")} == {130}


def test_in_a_console_each_end_is_a_line(process, workers, tmp_path):
    code = "get_ipython().run_line_magic('load_ext', 'orchflow_jupyter')\n"
    code += "get_ipython().run_line_magic('orchflow', 'run -g worker-1 (exit 3)')"
    told = {ENVIRONMENT: process.directory, ROOT_ENVIRONMENT: str(process.root), "IPYTHONDIR": str(tmp_path / "i")}
    ipython = [sys.executable, "-m", "IPython", "--colors=nocolor", "-c", code]
    done = subprocess.run(ipython, env=os.environ | told, capture_output=True, text=True, timeout=GENEROUS)
    assert done.stdout.startswith("worker-1: exit code 3\n"), done.stderr
    assert "0 of 1 with exit code 0" in done.stdout


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("b, a", ["b", "a"]),
        ("a,a,a", ["a"]),
        ("work-*", ["work-1", "work-2", "work-x"]),
        ("work", ["work-1", "work-2"]),
        ("?", ["a", "b"]),
        ("work-2,work", ["work-2", "work-1"]),
    ],
)
def test_words_name_running_terminals(words, found):
    models = [
        {"id": f"id-{name}", "name": name, "state": "running"} for name in ("a", "b", "work-1", "work-2", "work-x")
    ]
    models.append({"id": "id-old", "name": "a", "state": "exited"})
    assert [model["name"] for model in members(words, models)] == found


@pytest.mark.parametrize(
    ("words", "said"), [("no", "'no' names; there are: a"), ("a,x*", "'x\\*'"), (" ,", "-g takes")]
)
def test_a_word_that_names_none_is_a_usage_error(words, said):
    with pytest.raises(UsageError, match=said):
        members(words, [{"id": "1", "name": "a", "state": "running"}, {"id": "2", "name": "no", "state": "exited"}])


def test_one_terminal_or_a_group_of_them(magic):
    assert "either one terminal" in magic.run("%orchflow run -n a -g b ls").text
