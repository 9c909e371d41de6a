"""The words of `%orchflow`."""

import pytest
from IPython.core.error import UsageError

from orchflow_jupyter.magics.words import COMMANDS, HelpShown, parse


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("terminal", {"name": None, "cwd": None, "rows": 20, "command": []}),
        ("terminal -n it htop -d 5", {"name": "it", "command": ["htop", "-d", "5"]}),
        ("terminal --cwd 'my dir' --rows 7 -- ls -l", {"cwd": "my dir", "rows": 7, "command": ["ls", "-l"]}),
        ("terminal ls --rows 3 -- x", {"rows": 20, "command": ["ls", "--rows", "3", "--", "x"]}),
        ("terminal sh -c 'a; b'", {"command": ["sh", "-c", "a; b"]}),
        ("list", {}),
        ("attach 'my name' --rows 9", {"name": "my name", "rows": 9}),
        ("kill it", {"name": "it"}),
        ("status", {}),
    ],
)
def test_subcommands_and_options_are_read(line, said):
    given = vars(parse(line))
    assert given["do"] == line.split()[0]
    assert given | said == given


@pytest.mark.parametrize(
    ("line", "name", "text", "raw"),
    [
        ("send it make test", "it", "make test", False),
        ("send it", "it", "", False),
        ("  send   it  two  blanks ", "it", " two  blanks ", False),
        ("send it echo \"a  b\" 'c' \\ | wc", "it", "echo \"a  b\" 'c' \\ | wc", False),
        ("send it it's unbalanced", "it", "it's unbalanced", False),
        ("send it -r --help", "it", "-r --help", False),
        ("send 'my name' x", "my name", "x", False),
        ('send "my name" x', "my name", "x", False),
        ("send my\\ name x", "my name", "x", False),
        ("send 'it'\"'\"'s' x", "it's", "x", False),
        ("send -r it \\x03", "it", "\\x03", True),
        ("send --raw it \\x03", "it", "\\x03", True),
        ("send -- it x", "it", "x", False),
        ("send it one\ntwo", "it", "one\ntwo", False),
    ],
)
def test_text_is_sent_as_it_was_written(line, name, text, raw):
    given = parse(line)
    assert (given.do, given.name, given.text, given.raw) == ("send", name, text, raw)


@pytest.mark.parametrize(
    ("line", "path", "run", "ignore", "restart"),
    [
        ("watch", ".", "", [], False),
        ("watch src --ignore '*.log' --ignore build", "src", "", ["*.log", "build"], False),
        ("watch 'my src' --run pytest -q --restart x | tail", "my src", "pytest -q --restart x | tail", [], False),
        ("watch src --restart --run make", "src", "make", [], True),
        ("watch --run echo \"a  b\" 'c'", ".", "echo \"a  b\" 'c'", [], False),
        ("watch src --run 'pytest -q'", "src", "pytest -q", [], False),
        ('watch src --run="pytest -q" --restart --ignore "*.md"', "src", "pytest -q", ["*.md"], True),
        ("watch src --run 'my program' --flag", "src", "'my program' --flag", [], False),
    ],
)
def test_a_watch_runs_its_command_as_it_was_written(line, path, run, ignore, restart):
    given = parse(line)
    assert (given.do, given.path, given.run, given.ignore, given.restart) == ("watch", path, run, ignore, restart)


def test_a_cell_may_depend_on_several_paths():
    given = parse("on-change data.csv 'my dir' --ignore '*.tmp'")
    assert (given.do, given.paths, given.ignore) == ("on-change", ["data.csv", "my dir"], ["*.tmp"])


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("nonsense", "nonsense"),
        ("terminal --rows many", "--rows"),
        ("terminal --colour", "--colour"),
        ("terminal 'oops", "No closing quotation"),
        ("list more", r"%orchflow list: it does not take more. See %orchflow list --help"),
        ("metrics --foo x", r"%orchflow metrics: it does not take --foo x"),
        ("termnal bash", r"there is no 'termnal'; did you mean terminal\?"),
        ("xyz", r"there is no 'xyz'\. %orchflow --help"),
        ("screen --lines -1 x", "--lines: it takes a number of lines, from 0 to 65,535, and '-1' is not that"),
        ("image --lines many x", "--lines: it takes a number of lines"),
        ("watch src --run ", "--run"),
        ("on-change", "PATH"),
        ("attach", "NAME"),
        ("kill", "NAME"),
        ("send", "NAME"),
        ("send -r", "NAME"),
        ("send 'oops", "No closing quotation"),
        ("--nonsense", "COMMAND"),
        *((f"run {word} 5 rm 'my file'", word) for word in ("--time", "--nam", "--ou", "--grou")),
        ("run --chec rm 'my file'", "--chec"),
        ("run --b rm 'my file'", "--b"),
        ("send --ra it 'a  b'", "--ra"),
        ("watch src --ru make", "--ru"),
    ],
)
def test_what_makes_no_sense_is_a_usage_error_that_names_it(line, words):
    with pytest.raises(UsageError, match=words):
        parse(line)


@pytest.mark.parametrize("line", ["", "--help", "-h", "help", "help run", *(f"{name} --help" for name in COMMANDS)])
def test_help_is_printed_and_nothing_ends(line, capsys):
    with pytest.raises(HelpShown):
        parse(line)
    assert "usage: orchflow" in capsys.readouterr().out


def test_options_are_known_for_completion():
    assert COMMANDS["terminal"] == ["-h", "--help", "-n", "--name", "--cwd", "--rows"]
    assert list(COMMANDS) == [
        "terminal",
        "list",
        "attach",
        "send",
        "run",
        "kill",
        "record",
        "stop-recording",
        "play",
        "screen",
        "image",
        "watch",
        "on-change",
        "edit",
        "status",
        "metrics",
    ]


@pytest.mark.parametrize(
    ("line", "name", "text"),
    [
        ("run ls -l | cat", None, "ls -l | cat"),
        ("run -n 'my name' --timeout 3 echo \"a  b\"", "my name", 'echo "a  b"'),
        ("run -n x -- -strange", "x", "-strange"),
        ("run -- a\nb 'c", None, "a\nb 'c"),
        ("run", None, ""),
    ],
)
def test_what_is_run_is_taken_as_it_was_written(line, name, text):
    given = parse(line)
    assert (given.name, given.text.strip()) == (name, text)
