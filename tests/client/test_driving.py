"""Commands driven through real shells, and waiting for what programs say; blocking."""

import os
import re
import signal
import tempfile
import threading
import time

import pytest

from orchflow_jupyter.client import CommandFailedError, CommandInterruptedError, CommandTimeoutError
from orchflow_jupyter.errors import InvalidRequestError, NotAllowedError, NotFoundError
from tests.support.shells import EVERY, prepare
from tests.support.waiting import eventually


@pytest.fixture
def bash(engine, tmp_path):
    """An integrated bash with an empty home."""
    with engine.attach(engine.create(["bash", "-l"], env={"HOME": str(tmp_path)})["id"]) as attachment:
        yield attachment


@pytest.fixture(params=EVERY)
def shell(request, engine, tmp_path):
    """Each integrated shell; `name` says which."""
    command = prepare(request.param, tmp_path)
    with engine.attach(engine.create(command, env={"HOME": str(tmp_path)})["id"]) as attachment:
        attachment.name = request.param
        yield attachment


def test_a_command_is_run_and_what_came_of_it_is_told(shell):
    result = shell.run("echo one; printf 'é\\n'; sh -c 'exit 3'", timeout=30)
    assert (result.exit_code, result.output, result.text) == (3, "one\r\né\r\n".encode(), "one\né\n")
    assert result.duration > 0
    assert result.started.tzinfo is not None
    assert not result.cut


def test_commands_follow_one_another_and_share_their_shell(shell):
    shell.run("cd /; set -g x 5" if shell.name == "fish" else "cd /; x=5", timeout=30)
    assert [shell.run(f"echo $x {n} $PWD", timeout=30).text for n in range(5)] == [f"5 {n} /\n" for n in range(5)]


@pytest.mark.parametrize("patterns", ["abc", b"abc", [re.compile("abc")]])
def test_what_is_no_list_of_patterns_of_bytes_is_refused(bash, patterns):
    with pytest.raises(InvalidRequestError, match=r"patterns are to be a list|output is bytes"):
        bash.expect(patterns, timeout=30)


def test_a_failure_raises_only_when_it_is_checked(bash):
    assert bash.run("false", timeout=30).exit_code == 1
    with pytest.raises(CommandFailedError, match="exit code 1"):
        bash.run("false", timeout=30, check=True)
    bash.run("true", timeout=30, check=True)


def test_several_lines_are_one_command_in_the_shell_itself(shell):
    loop, assign = ("for i in 1 2\n  echo $i\nend", "set -g y 7")
    if shell.name != "fish":
        loop, assign = ("for i in 1 2\ndo\n  echo $i\ndone", "y=7")
    result = shell.run(f"{loop}\n\n# all\n{assign}\nsh -c 'exit 4'", timeout=30)
    assert (result.exit_code, result.text) == (4, "1\n2\n")
    assert shell.run("echo $y", timeout=30).text == "7\n"


def test_a_script_that_the_shell_refuses_does_nothing_more_and_the_next_results_are_their_own(shell, tmp_path):
    wrong = "end" if shell.name == "fish" else "fi"
    for script in (f"true\n{wrong}\ntouch {tmp_path}/ran", f"true\n{wrong}"):
        assert not shell.run(script, timeout=30).ok
        for word in ("first", "second"):
            assert shell.run(f"echo {word}", timeout=30).text == f"{word}\n"
        assert shell.run("false", timeout=30).exit_code == 1
    assert not (tmp_path / "ran").exists()


def test_a_script_has_no_history_and_no_keys(shell):
    script = "echo 'one!'\r\necho \"tw!o\"\necho 'a\x01b'"
    assert shell.run(script, timeout=30).text == "one!\ntw!o\na\x01b\n"


def test_of_two_at_once_each_has_its_own_result(engine, shell):
    shell.run("true", timeout=30)
    results = {}

    def run(word):
        with engine.attach(shell.model["id"]) as attachment:
            results[word] = attachment.run(f"echo {word}; sleep 0.3; echo {word}", timeout=30).text

    threads = [threading.Thread(target=run, args=(word,)) for word in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # The kernel may echo the other line in the midst of it: that was typed while this one ran.
    said = {word: [line for line in text.splitlines() if line in results] for word, text in results.items()}
    assert said == {"one": ["one"] * 2, "two": ["two"] * 2}


def test_what_was_begun_is_not_taken_for_what_is_run_next(engine, shell):
    shell.run("true", timeout=30)
    with engine.attach(shell.model["id"]) as attachment:
        attachment.begin("sleep 0.3; echo begun")
    with engine.attach(shell.model["id"]) as attachment:
        assert attachment.run("echo next", timeout=30).text == "next\n"


def test_what_was_begun_behind_something_is_not_taken_for_what_is_run_next(engine, shell):
    shell.run("true", timeout=30)
    with engine.attach(shell.model["id"]) as first, engine.attach(shell.model["id"]) as second:
        for _ in range(3):
            first.begin("sleep 0.2")
            second.begin("sleep 0.1; echo begun")
            assert shell.run("echo next", timeout=30).text == "next\n"


def test_what_is_begun_at_the_end_of_something_is_begun_in_its_turn(engine, shell):
    shell.run("true", timeout=30)
    with engine.attach(shell.model["id"]) as other:
        for turn in range(20):
            shell.run(f"echo {turn}", timeout=30)
            other.begin("echo be''gun")  # it may not have been told yet that the former one has ended
            assert shell.run("echo next", timeout=30).text == "next\n"
            assert other.wait_for("begun\r\n", timeout=30)


def test_what_was_begun_can_be_read_though_it_said_all_before_begin_returned(shell):
    for turn in range(20):
        shell.run("true", timeout=30)
        shell.begin(f"echo tu''rn {turn}")
        start = shell.position
        found = shell.wait_for(f"turn {turn}\r\n", timeout=30)
        assert b"echo" not in found.string[: found.end()]
        assert shell.position - start == found.end()


@pytest.mark.parametrize("how", ["begin", "send"])
def test_what_was_begun_before_the_first_prompt_is_not_taken_for_what_is_run_next(engine, shell, how):
    if how == "begin":
        shell.begin("sleep 0.5; echo first; false")
    else:
        shell.send("sleep 0.5; echo first; false\n")
    result = shell.run("echo second", timeout=30)
    assert (result.text, result.exit_code) == ("second\n", 0)


def test_a_shell_that_is_replaced_ends_the_command_and_takes_no_other(shell):
    assert shell.run("exec sh", timeout=30).exit_code is None
    with pytest.raises(InvalidRequestError, match="runs none"):
        shell.run("echo", timeout=30)


def test_what_is_run_just_after_an_interrupt_does_not_go_with_it(shell):
    for turn in range(6):
        shell.run("true", timeout=30)
        shell.interrupt()
        result = shell.run(f"echo {turn}", timeout=30)
        assert (result.text, result.exit_code) == (f"{turn}\n", 0)


@pytest.mark.parametrize("settings", ["", "zle-line-init() { true }\nzle -N zle-line-init\n"])
def test_a_prompt_of_zsh_whose_making_was_interrupted_is_a_prompt(engine, tmp_path, settings):
    more = settings + "precmd() { [[ -e $HOME/interrupt ]] && rm -f $HOME/interrupt && kill -INT $$ }\n"
    command = prepare("zsh", tmp_path, more)
    with engine.attach(engine.create(command, env={"HOME": str(tmp_path)})["id"]) as zsh:
        for turn in range(4):
            result = zsh.run(f"touch $HOME/interrupt; echo {turn}", timeout=30)
            assert (result.text, result.exit_code) == (f"{turn}\n", 0)
            assert not (tmp_path / "interrupt").exists()
            result = zsh.run("sh -c 'exit 3'", timeout=30)
            assert (result.text, result.exit_code) == ("", 3)
        eventually(lambda: not engine.get(zsh.model["id"])["busy"], "the prompt")


def test_where_zsh_tells_an_end_behind_its_prompt_nobody_knows_how_it_ended(engine, tmp_path):
    more = "unsetopt prompt_sp\nprecmd() { [[ -e $HOME/interrupt ]] && rm -f $HOME/interrupt && kill -INT $$ }\n"
    command = prepare("zsh", tmp_path, more)
    with engine.attach(engine.create(command, env={"HOME": str(tmp_path)})["id"]) as zsh:
        result = zsh.run("touch $HOME/interrupt; echo one", timeout=30)
        assert result.text.startswith("one\n")
        assert result.exit_code is None
        assert zsh.run("echo two", timeout=30).text == "two\n"


def test_what_somebody_has_half_typed_behind_a_whole_line_is_no_part_of_what_is_run(engine, shell):
    with engine.attach(shell.model["id"]) as other:
        for writer in (other, shell):
            shell.run("true", timeout=30)
            writer.send("true\recho LEFT ")
            assert shell.run("echo one", timeout=30).text == "one\n"


def test_tabs_and_quotes_in_a_line_are_taken_as_they_are(shell):
    assert shell.run("printf 'a\tb\\n'", timeout=30).text == "a\tb\n"
    script = "begin\n\techo 'it''s' # all\nend\n\necho \"a\tb\""
    if shell.name != "fish":
        script = "if true\nthen\n\techo 'it''s' # all\nfi\n\ncat <<'X'\na\tb\nX"
    assert shell.run(script, timeout=30).text == "its\na\tb\n"


def test_a_line_that_the_shell_does_not_run_has_no_exit_code(shell):
    wrong = ("end", "fish: 'end' outside of a block\n") if shell.name == "fish" else ("fi", "near .*`fi'\n")
    for line, said in (wrong, ("", "")):
        watched = bytearray()
        result = shell.run(line, timeout=30, watch=watched.extend)
        assert result.exit_code is None
        assert re.fullmatch(f"(?:{shell.name}: .*)?{said}", result.text)
        assert result.output == bytes(watched)
        assert shell.run("echo next", timeout=30).text == "next\n"


def test_a_line_that_the_shell_finds_unfinished_has_ended_and_is_no_part_of_the_next(shell):
    for line in ("echo it's done", "ls |", "echo $(", "if true", "a\\"):
        assert not shell.run(line, timeout=30).ok
        assert shell.run("echo next", timeout=30).text == "next\n"


def test_an_exclamation_mark_is_nothing_but_one(shell):
    for line in ("echo a!b", 'echo "a!b"', "echo '!!'"):
        assert shell.run(line, timeout=30).text == line[5:].strip("'\"") + "\n"


def test_a_line_that_zsh_changes_as_its_user_wants_is_known_all_the_same(engine, tmp_path):
    command = prepare("zsh", tmp_path)
    with (tmp_path / ".zshrc").open("a") as file:
        file.write("say() { zle expand-word; zle self-insert }\nzle -N say\nbindkey ' ' say\n")
        file.write("take() { BUFFER=${BUFFER/#ll/echo listed}; zle .accept-line }\nzle -N accept-line take\n")
    with engine.attach(engine.create(command, env={"HOME": str(tmp_path)})["id"]) as shell:
        watched = bytearray()
        result = shell.run("ll x; false", timeout=30, watch=watched.extend)
        assert (result.text, result.exit_code, bytes(watched)) == ("listed x\n", 1, b"listed x\r\n")
        assert shell.run("echo $HOME  x", timeout=30).text == f"{tmp_path} x\n"
        assert shell.run("echo next", timeout=30).text == "next\n"


def test_a_nul_is_refused_and_nothing_is_typed(bash):
    with pytest.raises(InvalidRequestError, match="a command cannot hold a NUL"):
        bash.run("echo a\0b", timeout=30)
    assert bash.run("echo next", timeout=30).text == "next\n"


def test_a_line_that_was_given_up_before_the_shell_began_it_is_no_part_of_the_next(bash):
    bash.run("alias half='if true; then'", timeout=30)
    with pytest.raises(CommandTimeoutError, match="may wait for the rest of it"):
        bash.run("half", timeout=0.5)
    assert bash.run("echo next", timeout=30).text == "next\n"


@pytest.mark.parametrize(
    "change",
    [
        "PROMPT_COMMAND=true",
        "PROMPT_COMMAND='history -a'",
        "PROMPT_COMMAND=(true)",
        "unset PROMPT_COMMAND",
        "PS1='new$ '; PROMPT_COMMAND=",
        "set -e",
        "set -u",
        "set -x",
    ],
)
def test_bash_goes_on_telling_its_commands_whatever_becomes_of_its_settings(bash, change):
    bash.run(change, timeout=30)
    results = [bash.run(line, timeout=30) for line in ("false && true", "! true", "[ -f x ] && echo y", "echo next")]
    assert [one.exit_code for one in results] == [1, 1, 1, 0]
    assert b"\x1b" not in results[-1].output
    assert "next\n" in results[-1].text
    assert all(bash.model["id"] not in one.text and "633" not in one.text for one in results)


def test_a_hook_that_is_put_before_ours_takes_no_exit_code(bash, tmp_path):
    for line in (
        'PROMPT_COMMAND="history -a; $PROMPT_COMMAND"',
        "PROMPT_COMMAND+=(true)",
        "trap 'echo trapped' ERR",
        "IFS=0123",
    ):
        bash.run(line, timeout=30)
        results = [bash.run(each, timeout=30) for each in ("bash -c 'exit 7'", "true")]
        assert [one.exit_code for one in results] == [7, 0]
    assert [one.text for one in results] == ["trapped\n", ""]
    (tmp_path / "rc").write_text("PROMPT_COMMAND='hooked=x$hooked'\n")
    bash.run("IFS=$' \\t\\n'; . ~/rc; . ~/rc; hooked=", timeout=30)
    bash.run("hooked=", timeout=30)
    assert bash.run("echo $hooked", timeout=30).text == "x\n"


def test_nothing_of_ours_is_exported_or_shown(engine, tmp_path):
    (tmp_path / ".bashrc").write_text("set -a\nPS1='E> '\n")
    with engine.attach(engine.create(["bash"], env={"HOME": str(tmp_path)})["id"]) as shell:
        shell.run("true", timeout=30)
        assert shell.run("env | grep -a -e ^__orchflow_[^r] -e 633.D", timeout=30).text == ""
        shell.send("shopt -u promptvars; PS1='quiet> '\r")
        shell.wait_for(re.compile(rb"\nquiet> |\rquiet> |h.?quiet> "), timeout=30)
        shell.send("echo do''ne\r")
        match = shell.wait_for(re.compile(rb"done.*quiet> ", re.DOTALL), timeout=30)
        assert b"orchflow" not in match[0]


@pytest.mark.parametrize("shell", ["bash", "zsh"], indirect=True)
def test_a_shell_whose_output_goes_into_a_file_is_driven_on_and_leaves_no_marks_there(shell, tmp_path):
    said = tmp_path / "said"
    assert shell.run(f"exec >{said}", timeout=30).ok
    assert [shell.run(f"echo {n}; (exit {n})", timeout=30).exit_code for n in range(3)] == [0, 1, 2]
    assert shell.run("exec >/dev/tty; echo back", timeout=30).text == "back\n"
    held = re.sub(rb"\x1b\[\?1[hl]|\x1b[=>]", b"", said.read_bytes())  # zsh's own, for the keypad
    assert held == b"0\n1\n2\n"


def test_a_shell_that_shows_no_prompt_any_more_holds_nobody_up(bash):
    assert bash.run("exec 2>/dev/null", timeout=30).ok
    with pytest.raises(CommandTimeoutError, match=r"busy for 0\.3 s"):
        bash.run("true", timeout=0.3)


def test_a_line_that_the_shell_refused_somebody_is_no_part_of_what_is_run(engine, shell):
    shell.run("true", timeout=30)
    with engine.attach(shell.model["id"]) as other:
        for line in ("echo one; end\r", "echo )\r"):
            other.send(line)
            assert shell.run("echo two", timeout=30).text == "two\n"


def test_who_may_only_watch_runs_nothing_and_leaves_no_file(engine, shell, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "aside"))
    (tmp_path / "aside").mkdir()
    with engine.attach(shell.model["id"], mode="ro") as onlooker:
        onlooker.hello()
        for line in ("true", "# " + 5000 * "x"):
            with pytest.raises(NotAllowedError, match="you may watch this terminal, not run commands in it"):
                onlooker.run(line, timeout=30)
    assert list((tmp_path / "aside").iterdir()) == []


def test_what_cannot_be_typed_is_refused_and_the_shell_goes_on(bash, monkeypatch, tmp_path):
    with pytest.raises(InvalidRequestError, match="half a surrogate pair"):
        bash.run("echo \ud800", timeout=30)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    with pytest.raises(InvalidRequestError, match="set TMPDIR"):
        bash.run("# " + 5000 * "x", timeout=30)
    assert bash.run("echo next", timeout=30).text == "next\n"


def ended(engine, terminal, before):
    """Whether the last command has ended, and is another one than that which begins so."""
    last = engine.get(terminal)["last_command"]
    return last["ended"] is not None and not last["command"].startswith(before)


@pytest.mark.parametrize("script", ["echo " + 4089 * "x", "echo " + 4091 * "x", 340 * "true # 45\n" + "echo done"])
def test_what_is_begun_behind_something_is_typed_whole_or_read_from_a_file(engine, shell, script):
    shell.run("true", timeout=30)
    shell.begin("sleep 0.3")
    shell.begin(script)
    assert shell.wait_for("x" * 4000 + "\r\n" if "xx" in script else "done\r\n", timeout=30)
    # What is waited for may be seen in the line itself, which a busy fish begins long after it has painted it.
    eventually(lambda: ended(engine, shell.model["id"], "sleep"), "the end of it")
    assert shell.run("echo next", timeout=30).text == "next\n"


@pytest.mark.parametrize("script", ["echo " + 4080 * "x", 340 * "true # 45\n" + "echo begun"])
def test_what_a_shell_paints_for_long_before_it_begins_it_is_not_taken_for_what_is_run_next(engine, shell, script):
    shell.run("true", timeout=30)
    shell.begin("sleep 0.2")
    shell.begin(script)
    assert shell.run("echo next", timeout=30).text == "next\n"


@pytest.mark.parametrize("locale", [{"LC_ALL": "C"}, {"LC_ALL": "", "LC_CTYPE": "", "LANG": ""}, {"LC_ALL": "C.UTF-8"}])
@pytest.mark.parametrize("name", EVERY)
def test_text_is_what_it_is_in_any_locale(name, engine, tmp_path, locale):
    command = prepare(name, tmp_path)
    (tmp_path / "ab").touch()
    with engine.attach(engine.create(command, cwd=str(tmp_path), env={"HOME": str(tmp_path), **locale})["id"]) as shell:
        assert shell.run("rm -f é 'ü'", timeout=30).ok
        assert shell.run("printf '%s' 'a\tñ漢'", timeout=30).output == "a\tñ漢".encode()
        assert (
            shell.run("cat <ab; printf é\nprintf ü" if name != "fish" else "printf é\nprintf ü", timeout=30).text
            == "éü"
        )
    assert (tmp_path / "ab").exists()


@pytest.mark.parametrize("setting", ["correct", "correct_all", "correct; SPROMPT='%R or %F{red}%r%f [nyae]? '"])
def test_zsh_corrects_nothing_of_what_code_runs_though_its_user_is_asked(engine, tmp_path, setting):
    command = prepare("zsh", tmp_path, f"alias ahoi=true\nsetopt {setting}\n")
    (tmp_path / "tests").touch()
    with engine.attach(engine.create(command, cwd=str(tmp_path), env={"HOME": str(tmp_path)})["id"]) as zsh:
        for _ in range(2):
            result = zsh.run("ahoj", timeout=30)
            assert (result.exit_code, result.text) == (127, "zsh: command not found: ahoj\n")
        assert zsh.run("echo test", timeout=30).text == "test\n"
        assert zsh.run("echo test; ahoj; echo test", timeout=30).exit_code == 0
        assert zsh.run("echo 'what [nyae]? '; true", timeout=30).text == "what [nyae]? \n"
        assert zsh.run("printf 'what [nyae]? '; read -k1 -t1 x", timeout=30).exit_code == 1
        assert zsh.run("echo next", timeout=30).text == "next\n"


@pytest.mark.parametrize("typed", ["rm -rf x", "echo 'a", "for i in 1 2\r"])
def test_what_somebody_has_half_typed_is_no_part_of_what_is_run(engine, shell, typed):
    shell.run("true", timeout=30)
    with engine.attach(shell.model["id"]) as other:
        other.send(typed)
        assert shell.run("echo one", timeout=30).text == "one\n"
        assert other.run("echo two", timeout=30).text == "two\n"
        engine.batch([{"op": "input", "id": shell.model["id"], "data": typed}])
        with engine.attach(shell.model["id"]) as late:
            assert late.run("echo three", timeout=30).text == "three\n"
    if not typed.endswith("\r"):
        shell.send(typed)
    assert shell.run("echo four", timeout=30).text == "four\n"


@pytest.mark.parametrize("question", ["6n", "c"])
def test_an_answer_that_nobody_read_is_no_part_of_what_is_run(shell, question):
    shell.run("true", timeout=30)
    for _ in range(2):
        shell.run(f"printf '\\033[{question}'", timeout=30)
        assert shell.run("echo next", timeout=30).text == "next\n"


def test_an_answer_that_was_read_is_nothing_that_stands_at_the_prompt(bash):
    bash.run("true", timeout=30)
    asking = "stty raw -echo; printf '\\033[6n'; dd bs=1 count=5 2>/dev/null; sleep 0.2; stty sane"
    assert bash.run(asking, timeout=30).output.startswith(b"\x1b[6n\x1b[")
    assert not bash.step().editing


def test_an_answer_that_somebody_gives_too_late_is_no_part_of_it_either(engine, shell):
    shell.run("true", timeout=30)
    with engine.attach(shell.model["id"]) as other:
        other.send("\x1b[5;1R")
        assert shell.run("echo next", timeout=30).text == "next\n"


def test_what_was_typed_ahead_and_not_ended_is_no_part_of_what_is_run(engine, shell):
    shell.run("true", timeout=30)
    with engine.attach(shell.model["id"]) as other:
        other.begin("sleep 0.5")
        other.send("rm -rf ")
    assert shell.run("echo one", timeout=30).text == "one\n"


def test_who_goes_on_typing_is_waited_for(engine, shell):
    shell.run("true", timeout=30)
    with engine.attach(shell.model["id"]) as other:
        other.send("echo ")
        keys = threading.Thread(target=lambda: [time.sleep(0.2) or other.send(key) for key in ["o", "n", *"e\r"]])
        keys.start()
        assert shell.run("echo two", timeout=30).text == "two\n"
        keys.join()
        assert other.read_until(b"one\r\n", timeout=30)


def test_much_output_arrives_whole_and_is_watched_as_it_comes(shell):
    watched = bytearray()
    result = shell.run("seq 200000", timeout=40, watch=watched.extend)
    assert result.output == bytes(watched) == b"".join(b"%d\r\n" % n for n in range(1, 200_001))


def test_a_long_line_and_a_long_script_are_run_as_they_are(shell, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "it's aside"))
    (tmp_path / "it's aside").mkdir()
    for length in (3000, 5000):
        assert shell.run(f"printf {'x' * length} | wc -c", timeout=30).text.strip() == f"{length}"
    for count in (100, 10_000):
        script = "\n".join(f"echo {n}" for n in range(count))
        assert shell.run(script, timeout=60).text == "".join(f"{n}\n" for n in range(count))
    wrong = shell.run(script + "\nend\nfi", timeout=60)
    assert not wrong.ok
    assert re.search("line 1000[12]|:1000[12]:", wrong.text)
    assert list(tmp_path.glob("it*/*")) == []


def test_a_command_that_takes_too_long_goes_on_and_can_be_interrupted(shell):
    with pytest.raises(CommandTimeoutError, match=r"sleep 1000.* did not end in 1 s$") as raised:
        shell.run("sh -c 'echo u\"\"p; sleep 1000'", timeout=1)
    assert (raised.value.result.text, raised.value.result.exit_code) == ("up\n", None)
    assert raised.value.result.duration > 0
    with pytest.raises(CommandTimeoutError, match=r"not begun: busy for 0\.1 s$"):
        shell.run("true", timeout=0.1)
    shell.interrupt()
    status = "$status" if shell.name == "fish" else "$?"
    assert shell.run(f"echo {status}", timeout=30).text == "130\n"


def test_an_interrupt_ends_a_script_of_several_lines_and_nothing_more_of_it_runs(shell, tmp_path):
    log = tmp_path / "log"
    for last in ("", f"\necho more >>{log}"):
        with pytest.raises(CommandTimeoutError, match="and was interrupted") as raised:
            shell.run(f"echo begun >>{log}\nsleep 1000\necho after >>{log}{last}", timeout=1, interrupt=True)
        assert raised.value.result.exit_code == 130
    assert shell.run("true", timeout=30).ok
    assert log.read_text() == "begun\nbegun\n"


def test_a_script_begins_with_what_was_before_and_ends_as_its_last_line_does(shell):
    status, last = ("$status", "false") if shell.name == "fish" else ("$?", "(exit 3)")
    shell.run("sh -c 'exit 7'", timeout=30)
    result = shell.run(f"echo {status}\n{last}", timeout=30)
    assert (result.text, result.exit_code) == ("7\n", 1 if shell.name == "fish" else 3)


def test_a_script_that_begins_with_a_dash_is_no_option(shell):
    result = shell.run("-x 1\necho after", timeout=30)
    assert result.text.endswith("after\n")
    assert "option" not in result.text


@pytest.fixture
def interruptible():
    """SIGINT raises, also where whoever started the tests has it ignored, as shells do in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_pythons_interrupt_interrupts_the_command(bash):
    bash.run("true", timeout=30)
    main = threading.get_ident()
    timer = threading.Timer(0.5, signal.pthread_kill, (main, signal.SIGINT))
    timer.start()
    with pytest.raises(CommandInterruptedError) as raised:
        bash.run("sleep 1000", timeout=30)
    assert raised.value.result.exit_code == 130
    assert bash.run("echo $?", timeout=30).text == "130\n"


def test_a_command_is_interrupted_again_and_again_where_it_is_to_end_in_time(shell):
    deaf = "sh -c 'trap \"n=\\$((n + 1)); echo \\$n; [ \\$n = 3 ] && exit 7\" INT; while :; do sleep 0.05; done'"
    with pytest.raises(CommandTimeoutError, match="and was interrupted") as raised:
        shell.run(deaf, timeout=0.5, interrupt=True)
    assert raised.value.result.exit_code == 7
    assert raised.value.result.text.replace("^C", "").split() == ["1", "2", "3"]
    assert shell.run("echo next", timeout=30).text == "next\n"


def test_exit_ends_with_the_shells_exit_code(shell):
    assert shell.run("exit 6", timeout=30).exit_code == 6
    with pytest.raises(NotFoundError):
        shell.run("true", timeout=30)


def test_what_is_no_integrated_shell_cannot_run(engine):
    with (
        engine.attach(engine.create(["cat"])["id"]) as cat,
        pytest.raises(InvalidRequestError, match="'cat' runs none"),
    ):
        cat.run("ls")


def test_what_a_program_asks_its_terminal_is_answered_while_code_runs_it(bash):
    asking = (
        "stty raw -echo; sleep 0.1; printf '\\033[5n'; IFS= read -r -t 30 -d n said; stty sane; printf '<%q>' \"$said\""
    )
    assert b"<$'\\E[0'>" in bash.run(asking, timeout=60).output


def test_an_interactive_program_is_awaited_and_fed(bash):
    bash.send('asked=name; read -p "$asked? " name; echo "hello $name"; read\r')
    bash.wait_for("name? ", timeout=30)
    bash.send("ada\r")
    assert bash.wait_for(re.compile(rb"hello (\w+)"), timeout=30)[1] == b"ada"
    with pytest.raises(TimeoutError):
        bash.wait_for("never", timeout=0.05)


def test_the_first_of_several_patterns_is_told_and_the_rest_is_kept(engine):
    with engine.attach(engine.create(["sh", "-c", "echo a b c; read x"])["id"]) as it:
        assert it.expect(["c", b"b"], timeout=30)[0] == 1
        it.wait_for("c", timeout=30)
        it.send("\n")
        with pytest.raises(NotFoundError, match="has ended"):
            it.wait_for("d", timeout=30)


def test_what_was_printed_before_we_listened_is_in_the_result_too(engine, monkeypatch):
    attach = engine.attach

    def late(terminal, **how):
        eventually(lambda: engine.get(terminal)["state"] == "exited", "all of the output")
        return attach(terminal, **how)

    monkeypatch.setattr(engine, "attach", late)
    result = engine.run("seq 150000", timeout=30)
    assert (len(result.output), result.cut) == (1_088_895, False)


def test_a_line_runs_in_a_terminal_of_its_own(engine, process):
    result = engine.run("echo one; exit 3", timeout=30, name="mine")
    assert (result.exit_code, result.text) == (3, "one\n")
    assert engine.run("kill -9 $$", timeout=30).signal == "KILL"
    with pytest.raises(CommandFailedError, match="exit code 1"):
        engine.run("exit 1", timeout=30, check=True)
    with pytest.raises(TimeoutError):
        engine.run("sleep 1000", timeout=0.1)
    process.settled()
    assert engine.list() == []
    assert time.time() - 100 < result.started.timestamp() < time.time() + 100


def test_a_shell_that_is_killed_tells_by_what(engine, shell):
    shell.run("true", timeout=30)
    timer = threading.Timer(0.3, os.kill, (shell.model["pid"], signal.SIGKILL))
    timer.start()
    result = shell.run("sleep 1000", timeout=30)
    assert (result.exit_code, result.signal) == (None, "KILL")
    with pytest.raises(CommandFailedError, match="was ended by KILL"):
        result.check()


@pytest.mark.parametrize("options", ["r", "rx"])
def test_a_restricted_bash_tells_its_commands_too(engine, bash, options):
    bash.run(f"set -{options}", timeout=30)
    assert bash.run("false", timeout=30).exit_code == 1
    assert "hi\n" in bash.run("echo hi", timeout=30).text
    assert "restricted" not in engine.screen(bash.model["id"]).text


def test_a_trace_has_the_command_alone(engine, bash):
    assert bash.run("set -x", timeout=30).text == ""
    assert bash.run("echo traced; false", timeout=30).text == "+ echo traced\ntraced\n+ false\n"
    assert "__orchflow" not in engine.screen(bash.model["id"]).text
