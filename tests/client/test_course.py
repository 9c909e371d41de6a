"""The course of a command, with an engine that says what the test wants."""

import pytest

from orchflow_jupyter.client.course import AGAIN, QUIET, Course
from orchflow_jupyter.protocol.terminal import Op
from tests.support.attached import Engine

RAN = {"start": 0, "end": 0, "started": "2026-01-02T03:04:05Z", "exit_code": 0, "duration": 0.0}


def in_shell(shell="bash", *, busy=False):
    """An engine in whose terminal `shell` is at its prompt, or runs something."""
    return Engine(name=shell, command=[shell], integration="live", busy=busy)


def tell(engine, course, offset, kind, command):
    """Tell the course of one event, and let it go on."""
    engine.say(Op.EVENT, offset, {"kind": kind, "command": command} | RAN)
    return course.step()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_prompt_behind_which_a_line_was_typed_ahead_is_no_refusal_of_it(shell):
    engine = in_shell(shell, busy=True)
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


def test_a_prompt_that_says_nothing_is_a_refusal_only_once_the_shell_is_quiet(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    engine = in_shell("zsh")
    course = Course("true", engine.state)
    assert not course.step()
    assert not tell(engine, course, 1, "prompt", "")  # of an interrupt before it
    assert course.due == now[0] + QUIET
    assert not tell(engine, course, 2, "command_started", "true")
    assert course.due is None
    now[0] += 10
    assert not tell(engine, course, 3, "command_finished", "true")
    assert tell(engine, course, 4, "prompt", "")
    assert course.result.exit_code == 0
    course = Course("true", engine.state)
    assert not course.step()
    assert not tell(engine, course, 5, "prompt", "")
    now[0] += QUIET
    course.step()
    assert (course.result.exit_code, course.result.started) == (None, None)


@pytest.mark.parametrize("line", ["", " # nothing", "\n#\n"])
def test_a_prompt_behind_a_line_that_runs_nothing_is_its_end(line):
    engine = in_shell()
    course = Course(line, engine.state)
    course.step()
    assert tell(engine, course, 1, "prompt", "")


def test_the_end_of_a_command_whose_beginning_was_not_told_is_its_end():
    engine = in_shell()
    course = Course("true", engine.state)
    course.step()
    assert not tell(engine, course, 1, "command_finished", "true")
    assert tell(engine, course, 2, "prompt", "")
    assert course.result.exit_code == 0


def test_what_somebody_else_runs_is_not_interrupted_in_our_place(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    engine = in_shell()
    course = Course("true", engine.state)
    course.step()
    assert not tell(engine, course, 1, "command_started", "sleep 9")
    course.interrupt()
    assert not course.step()
    assert engine.heard(Op.SIGNAL) == []
    said = str(course.late(3))
    assert said == "'true' was not begun in 3 s by the shell that has it, and runs behind what runs there"
    tell(engine, course, 2, "command_finished", "sleep 9")
    tell(engine, course, 3, "prompt", "")
    now[0] += AGAIN
    assert not tell(engine, course, 4, "command_started", "true")
    assert [message.value for message in engine.heard(Op.SIGNAL)] == ["INT"]
    assert str(course.late(3)) == "'true' did not end in 3 s, and was interrupted"


def test_output_with_a_gap_is_cut_and_ends_where_it_ends():
    engine = in_shell()
    watched = bytearray()
    course = Course("seq 9", engine.state, watch=watched.extend)
    course.step()
    engine.say(Op.OUTPUT, 0, b"seq 9\r\n1\r\n")
    engine.say(Op.EVENT, 7, {"kind": "command_started", "command": "seq 9"} | RAN | {"start": 7})
    assert not course.step()
    engine.say(Op.OUTPUT, 10, b"2\r\n")
    engine.say(Op.GAP, 25)
    assert not course.step()  # before there is something behind the gap
    engine.say(Op.OUTPUT, 25, b"8\r\n9\r\n\x1b]633;D;0;secret\x07$ ")
    engine.say(Op.EVENT, 31, {"kind": "command_finished", "command": "seq 9"} | RAN | {"start": 7, "end": 31})
    engine.say(Op.EVENT, 51, {"kind": "prompt"})
    assert course.step()
    assert (course.result.output, course.result.cut) == (b"8\r\n9\r\n", True)
    assert bytes(watched) == b"1\r\n8\r\n9\r\n"
