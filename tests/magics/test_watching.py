"""`%orchflow watch` in a real kernel, with real files."""

import pytest

from tests.support.waiting import eventually


@pytest.fixture
def work(magic, process):
    """A directory of the engine's root, in which the kernel is."""
    folder = process.root / "work"
    (folder / "src").mkdir(parents=True, exist_ok=True)
    magic.run(f"import os; os.chdir({str(folder)!r})")
    yield folder
    magic.run(
        "import orchflow_jupyter.magics.watching as w\nfor end in [*w._former.values()]: end()\nw._former.clear()"
    )


def until(kernel, comm, check, what):
    """Wait until `check(rerun)` holds of what the page is told; the last it was told."""

    def told():
        rerun = comm.state.get("rerun")
        return rerun is not None and check(rerun) and rerun

    return kernel.until(told, f"{what}, not {comm.state.get('rerun')}")


def test_what_changes_is_shown(magic, work):
    _, comm = magic.widget("%orchflow watch src --ignore '*.log'")
    assert (comm.state["path"], comm.state["ignore"], comm.state["rerun"]) == ("work/src", ["*.log"], None)


def test_a_command_runs_again_on_each_change(magic, work, process):
    identity, comm = magic.widget("%orchflow watch src --run cat src/*.txt >> seen; test ! -e src/bad.txt")
    assert comm.state["rerun"]["state"] == "waiting"
    (work / "src" / "a.txt").write_text("one\n")
    rerun = until(magic, comm, lambda now: now["state"] == "passed", "a pass")
    assert (rerun["after"], rerun["runs"] >= 1) == ("a.txt", True)
    assert "one" in (work / "seen").read_text()
    (work / "src" / "bad.txt").write_text("two\n")
    rerun = until(magic, comm, lambda now: now["state"] == "failed", "a failure")
    assert (rerun["how"], rerun["after"]) == ("exit code 1", "bad.txt")
    assert [model["id"] for model in process.call("terminals.list")] == [rerun["terminal"]]
    magic.send(identity, {"kind": "rerun", "action": "stop"})
    until(magic, comm, lambda now: now["state"] == "stopped", "the stop")
    (work / "src" / "bad.txt").unlink()
    magic.send(identity, {"kind": "rerun", "action": "start"})
    until(magic, comm, lambda now: now["state"] == "passed", "another pass")


def test_with_restart_what_runs_is_ended_first(magic, work):
    line = "%orchflow watch src --restart --run echo $$ >> pids; exec sleep 1000"
    _, comm = magic.widget(line)
    (work / "src" / "a").write_text("x")
    pids = work / "pids"
    eventually(lambda: pids.exists() and pids.read_text().count("\n") == 1, "the first run")
    first = until(magic, comm, lambda now: now["state"] == "running" and now["terminal"], "a run")["terminal"]
    (work / "src" / "a").write_text("y")
    eventually(lambda: pids.read_text().count("\n") > 1, "another run")
    until(magic, comm, lambda now: now["state"] == "running" and now["terminal"] != first, "another terminal")


def test_the_same_cell_run_again_takes_the_place_of_its_former_self(magic, work):
    line = "%orchflow watch src --run echo x >> count"
    _, first = magic.widget(line)
    _, second = magic.widget(line)
    assert first.closed
    (work / "src" / "a").write_text("x")
    until(magic, second, lambda now: now["state"] == "passed", "a pass")
    assert magic.value("len(__import__('orchflow_jupyter.magics.watching', fromlist=['_'])._former)") == "1"


def test_restart_without_a_command_makes_no_sense(magic, work):
    assert "UsageError" in magic.run("%orchflow watch src --restart").text
    assert "there is no nothing" in magic.run("%orchflow watch nothing").text
