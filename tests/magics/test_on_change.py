"""`%%orchflow on-change` in a real kernel: reruns between executions, never during one."""

import pytest

from tests.magics.test_watching import until, work

__all__ = ["work"]


@pytest.fixture
def changing(magic, work):
    """`changing(paths, body)`: the cell's widget and its output, after the first run."""

    def begin(paths, body):
        outcome = magic.run(f"%%orchflow on-change {paths}\n{body}")
        assert outcome.shown, outcome.text
        widget, output = (shown["application/vnd.jupyter.widget-view+json"]["model_id"] for shown in outcome.shown)
        return widget, magic.comms[widget], magic.comms[output], outcome

    return begin


def said(output):
    """All that the output shows, as text."""
    outputs = output.state.get("outputs", ())
    return "".join(one.get("text") or one.get("evalue") or one["data"]["text/plain"] for one in outputs)


def test_it_runs_at_once_and_again_when_a_file_changes(magic, work, changing):
    (work / "data.txt").write_text("1")
    _, comm, output, _ = changing("data.txt", "value = int(open('data.txt').read())\nprint('value', value)\nvalue * 2")
    assert magic.value("value") == "1"
    magic.until(lambda: said(output) == "value 1\n2", "what it says")
    assert comm.state["rerun"]["state"] == "passed"
    (work / "data.txt").write_text("5")
    magic.until(lambda: said(output) == "value 5\n10", "what it says anew")
    assert until(magic, comm, lambda now: now["state"] == "passed", "the end")["after"] == "data.txt"
    assert magic.value("value") == "5"


def test_it_never_runs_during_an_execution(magic, work, changing):
    (work / "data.txt").write_text("1")
    _, comm, _, _ = changing("data.txt", "import builtins\nbuiltins.log = [*getattr(builtins, 'log', []), 'rerun']")
    request = magic.start(
        "import asyncio, builtins, pathlib\nbuiltins.log = ['begin']\npathlib.Path('data.txt').write_text('2')\n"
        "for _ in range(100):\n    await asyncio.sleep(0.01)\nbuiltins.log.append('end')"
    )
    magic.finish(request)
    until(magic, comm, lambda now: now["runs"] >= 2 and now["state"] == "passed", "the rerun")
    assert magic.value("log[:3]") == "['begin', 'end', 'rerun']"


def test_a_first_run_that_fails_stops_the_notebook_and_a_later_one_may_pass(magic, work, changing):
    (work / "data.txt").write_text("not a number")
    _, comm, output, outcome = changing("data.txt", "print(int(open('data.txt').read()))")
    assert "runs again when data.txt changes" in outcome.text
    magic.until(lambda: "invalid literal" in said(output), "the error")
    assert comm.state["rerun"]["how"].startswith("ValueError")
    number = magic.value("get_ipython().execution_count")
    (work / "data.txt").write_text("no number either")
    magic.until(lambda: "either" in said(output), "the next error")
    [trace] = [one["traceback"] for one in output.state["outputs"] if one["output_type"] == "error"]
    assert f"In[{int(number) - 1}]" in "".join(trace).replace("\x1b[32m", "").replace("\x1b[39m", "")
    (work / "data.txt").write_text("7")
    magic.until(lambda: said(output) == "7\n", "what it says")


def test_a_rerun_that_fails_is_told_and_leaves_the_users_cells_alone(magic, work, changing):
    (work / "data.txt").write_text("1")
    _, comm, _, _ = changing("data.txt", "1 / int(open('data.txt').read())")
    (work / "data.txt").write_text("0")
    until(magic, comm, lambda now: now["how"] == "ZeroDivisionError: division by zero", "the failure")
    assert magic.run("print('fine')").text == "fine\n"


def test_a_body_may_await(magic, work, changing):
    (work / "data.txt").write_text("1")
    _, _, output, _ = changing("data.txt", "import asyncio\nawait asyncio.sleep(0)\nprint(open('data.txt').read())")
    magic.until(lambda: said(output) == "1\n", "its first run")
    (work / "data.txt").write_text("2")
    magic.until(lambda: said(output) == "2\n", "its second")


def test_a_change_of_any_of_its_paths_counts_until_it_is_stopped(magic, work, changing):
    (work / "a.txt").write_text("1")
    identity, comm, output, _ = changing("a.txt src", "import os\nprint(len(os.listdir('src')))")
    assert (comm.state["path"], comm.state["also"]) == ("work/a.txt", ["work/src"])
    before = len(list((work / "src").iterdir()))
    (work / "src" / "new").write_text("x")
    magic.until(lambda: said(output) == f"{before + 1}\n", "the rerun")
    until(magic, comm, lambda now: now["state"] == "passed", "its end")
    magic.send(identity, {"kind": "rerun", "action": "stop"})
    runs = until(magic, comm, lambda now: now["state"] == "stopped", "the stop")["runs"]
    (work / "src" / "newer").write_text("x")
    magic.send(identity, {"kind": "rerun", "action": "start"})
    until(magic, comm, lambda now: now["state"] == "passed" and now["runs"] == runs + 1, "one run more")


def test_the_execution_count_and_the_history_know_nothing_of_reruns(magic, work, changing):
    (work / "data.txt").write_text("1")
    _, comm, _, _ = changing("data.txt", "6 * 7")
    before = int(magic.value("get_ipython().execution_count"))
    (work / "data.txt").write_text("2")
    until(magic, comm, lambda now: now["runs"] >= 2 and now["state"] == "passed", "the rerun")
    assert int(magic.value("get_ipython().execution_count")) == before + 1


def test_it_needs_a_cell_and_a_path(magic, work):
    assert "UsageError" in magic.run("%orchflow on-change data.txt").text
    assert "UsageError" in magic.run("%%orchflow on-change\n1").text
