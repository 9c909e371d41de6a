"""When something last happened: what counts and what does not, with a program that a test plays."""

import pytest

from orchflow_jupyter.terminals import activity
from orchflow_jupyter.terminals.activity import GRAIN, Activity, Latest, is_shell
from orchflow_jupyter.terminals.integration import Integration
from tests.support.sessions import Played, pulled

LATER = 10 * GRAIN


def idle_shell(**options):
    """A shell that has been silent for a while."""
    it = Played(command=["bash"], **options)
    it.loop.pass_time(LATER)
    return it


def moved(it, do):
    """Whether the last activity moved with what was done."""
    before = it.session.activity.since
    do()
    return it.session.activity.since > before


def test_input_counts_whoever_it_comes_from():
    with idle_shell() as it:
        listener = it.attach()
        assert moved(it, lambda: it.session.type(listener, b"x", 1))
        it.loop.pass_time(LATER)
        assert moved(it, lambda: it.session.feed(b"x"))
        it.loop.pass_time(LATER)
        assert moved(it, lambda: it.session.signal("INT"))


def test_who_watches_does_nothing():
    with Played() as it:
        it.say(b"x" * 1000)
        it.loop.pass_time(LATER)

        def watch():
            listener = it.attach(writable=False)
            pulled(listener)
            listener.acknowledge(1000)
            it.session.detach(listener)

        assert not moved(it, watch)


def test_change_of_size_and_the_repaint_after_it_do_not_count():
    with Played() as it:
        it.loop.pass_time(LATER)
        assert not moved(it, lambda: it.resize(100, 30))
        assert not moved(it, lambda: it.say(b"repainted"))
        it.loop.pass_time(LATER)
        assert moved(it, lambda: it.say(b"more"))


def test_output_counts_of_a_program_and_of_a_shell_that_runs_something():
    with Played() as program, idle_shell() as shell:
        program.loop.pass_time(LATER)
        assert moved(program, lambda: program.say(b"x"))
        shell.pty.runs = True
        assert moved(shell, lambda: shell.say(b"x"))


def test_output_of_a_shell_at_its_prompt_does_not_count_and_input_right_after_it_does():
    with idle_shell() as it:
        assert not moved(it, lambda: it.say(b"\r$ "))
        assert moved(it, lambda: it.session.feed(b"x"))


def test_the_end_of_a_silent_command_counts():
    with idle_shell(integration=Integration("n", "/")) as it:
        prompt = b"\x1b]633;A;n\x07$ \x1b]633;B;n\x07"
        it.say(prompt)
        it.say(b"\x1b]633;E;sleep 9;n\x07\x1b]633;C;n\x07")
        it.loop.pass_time(LATER)
        assert moved(it, lambda: it.say(b"\x1b]633;D;0;n\x07" + prompt))
        it.loop.pass_time(LATER)
        assert not moved(it, lambda: it.say(prompt))


def test_keys_and_output_in_a_row_are_noted_once():
    told = []
    with Played(told=told.append) as it:
        listener = it.attach()
        for number in range(1, 100):
            it.session.type(listener, b"x", number)
            it.say(b"x")
            it.session.feed(b"y")
        assert len(told) == 1


def test_end_that_was_asked_for_is_in_the_model_and_is_not_told():
    told = []
    with Played(told=told.append) as it:
        it.loop.pass_time(LATER)
        before = it.session.model()["last_activity"]
        it.session.hang_up()
        it.pty.end()
        assert told == []
        assert it.session.model()["last_activity"] > before


def test_jump_of_the_clock_on_the_wall_stops_nothing(monkeypatch):
    wall = iter([1000.0, 5.0, 2000.0])
    monkeypatch.setattr(activity.time, "time", lambda: next(wall))
    told = []
    one = Activity(0.0, told.append)
    for now in (2.0, 4.0):
        assert now >= one.input_due
        one.note(now)
    assert told == [5.0, 2000.0]


def test_an_engine_is_told_of_at_most_as_often_as_the_grain_and_holds_no_timer():
    now, told = 0.0, []
    latest = Latest(lambda: now)
    latest.told = told.append
    for step in range(30):
        now = step * GRAIN / 10
        latest.note(now)
    assert len(told) == 3
    assert latest.at == now


@pytest.mark.parametrize(
    ("command", "is_one"),
    [
        (["bash"], True),
        (["/bin/bash", "-l"], True),
        (["zsh", "-i"], True),
        (["bash", "-c", "make"], False),
        (["bash", "script"], False),
        (["make"], False),
    ],
)
def test_shell_for_people_is_told_from_one_that_runs_a_script(command, is_one):
    assert is_shell(command) is is_one
