"""Which interrupts a shell may yet hear."""

import pytest

from orchflow_jupyter.client.course import AGAIN, QUIET, Course
from orchflow_jupyter.client.interrupts import Interrupts
from orchflow_jupyter.protocol.terminal import Op
from tests.support.attached import Engine

PROMPT = {"kind": "prompt"}


def finished(code):
    return {"kind": "command_finished", "exit_code": code}


@pytest.mark.parametrize(
    ("events", "left"),
    [
        ([], 1),
        ([PROMPT], 0),  # it was sent at a prompt, and there is a new one
        ([finished(130), PROMPT], 0),  # the command heard it
        ([finished(0), PROMPT], 1),  # the command had ended
        ([finished(0), PROMPT, PROMPT], 0),
        ([{"kind": "title"}], 1),
    ],
)
def test_one_is_heard_where_a_prompt_comes_of_it(events, left):
    interrupts = Interrupts()
    interrupts.sent()
    for event in events:
        interrupts.event(event)
    assert interrupts.unheard == left


def test_one_that_is_typed_counts():
    interrupts = Interrupts()
    interrupts.typed(b"ls\r")
    assert interrupts.unheard == 0
    interrupts.typed(b"l\x03")
    assert interrupts.unheard == 1


SPENT = [("bash", b"\x03"), ("zsh", b"\x03"), ("fish", b" :\r")]


@pytest.mark.parametrize(("shell", "keys"), SPENT)
@pytest.mark.parametrize("how", ["signal", "type", "another"])
def test_a_line_is_typed_behind_one_that_the_shell_may_hear_with_the_next_key(monkeypatch, how, shell, keys):
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    engine = Engine(name=shell, command=[shell], integration="live", busy=False)
    if how == "another":
        engine.state.interrupts = Interrupts()
        engine.state.interrupts.sent()
    elif how == "type":
        engine.state.type(b"\x03")
        engine.say(Op.EVENT, 1, {"kind": "command_finished", "exit_code": 0, "start": 0, "end": 0})
        engine.say(Op.EVENT, 1, PROMPT)
    else:
        engine.state.signal("INT")
    engine.heard(Op.INPUT)
    course = Course("true", engine.state)
    assert not course.step()
    assert engine.heard(Op.INPUT) == []
    assert course.due == now[0] + AGAIN
    now[0] = course.due
    course.step()
    typed = b"".join(message.value for message in engine.heard(Op.INPUT))
    assert typed == keys
    engine.say(Op.EVENT, 2, PROMPT)
    course.step()
    assert [message.value for message in engine.heard(Op.INPUT)] == [b"true\r"]
    assert engine.state.interrupts.unheard == 0


def test_fish_may_be_at_a_prompt_of_which_it_has_not_told(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    engine = Engine(name="fish", command=["fish"], integration="live", busy=True)
    engine.state.signal("INT")
    engine.say(Op.EVENT, 1, {"kind": "command_finished", "exit_code": 0, "start": 0, "end": 0})
    course = Course("true", engine.state)
    for wait in (AGAIN, QUIET):
        assert not course.step()
        assert course.due == now[0] + wait
        assert engine.heard(Op.INPUT) == []
        now[0] = course.due
    assert not course.step()
    assert [message.value for message in engine.heard(Op.INPUT)] == [b" :\r"]
    now[0] += 3  # it is not typed again
    assert not course.step()
    assert engine.heard(Op.INPUT) == []
    engine.say(Op.EVENT, 2, PROMPT)
    course.step()
    assert [message.value for message in engine.heard(Op.INPUT)] == [b"true\r"]
