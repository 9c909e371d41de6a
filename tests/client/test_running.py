"""One command, pure: fed by hand with output and events, cut anywhere."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchflow_jupyter.client.result import CommandFailedError, Result
from orchflow_jupyter.client.running import Running

STREAM = b"echo\r\n\x1b]633;C;n\x07one\r\n\x1b]633;D;7;forged\x07two\r\n\x1b]633;D;3;n\x07$ "
START = STREAM.index(b"one")
END = STREAM.rindex(b"\x1b]633;D")


def event(kind, **more):
    return {"kind": kind, "start": START, "started": "2026-01-02T03:04:05Z", "exit_code": None, **more}


@given(st.lists(st.integers(0, len(STREAM)), max_size=6), st.integers(START, len(STREAM)))
def test_output_is_what_lies_between_the_marks_and_is_watched_once(cuts, told):
    watched = bytearray()
    running = Running("x", shell="bash", watch=watched.extend)
    begun = False
    bounds = sorted([0, *cuts, told, len(STREAM)])
    for start, end in pairwise(bounds):
        running.output(STREAM[start:end], end)
        if end >= told and not begun:
            begun = True
            running.event(event("command_started"))
    running.event(event("command_finished", end=END, exit_code=3, duration=1.5))
    assert running.result.output == bytes(watched) == STREAM[START:END]
    assert (running.result.exit_code, running.result.duration) == (3, 1.5)
    assert running.result.text == "one\n\x1b]633;D;7;forged\x07two\n"


@pytest.mark.parametrize("said", [b"\x1b[31mred\r\n", b"", b"\r50 %\r100 %", b"\x1b[?1049hfull"])
@pytest.mark.parametrize(
    "first",
    [b"", b"\x1b[30m\x1b(B\x1b[m", b"\x1b[?2004l\x1b]0;x; y\x07\x1b[30m\x1b(B\x1b[m\r", b"\x1b]0;x\x1b\\\x1b[m\r"],
)
def test_what_fish_says_before_its_command_is_no_output_wherever_it_is_cut(said, first):
    stream = first + said
    for cut in range(len(stream) + 1):
        watched = bytearray()
        running = Running("x", shell="fish", watch=watched.extend)
        running.event(event("command_started", start=100))
        running.output(stream[:cut], 100 + cut)
        running.output(stream[cut:], 100 + len(stream))
        running.event(event("command_finished", end=100 + len(stream), exit_code=0, duration=0))
        expected = said if first.endswith(b"\r") or said[:1] != b"\r" else said[1:]
        assert running.result.output == bytes(watched) == expected


def test_what_there_is_of_a_command_so_far_has_nothing_of_what_fish_said_first():
    running = Running("x", shell="fish")
    running.event(event("command_started", start=100))
    first = b"\x1b[?2004l\x1b[30m\x1b(B\x1b[m"
    running.output(first, 100 + len(first))
    assert running.so_far().output == b""
    running.output(b"\rsaid", 105 + len(first))
    assert running.so_far().output == b"said"


def test_a_line_that_fish_refuses_stands():
    running = Running("end", shell="fish")
    assert not running.stands
    running.event({"kind": "prompt"})
    assert not running.stands  # it may be an interrupt's, from before the line
    said = b"end\r\nfish: 'end' outside of a block\r\nend\r\n"
    running.output(said, len(said))
    running.event({"kind": "prompt"})
    assert running.stands
    for line, shell in (("fi", "bash"), (" ", "fish")):
        running = Running(line, shell=shell)
        running.event({"kind": "prompt"})
        assert not running.stands


def test_a_prompt_without_a_command_is_one_that_was_not_run():
    running = Running("fi", shell="bash")
    stream = (
        b"fi\r\n\x1b[?2004l\rbash: syntax error near unexpected token `fi'\r\n\x1b]633;P;Cwd=/;n\x07\x1b]633;A;n\x07$ "
    )
    running.output(stream, 1000 + len(stream))
    running.event({"kind": "prompt"})
    assert (running.result.exit_code, running.result.started) == (None, None)
    assert running.result.text == "bash: syntax error near unexpected token `fi'\n"
    with pytest.raises(CommandFailedError, match="'fi' was not run by the shell"):
        running.result.check()


def test_several_lines_are_typed_as_one_command():
    assert Running("a", shell="bash").typing() == b"a\r"
    assert Running("a\n\tb", shell="bash").typing() == b"for _ in 1;do eval $'a\\n\\tb';done\r"
    assert Running("a\tb", shell="bash").typing() == b"eval $'a\\tb'\r"
    typed = "for _ in 1;do eval $'\\'a\\041\\'\\n\\\\b\\001é';done\r"
    assert Running("'a!'\r\n\\b\x01é", shell="bash").typing() == typed.encode()
    assert Running("-a\tb", shell="zsh").typing() == b"eval $' -a\\tb'\r"
    assert Running("a é", shell="zsh").typing() == "a é\r".encode()
    assert Running("a\n\tb\n", shell="zsh").typing() == b"eval $'a\\n\\tb'\r"
    assert Running("a # 'c'\nb", shell="zsh").typing() == b"eval $'a # \\'c\\'\\nb'\r"
    assert Running("a\t'\\'", shell="fish").typing() == b"eval 'a'\\t'\\'\\\\\\''\r"
    assert Running("a\n'\\\x01b", shell="fish").typing() == b"eval 'a'\\n'\\'\\\\'\\x01'b'\r"
    assert Running("a\xad", shell="fish").typing() == "\x1b[200~a\xad\x1b[201~\r".encode()


def test_a_result_says_how_it_ended():
    result = Result("make", 2, b"x", None, 0.5)
    assert (result.ok, repr(result)) == (False, "<Result of 'make': exit code 2, 1 bytes, 0.500 s>")
    with pytest.raises(CommandFailedError, match="'make' ended with exit code 2") as raised:
        result.check()
    assert raised.value.result is result
    assert "signal KILL" in repr(Result("make", None, b"", None, 0.5, "KILL"))


def test_a_program_of_its_own_runs_from_its_birth():
    running = Running("sleep 6")
    running.output(b"hi", 2)
    assert running.begun
    assert running.so_far().output == b"hi"
    assert running.so_far().started is not None
    assert running.so_far().duration > 0
    running.ended({"code": 3, "signal": None})
    assert running.result.exit_code == 3
