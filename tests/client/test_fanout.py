"""One command in the shells of many terminals, against a real engine and real shells."""

import asyncio
import signal
import threading
import time

import pytest

from orchflow_jupyter.client import AsyncTerminalGroup, GroupFailedError, TerminalGroup
from orchflow_jupyter.client.fanout import ESCAPES
from tests.client.test_aio import served
from tests.support.shells import needs, prepare
from tests.support.waiting import eventually


@pytest.fixture
def group(engine, tmp_path):
    """Three integrated bashes with an empty home, each of which knows its number."""
    with TerminalGroup.create(engine, 3, ["bash"], name="worker", env={"HOME": str(tmp_path)}) as group:
        for number, identity in enumerate(group.ids, 1):
            engine.batch([{"op": "input", "id": identity, "data": f"n={number}\r"}])
        eventually(lambda: all((m["last_command"] or {}).get("ended") for m in engine.list()), "numbers in all")
        yield group


def test_a_command_ends_in_each_shell_and_what_came_of_it_is_told_by_name(group):
    result = group.run("echo I am $n; (exit $((n - 1)))", timeout=30)
    assert {name: one.exit_code for name, one in result.results.items()} == {
        "worker-1": 0,
        "worker-2": 1,
        "worker-3": 2,
    }
    assert [result[name].text for name in group.names] == [f"I am {n}\n" for n in (1, 2, 3)]
    assert not result.ok
    lines = [line.split("  ") for line in repr(result.table()).splitlines()[1:]]
    assert [(line[0], line[1], line[-1]) for line in lines] == [
        (f"worker-{n}", f"exit code {n - 1}", f"I am {n}") for n in (1, 2, 3)
    ]
    assert "1 of 3 with exit code 0" in repr(result)
    html = result.table()._repr_html_()
    assert (html.count("--jp-success-color1"), html.count("--jp-error-color1")) == (1, 2)


def test_they_run_at_the_same_time_and_are_told_as_they_end(group, tmp_path):
    told = []

    def tell(result):
        told.append(set(result.results))
        if len(result.results) == 2:
            (tmp_path / "go").touch()

    group.run(f'[ $n != 2 ] || while ! [ -e "{tmp_path}/go" ]; do sleep 0.01; done', timeout=30, told=tell)
    assert told[0] == set()
    assert {"worker-1", "worker-3"} in told
    assert told[-1] == set(group.names)


def test_much_output_of_all_comes_whole(group):
    result = group.run("head -c 3000000 /dev/zero | tr '\\0' $n", timeout=30)
    assert [result[f"worker-{n}"].output == b"%d" % n * 3_000_000 for n in (1, 2, 3)] == [True] * 3


def test_a_failure_raises_only_when_it_is_checked_and_names_who_failed(group):
    with pytest.raises(GroupFailedError, match=r"2 of 3 terminals: worker-2: exit code 1; worker-3: exit code 1"):
        group.run("[ $n = 1 ]", timeout=30, check=True)
    assert group.run("true", timeout=30, check=True).ok


def test_who_runs_no_shell_or_is_gone_or_ends_is_told_and_the_others_go_on(engine, group):
    models = [*group.models, engine.create(["cat"], name="cat"), engine.create(["cat"], name="gone")]
    engine.delete(models[-1]["id"])
    result = TerminalGroup(engine, models).run("[ $n = 2 ] && exit 7; echo on", timeout=30)
    assert {name: result.how(name) for name in ("worker-1", "worker-2", "worker-3")} == {
        "worker-1": "exit code 0",
        "worker-2": "exit code 7",
        "worker-3": "exit code 0",
    }
    assert "runs none" in result.failed["cat"]
    assert "there is no terminal" in result.failed["gone"]


def test_those_that_do_not_end_in_time_are_interrupted_and_the_shells_go_on(group):
    result = group.run("[ $n = 2 ] || { echo begun; sleep 1000; }", timeout=1)
    assert result.how("worker-2") == "exit code 0"
    for name in ("worker-1", "worker-3"):
        assert result.how(name) == "not ended in 1 s, and interrupted"
        assert "begun" in result[name].text
    assert group.run("echo $n", timeout=30).ok


def test_where_something_else_runs_it_is_not_begun(engine, group):
    engine.batch([{"op": "input", "id": group.ids[1], "data": "sleep 1000\r"}])
    eventually(lambda: engine.get("worker-2")["last_command"]["command"] == "sleep 1000", "something else")
    result = group.run("echo mine", timeout=5)
    assert [result.how(name) for name in group.names] == ["exit code 0", "busy for 5 s, and not begun", "exit code 0"]
    assert engine.get("worker-2")["last_command"]["exit_code"] is None
    engine.signal(group.ids[1], "INT")
    assert group.run("true", timeout=30).ok
    assert "mine" not in engine.get("worker-2")["last_command"]["command"]


@needs("fish")
def test_a_line_that_a_shell_refuses_spoils_nothing_that_comes_later(engine, tmp_path):
    command = prepare("fish", tmp_path)
    with TerminalGroup.create(engine, 2, command, name="fish", env={"HOME": str(tmp_path)}) as group:
        assert [one.exit_code for one in group.run("echo )", timeout=30).results.values()] == [None, None]
        for word in ("one", "two"):
            result = group.run(f"echo {word}", timeout=30)
            assert [one.text for one in result.results.values()] == [f"{word}\n"] * 2


def test_an_interrupt_interrupts_all(engine, group):
    def interrupt():
        eventually(lambda: all(model["busy"] for model in engine.list()), "commands in all")
        time.sleep(0.1)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        threading.Thread(target=interrupt).start()
        with pytest.raises(KeyboardInterrupt):
            group.run("sleep 1000", timeout=30)
    finally:
        signal.signal(signal.SIGINT, previous)
    assert {model["last_command"]["exit_code"] for model in engine.list()} == {130}
    assert group.run("true", timeout=30).ok


def test_the_async_twin_does_the_same_and_cancelling_interrupts_all(process, tmp_path):
    async def test(engine):
        home = {"HOME": str(tmp_path)}
        async with await AsyncTerminalGroup.create(engine, 2, ["bash"], name="a", env=home) as group:
            result = await group.run("echo $((6*7))")
            assert [result[name].text for name in group.names] == ["42\n"] * 2
            with pytest.raises(GroupFailedError):
                await group.run("false", check=True)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(1):
                    await group.run("sleep 1000")
            assert {model["last_command"]["exit_code"] for model in await engine.list()} == {130}

    served(process, test)


@pytest.mark.parametrize(
    "mark", ["\x1b(B", "\x1b%G", "\x1b#8", "\x1bP1$r0m\x1b\\", "\x1b_text\x1b\\", "\x1b]2;t\x07", "\x1b[m"]
)
def test_a_last_line_has_no_part_of_a_sequence_in_it(mark):
    assert ESCAPES.sub("", f"do{mark}ne{mark}") == "done"
