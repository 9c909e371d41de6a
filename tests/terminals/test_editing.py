"""Who has typed at the prompt, as inputs and the shell's marks tell; pure, and told to each listener as its own."""

import time

import pytest

from orchflow_jupyter.terminals.editing import SWITCH, Editing
from tests.support.sessions import pulled
from tests.terminals.test_integration import PROMPT, events, kinds, mark, played

RUN = mark("E;ls") + mark("C")
DONE = mark("D;0") + PROMPT


@pytest.fixture
def editing():
    """A shell that has come to its prompt."""
    editing = Editing()
    editing.prompted()
    return editing


def typed(editing, author, data, *, prompting=True, canonical=True):
    return editing.typed(author, data, prompting=prompting, canonical=lambda: canonical)


def hello(it, **how):
    return pulled(it.session.attach(lambda: None, lambda: None, **how))[0].value


def test_the_first_key_at_a_prompt_tells_and_the_others_do_not(editing):
    assert typed(editing, "a", b"l")
    assert not typed(editing, "a", b"s")
    assert not typed(editing, "b", b"x")
    assert editing.author == "a"


def test_a_line_is_its_authors_until_it_runs_or_the_shell_comes_back(editing):
    typed(editing, "a", b"ls\r")
    editing.started()
    assert not editing.prompted()
    typed(editing, "a", b"fi\r")
    assert not editing.prompted()
    assert editing.author is None


def test_a_line_that_came_behind_another_is_next(editing):
    typed(editing, "a", b"one\r")
    typed(editing, "b", b"two\r")
    editing.started()
    assert editing.prompted()
    assert editing.author == "b"
    editing.started()
    assert not editing.prompted()


@pytest.mark.parametrize(
    ("inputs", "stands"),
    [
        ([b"true\rrm -rf "], True),
        ([b"true\r", b"rm -rf "], True),
        ([b"t", b"rue\r", b"r", b"m"], True),
        ([b"true\rfalse\n"], False),
        ([b"true\rrm ", b"-rf x\r"], False),
        ([b"true\rrm\x03"], False),
        ([b"\x1b[200~a\nb\x1b[201~\r"], False),
        ([b"\x1b[200~a\nb\x1b[201~\rc"], True),
    ],
)
def test_what_is_typed_behind_a_whole_line_stands_at_the_next_prompt_where_it_is_none(editing, inputs, stands):
    for data in inputs:
        typed(editing, "a", data)
    editing.started()
    assert editing.prompted() is stands
    assert editing.author == ("a" if stands else None)


@pytest.mark.parametrize("report", [b"\x1b[?1;2c", b"\x1b[24;80R", b"\x1b[I", b"\x1b]11;rgb:00/00/00\x07"])
def test_what_an_emulator_says_by_itself_is_not_typed(editing, report):
    assert not typed(editing, "a", report)
    assert editing.author is None


def test_an_interrupt_drops_what_stands_there(editing):
    typed(editing, "a", b"rm")
    assert not typed(editing, "a", b"\x03")
    assert editing.author is None
    assert typed(editing, "b", b"x\x03l")


@pytest.mark.parametrize(
    ("data", "canonical", "stands"),
    [(b"x", True, True), (b"x", False, False), (b"x\r", True, False), (b"x\n", True, False), (b"x\x04", True, False)],
)
def test_what_is_typed_while_a_command_runs_waits_where_it_is_no_whole_line(
    editing, monkeypatch, data, canonical, stands
):
    editing.started()
    after = time.monotonic() + SWITCH
    monkeypatch.setattr("time.monotonic", lambda: after)
    typed(editing, "a", data, prompting=False, canonical=canonical)
    assert editing.prompted() == stands
    assert not editing.prompted()


def test_just_after_a_beginning_the_shells_own_modes_say_nothing(editing):
    editing.started()
    typed(editing, "a", b"x", prompting=False, canonical=False)
    assert editing.prompted()


def test_what_is_typed_while_hooks_run_stands_at_the_prompt_whatever_the_modes_are(monkeypatch):
    monkeypatch.setattr("orchflow_jupyter.terminals.editing.SWITCH", 0.0)
    with played() as it:
        listener = it.session.attach(lambda: None, lambda: None, answers=False)
        it.say(PROMPT + RUN + mark("D;0"))
        it.session.integration.typed("a", b"half", lambda: False)
        it.say(PROMPT)
        assert kinds(listener)[-2:] == ["prompt", "editing"]


def test_who_drives_is_told_whether_it_was_its_own_and_no_name_and_people_are_told_nothing():
    with played() as it:
        mine, other = (it.session.attach(lambda: None, lambda: None, answers=False) for _ in range(2))
        person = it.session.attach(lambda: None, lambda: None)
        it.say(PROMPT)
        for listener in (mine, other):
            assert kinds(listener)[-1] == "prompt"
        it.session.type(mine, b"l", 1)
        it.session.type(mine, b"s\r", 2)
        assert [hello(it, answers=answers).get("editing") for answers in (True, False)] == [None, True]
        assert [event for _, event in events(mine)] == [{"kind": "editing", "yours": True}]
        assert [event for _, event in events(other)] == [{"kind": "editing", "yours": False}]
        it.session.type(other, b"pwd\r", 1)
        it.say(RUN + DONE)
        assert kinds(mine)[-2:] == ["prompt", "editing"]
        assert events(other)[-1][1] == {"kind": "editing", "yours": True}
        it.say(RUN + DONE)
        assert hello(it, answers=False)["editing"] is False
        it.session.feed(b"x")
        assert events(other)[-1][1] == {"kind": "editing", "yours": False}
        assert set(kinds(person)) == {"cwd", "prompt", "command_started", "command_finished"}


def test_who_comes_late_passes_over_as_many_of_them_as_there_are():
    with played() as it:
        mine = it.session.attach(lambda: None, lambda: None, answers=False)
        it.say(PROMPT)
        for number in range(1500):
            it.session.type(mine, b"x", 2 * number + 1)
            it.session.type(mine, b"\x03", 2 * number + 2)
        it.say(RUN + DONE)
        assert kinds(it.session.attach(lambda: None, lambda: None, since=0))[-1] == "prompt"
        assert kinds(mine).count("editing") == 1500
