"""Whether a line is whole: by itself, and held against the shells, which must never wait for the rest of one."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchflow_jupyter.client.whole import whole
from tests.support.shells import EVERY, prepare

WHOLE = [
    "make -j8",
    "ls -l | wc -l && echo done || echo no; pwd &",
    "cd ~/a\\ b; FOO=1 BAR='x y' env",
    'echo "it\'s $HOME ${USER} $(date) \\" done" > a.txt 2>&1',
    "git commit -m 'one # two'",
    "find . -name '*.py' -exec grep foo {} \\;",
    "cp a.{txt,md} b[0-9].c; [ -f x ]; grep foo$ < y",
    "sort <<< abc",
    "echo a#b $? ${x}",
    "echo if then do",
    "time make -j8 && ! grep -q x y",
    "[ a != b ] && echo 'a!b'",
    "",
]
OPEN = [
    "echo it's done",
    'echo "a',
    "echo $(",
    "echo $(a | if",
    'echo "$(echo',
    "if true",
    "ls |",
    "true && ",
    "true ||",
    "a\\",
    "cat <<E",
    "for i in 1 2",
    "echo a; while false",
    "! if true",
    "X=1 begin",
    "(ls",
    "{ ls",
    "echo `a",
    "echo ${a",
    "f() {",
    "[[ a",
    "a[1",
    "x=(1",
    "time begin",
    "time -p if true",
    "! ! while true",
    "time",
    "function f",
    "echo $'it\\'",
    "# it's",
    "{a,b",
    "ls |&",
    "ls >|",
    "ls 2>|",
    "a[ 1",
    "a=1 b[ 2",
    ">x while false",
    "</dev/null if true",
    "true && a=1",
    "'begin'",
    '"if" true',
    'b"egin"',
    "a=1 'if' true",
    "ls &|",
]
PARTS = [
    *";|&(){}[]<>'\"\\$`#!=1~*?^,%",
    *("&&", "<<<", "echo", "true", "if", "do", "case", "not", "time", "[[", "for", "end", "done", "x="),
    *(" ", " ", " ", "; ", "$(", "${x}", '"$x"', "'a b'", "{a,b}", "\\;", "$x", "[a]"),
]
"""What lines are made of here; none of it does harm where it is run."""


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_what_is_typed_every_day_is_whole_and_what_opens_something_is_not(shell):
    assert [line for line in WHOLE if not whole(line, shell)] == []
    assert [line for line in OPEN if whole(line, shell)] == []


@pytest.mark.parametrize("line", ["echo a!b", 'echo "a!b"', "!!", "^a^b", "echo $!x"])
def test_what_a_history_could_be_asked_for_is_not_typed_as_it_stands_but_in_fish(line):
    assert not whole(line, "bash")
    assert not whole(line, "zsh")
    assert whole(line, "fish") == ("!" in line and "$" not in line)


def test_a_backslash_between_single_quotes_means_something_in_fish_alone():
    assert (whole(r"echo 'a\'", "bash"), whole(r"echo 'a\'", "fish")) == (True, False)
    assert (whole(r"echo 'a\' b'", "bash"), whole(r"echo 'a\' b'", "fish")) == (False, True)


@pytest.mark.parametrize("part", ["a", "'", '"$(a', "{", "$", "[a", '"' + "\\", "$( ", "a#", "\\"])
def test_looking_at_a_long_line_takes_no_longer_for_what_is_in_it(part):
    def took(line):
        began = time.process_time()
        whole(line, "zsh"), whole(line, "fish")
        return time.process_time() - began

    plain = min(took("a " * 2000) for _ in range(3))
    assert min(took((part * 4000)[:4000]) for _ in range(3)) < 100 * plain + 0.01


@pytest.mark.parametrize("name", EVERY)
def test_no_shell_waits_for_the_rest_of_a_line_that_is_run(name, engine, tmp_path):
    command = prepare(name, tmp_path)
    place = tmp_path / "place"
    place.mkdir()
    with engine.attach(
        engine.create(command, env={"HOME": str(tmp_path), "PAGER": "cat"}, cwd=str(place))["id"]
    ) as shell:
        shell.run("NULLCMD=true READNULLCMD=true", timeout=20)  # or zsh reads for a redirection without a command

        @settings(max_examples=100, suppress_health_check=list(HealthCheck), deadline=None)
        @given(st.lists(st.sampled_from(PARTS), min_size=1, max_size=7).map("".join))
        def run(line):
            shell.run(line, timeout=20)

        run()
        for line in OPEN:
            shell.run(line, timeout=20)
            assert shell.run("echo next", timeout=20).text == "next\n"
