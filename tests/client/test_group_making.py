"""Groups that are not made, or only in part: nothing of them is left."""

import os
import signal
import threading

import pytest

from orchflow_jupyter.client import AsyncTerminalGroup, TerminalGroup
from orchflow_jupyter.errors import InvalidRequestError
from tests.client.test_aio import served
from tests.support.waiting import eventually


@pytest.mark.parametrize("count", ["3", 2.5, None, -1, True])
def test_a_number_that_is_none_is_refused(engine, count):
    with pytest.raises(InvalidRequestError, match="is no number of them"):
        TerminalGroup.create(engine, count)


def test_an_interrupt_while_it_is_made_leaves_nothing(engine):
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        for turn in range(8):
            timer = threading.Timer(0.004 * turn, os.kill, (os.getpid(), signal.SIGINT))
            with pytest.raises(KeyboardInterrupt):  # noqa: PT012 - it comes at any moment
                timer.start()
                TerminalGroup.create(engine, 10, ["sleep", "1000"], name=f"turn-{turn}").close()
                threading.Event().wait(30)
    finally:
        signal.signal(signal.SIGINT, before)
    eventually(lambda: not [one for one in engine.list() if one["state"] == "running"], "none that runs")


def test_terminals_of_one_name_are_no_group(engine):
    ended = engine.create(["true"], name="w")
    eventually(lambda: engine.get(ended["id"])["state"] == "exited", "its end")
    runs = engine.create(["cat"], name="w")
    with pytest.raises(InvalidRequestError, match="two terminals of the group are called 'w'"):
        TerminalGroup(engine, [ended, runs])
    assert TerminalGroup(engine, [runs]).send("x\r").failed == {}


@pytest.mark.parametrize("models", [["t-1"], [{"id": "t-1"}], [5]])
def test_what_is_no_terminal_is_in_no_group(engine, models):
    with pytest.raises(InvalidRequestError, match=r"as Engine.list\(\) gives them"):
        TerminalGroup(engine, models)


@pytest.mark.parametrize("line", [5, b"ls", "a\0b"])
def test_what_is_no_line_runs_in_none_of_them(process, engine, line):
    with TerminalGroup.create(engine, 2, ["cat"]) as group, pytest.raises(InvalidRequestError, match="a command"):
        group.run(line)

    async def test(engine):
        async with await AsyncTerminalGroup.create(engine, 2, ["cat"]) as group:
            with pytest.raises(InvalidRequestError, match="a command"):
                await group.run(line)

    served(process, test)
