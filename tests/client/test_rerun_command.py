"""A command that runs again, in real terminals."""

import pytest

from orchflow_jupyter.client.rerun_command import CommandRuns
from tests.support.waiting import eventually


@pytest.fixture
def runs(engine, process, monkeypatch):
    """`runs(line)`: its runs, and the terminals that they began in."""
    monkeypatch.setattr("orchflow_jupyter.client.rerun_command.current_engine", lambda: engine)
    made, began = [], []

    def make(line):
        made.append(CommandRuns(line, str(process.root), began.append))
        return made[-1], began

    yield make
    for one in made:
        one.forget()


def always():
    return True


def test_each_run_has_a_terminal_of_its_own_and_only_the_last_is_kept(runs, engine):
    one, began = runs("echo out; exit 3")
    first, second = one.run(always), one.run(always)
    assert [(run.passed, run.how) for run in (first, second)] == [(False, "exit code 3")] * 2
    assert began == [first.terminal, second.terminal]
    eventually(lambda: [model["id"] for model in engine.list()] == [second.terminal], "the first to go")
    with engine.attach(second.terminal, since=0) as attachment:
        assert attachment.read() == b"out\r\n"


def test_a_shell_reads_the_line_in_the_directory_where_it_was_given(runs, process):
    one, _ = runs('test "$PWD" = \'' + str(process.root) + "' && true | true")
    assert one.run(always).passed


def test_what_is_wanted_no_more_is_ended(runs, engine):
    one, began = runs("sleep 1000")
    assert not one.run(lambda: not began).passed
    eventually(lambda: engine.list() == [], "the terminal to go")


def test_what_a_signal_ended_is_said_so(runs):
    one, _ = runs("kill -TERM $$")
    assert one.run(always).how == "signal TERM"
