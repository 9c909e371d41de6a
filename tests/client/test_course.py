"""The course of a command, with an engine that says what the test wants."""

import pytest

from orchflow_jupyter.client.course import Course
from orchflow_jupyter.protocol.terminal import Op
from tests.support.attached import Engine

RAN = {"start": 0, "end": 0, "started": "2026-01-02T03:04:05Z", "exit_code": 0, "duration": 0.0}


def busy(shell):
    """An engine in whose terminal `shell` runs something."""
    return Engine(name=shell, command=[shell], integration="live", busy=True)


def tell(engine, course, offset, kind, command):
    """Tell the course of one event, and let it go on."""
    engine.say(Op.EVENT, offset, {"kind": kind, "command": command} | RAN)
    return course.step()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_prompt_behind_which_a_line_was_typed_ahead_is_no_refusal_of_it(shell):
    engine = busy(shell)
    course = Course("true", engine.state, ahead=True)
    assert not course.step()
    assert [message.value for message in engine.heard(Op.INPUT)] == [b"true\r"]
    assert not tell(engine, course, 1, "command_finished", "sleep 1")
    assert not tell(engine, course, 2, "prompt", "")
    assert not course.begun()
    assert engine.heard(Op.INPUT) == []  # nor is it cleared
    engine.say(Op.INPUT_ACK, 1)
    assert course.begun()
    assert course.result is None
    assert not tell(engine, course, 3, "command_started", "true")
    assert not tell(engine, course, 4, "command_finished", "true")
    assert tell(engine, course, 5, "prompt", "")
    assert course.result.exit_code == 0
