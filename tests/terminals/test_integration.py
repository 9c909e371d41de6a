"""What marks say of a shell, and how it is told to listeners; the shell is played."""

import pytest

from orchflow_jupyter.protocol.terminal import Op
from orchflow_jupyter.terminals.integration import COMMANDS, Integration
from tests.support.sessions import Played, pulled


def mark(text):
    return f"\x1b]633;{text};n0nce\x07".encode()


PROMPT = mark("P;Cwd=/home") + mark("A") + b"$ " + mark("B")


def played(**options):
    return Played(integration=Integration("n0nce", "/"), **options)


def events(listener):
    return [(m.sequence, m.value) for m in pulled(listener) if m.op is Op.EVENT]


def kinds(listener):
    return [event["kind"] for _, event in events(listener)]


def test_a_shell_is_pending_until_its_first_prompt_and_then_says_whether_it_is_busy():
    with played() as it:
        it.pty.foreground = lambda: 12345
        assert (it.session.model()["integration"], it.session.model()["busy"]) == ("pending", True)
        it.say(PROMPT)
        model = it.session.model()
        assert (model["integration"], model["busy"], model["cwd"], model["last_command"]) == (
            "live",
            False,
            "/home",
            None,
        )
        it.say(mark("E;make") + mark("C"))
        assert it.session.model()["busy"] is True
        it.say(mark("D;2"))
        assert it.session.model()["busy"] is True
        it.say(PROMPT)
        assert it.session.model()["busy"] is False


def test_a_command_is_told_from_its_line_to_its_end():
    with played() as it:
        it.say(PROMPT + mark("E;ls") + mark("C"))
        start = it.session.ring.end
        it.say(b"a b c\r\n")
        end = it.session.ring.end
        it.say(mark("D;3"))
        command = it.session.model()["last_command"]
        assert (command["command"], command["cwd"], command["exit_code"]) == ("ls", "/home", 3)
        assert (command["start"], command["end"]) == (start, end)
        assert command["started"] <= command["ended"]
        assert command["duration"] >= 0


def test_events_come_in_order_of_the_output_and_lie_between_its_bytes():
    with played() as it:
        it.say(PROMPT + mark("E;ls") + mark("C") + b"out" + mark("D;0") + PROMPT)
        listener = it.attach()
        messages = pulled(listener)[1:]
        assert [m.value["kind"] for m in messages if m.op is Op.EVENT] == [
            *("cwd", "prompt", "command_started", "command_finished", "prompt"),
        ]
        offset = 0
        for message in messages:
            assert message.sequence == offset
            offset += len(message.value) if message.op is Op.OUTPUT else 0


def test_events_of_now_follow_the_output_in_which_they_happened():
    with played() as it:
        listener = it.attach()
        listener.wake = lambda: seen.extend(pulled(listener))
        seen = []
        it.say(PROMPT)
        assert [m.op for m in seen] == [Op.HELLO, Op.OUTPUT, Op.EVENT, Op.EVENT]


def test_who_comes_back_gets_what_happened_since():
    with played() as it:
        it.say(PROMPT)
        at = it.session.ring.end
        it.say(mark("E;ls") + mark("C") + mark("D;0"))
        assert kinds(it.attach(since=at)) == ["prompt", "command_started", "command_finished"]
        assert kinds(it.attach(since=at + 1)) == ["command_started", "command_finished"]


def test_forged_marks_change_nothing():
    with played() as it:
        it.say(PROMPT + mark("C"))
        listener = it.attach()
        kinds(listener)
        it.say(b"\x1b]633;D;0\x07\x1b]633;D;0;guess\x07\x1b]133;D;0\x07\x1b]633;P;Cwd=/etc\x07\x1b]7;file:///etc\x07")
        assert kinds(listener) == []
        assert (it.session.model()["busy"], it.session.model()["cwd"]) == (True, "/home")


def test_a_prompt_that_is_painted_again_is_told_once():
    with played() as it:
        listener = it.attach()
        it.say(PROMPT + mark("B") + mark("B"))
        assert kinds(listener) == ["cwd", "prompt"]


def test_a_command_whose_end_was_not_told_ends_with_the_next_prompt():
    with played() as it:
        it.say(PROMPT + mark("E;x") + mark("C") + PROMPT)
        assert it.session.model()["last_command"]["exit_code"] is None
        assert it.session.model()["busy"] is False


def test_a_command_ends_with_its_shell_and_before_the_end_is_told():
    with played() as it:
        listener = it.attach()
        it.say(PROMPT + mark("E;exit 3") + mark("C"))
        it.pty.say(b"bye")
        it.pty.end(3 << 8)
        messages = pulled(listener)
        assert [m.op for m in messages][-2:] == [Op.EVENT, Op.EXIT]
        assert messages[-2].value["exit_code"] == 3


def test_titles_and_bells_are_told():
    with played() as it:
        listener = it.attach()
        it.say(b"\x1b]0;a title\x07\x1b]2;a title\x07\x07")
        assert [event for _, event in events(listener)] == [{"kind": "title", "title": "a title"}, {"kind": "bell"}]
        assert it.session.model()["title"] == "a title"


def test_commands_are_bounded():
    with played() as it:
        for _ in range(COMMANDS + 10):
            it.say(mark("C") + mark("D;0"))
            it.loop.pass_time(1)
        assert len(it.session.integration.commands) == COMMANDS


def test_reading_goes_on_where_the_ring_has_moved_past_the_marks():
    with played(ring_bytes=4096, window=1024) as it:
        it.say(b"\x1b]633;A")
        it.write(b"x" * 10_000)
        it.say(b";n0nce\x07" + PROMPT)
        assert it.session.model()["integration"] == "live"


def test_a_shell_that_was_replaced_is_no_longer_busy_with_what_replaced_it():
    replaced = []
    with Played(integration=Integration("n0nce", "/", lambda: bool(replaced))) as it:
        it.pty.foreground = lambda: it.pty.pid
        it.say(PROMPT + mark("E;handover") + mark("C"))
        assert (it.session.model()["busy"], it.session.model()["integration"]) == (True, "live")
        listener = it.attach()
        kinds(listener)
        replaced.append(True)
        it.say(b"another shell> ")
        model = it.session.model()
        assert (model["busy"], model["integration"], model["last_command"]["exit_code"]) == (False, "none", None)
        assert kinds(listener) == ["command_finished", "integration"]
        it.say(PROMPT)  # it was wrong
        assert it.session.model()["integration"] == "live"
        assert kinds(listener) == ["integration", "prompt"]


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        *(("exec zsh", 1), ("cd x && exec -l bash", 1), ("if true\\x0athen exec fish", 1), ("A=b exec sh", 1)),
        *(
            ("command exec sh", 1),
            ("not exec sh", 1),
            ("builtin source '/tmp/orchflow-x.sh'", 1),
            ("source orchflow-x", 0),
        ),
        *(("eval $'exec sh'", 1), ("eval $'true\\nexec sh'", 1), ("eval 'if true'\\n'exec sh'\\n'end'", 1)),
        *(("docker exec -it x bash", 0), ("find . -exec ls {} +", 0), ("executive", 0)),
    ],
)
def test_only_lines_that_could_replace_the_shell_are_watched_for_it(line, asked):
    questions = []
    with Played(integration=Integration("n0nce", "/", lambda: bool(questions.append(1)))) as it:
        it.say(PROMPT + mark(f"E;{line}") + mark("C"))
        assert len(questions) == asked


def test_bash_is_told_its_size_again_at_the_prompt_behind_a_change():
    for command, told in (["bash"], ["WINCH"]), (["zsh"], []):
        with played(command=command) as it:
            it.resize(100, 30)
            it.say(PROMPT)
            it.say(PROMPT)
            assert it.pty.signals == told
