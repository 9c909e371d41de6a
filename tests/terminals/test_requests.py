"""What may be asked of terminals, and every refusal with what it says."""

import os

import pytest

from orchflow_jupyter.errors import InvalidRequestError
from orchflow_jupyter.terminals import requests
from orchflow_jupyter.terminals.requests import Create, Named, Nothing, Signal, Update, parse


def test_terminal_needs_nothing():
    request = parse({}, Create)
    assert (request.name, request.command, request.cwd, request.env) == (None, None, None, {})
    assert (request.cols, request.rows) == (80, 24)


def test_null_is_the_default_where_there_is_none():
    assert parse({"name": None, "command": None, "cwd": None}, Create) == parse({}, Create)


def test_sizes_go_from_1_to_1000():
    for cols, rows in ((1, 1), (1000, 1000)):
        request = parse({"cols": cols, "rows": rows}, Create)
        assert (request.cols, request.rows) == (cols, rows)


@pytest.mark.parametrize(
    ("params", "kind", "message"),
    [
        (
            {"colour": 1},
            Create,
            "unknown field colour; there are name, command, cwd, env, cols, rows",
        ),
        ({"x": 1}, Nothing, "unknown field x; there are none"),
        ({"cols": "80"}, Create, "cols: expected int, got str"),
        ({"cols": 0}, Create, "cols: expected int >= 1"),
        ({"cols": 1001}, Create, "cols: expected int <= 1000"),
        ({"rows": 65535}, Create, "rows: expected int <= 1000"),
        ({"rows": 1.5}, Create, "rows: expected int, got float"),
        ({"name": ""}, Create, "name: expected str of length >= 1"),
        ({"name": "n" * 101}, Create, "name: expected str of length <= 100"),
        ({"name": "a\nb"}, Create, "name must be of printable characters on one line"),
        ({"name": "a\x1b[31m"}, Create, "name must be of printable characters on one line"),
        ({"name": 7}, Create, "name: expected str | null, got int"),
        ({"command": []}, Create, "command: expected array of length >= 1"),
        ({"command": "ls -l"}, Create, "command: expected array | null, got str"),
        ({"command": ["ls", 1]}, Create, "command[1]: expected str, got int"),
        ({"cwd": 1}, Create, "cwd: expected str | null, got int"),
        ({"env": []}, Create, "env: expected object, got array"),
        ({"env": {"A": None}}, Create, "env[...]: expected str, got null"),
        ([], Create, "expected object, got array"),
        ({}, Named, "Object missing required field id"),
        ({"id": ""}, Named, "id: expected str of length >= 1"),
        ({"id": "t", "cols": None}, Update, "cols: expected int, got null"),
        ({"id": "t", "signal": "SEGV"}, Signal, "signal must be one of INT, TERM, KILL"),
        ({"id": "t", "name": "a\tb"}, Update, "name must be of printable characters on one line"),
    ],
    ids=str,
)
def test_refusal_names_the_field_and_what_would_do(params, kind, message):
    with pytest.raises(InvalidRequestError) as caught:
        parse(params, kind)
    assert message in caught.value.message
    assert "`" not in caught.value.message
    assert "$" not in caught.value.message


def test_names_in_any_script_are_names():
    assert parse({"name": "ビルド naïve 🚀"}, Create).name == "ビルド naïve 🚀"


def test_directory_is_absolute_or_below_the_root_or_in_the_home(tmp_path, monkeypatch):
    root = os.path.realpath(tmp_path)
    (tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.setenv("HOME", f"{root}/a")
    assert requests.working_directory(None, root) == root
    assert requests.working_directory("a/b", root) == f"{root}/a/b"
    assert requests.working_directory("a/../a", root) == f"{root}/a"
    assert requests.working_directory("~/b", root) == f"{root}/a/b"
    assert requests.working_directory("/", root) == "/"


@pytest.mark.parametrize(("cwd", "said"), [("none", "does not exist"), ("file", "is a file"), ("a\0", "NUL")])
def test_directory_that_is_none_is_refused(tmp_path, cwd, said):
    (tmp_path / "file").touch()
    with pytest.raises(InvalidRequestError, match=said):
        requests.working_directory(cwd, str(tmp_path))


def test_environment_is_ours_and_what_a_terminal_needs_and_what_was_asked_for(monkeypatch):
    monkeypatch.setenv("OURS", "1")
    monkeypatch.setenv("COLUMNS", "7")
    monkeypatch.setenv("TERM", "dumb")
    env = requests.environment({"THEIRS": "2", "COLORTERM": "no"}, "t-1")
    assert (env["OURS"], env["THEIRS"], env["ORCHFLOW_TERMINAL"]) == ("1", "2", "t-1")
    assert (env["TERM"], env["COLORTERM"]) == ("xterm-256color", "no")
    assert "COLUMNS" not in env


@pytest.mark.parametrize("extra", [{"": "x"}, {"A=B": "x"}, {"A\0": "x"}, {"A": "x\0"}], ids=str)
def test_environment_that_cannot_be_is_refused(extra):
    with pytest.raises(InvalidRequestError, match="env must map names to text"):
        requests.environment(extra, "t-1")


def program(path):
    path.parent.mkdir(exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)


def test_program_is_found_in_the_path_that_it_will_have(tmp_path):
    expected = program(tmp_path / "bin" / "tool")
    env = {"PATH": str(tmp_path / "bin")}
    assert requests.executable(["tool", "-x"], "/", env) == (["tool", "-x"], expected)


def test_program_with_a_slash_is_looked_for_in_the_directory_of_the_terminal(tmp_path):
    expected = program(tmp_path / "bin" / "tool")
    assert requests.executable(["bin/tool"], str(tmp_path), {})[1] == expected
    assert requests.executable([expected], "/", {})[1] == expected


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["none"], "'none' was not found in PATH"),
        (["./none"], "'./none' is no program that you may run"),
        (["./file"], "'./file' is no program that you may run"),
        (["./folder"], "'./folder' is no program that you may run"),
        ([""], "first word is empty"),
        (["sh", "\0"], "NUL"),
    ],
    ids=str,
)
def test_command_that_begins_with_no_program_is_refused(tmp_path, command, said):
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(InvalidRequestError, match=said):
        requests.executable(command, str(tmp_path), {"PATH": str(tmp_path)})


def test_login_shell_is_the_user_s(tmp_path, monkeypatch):
    shell = program(tmp_path / "zsh")
    monkeypatch.setenv("SHELL", shell)
    assert requests.executable(None, "/", {}) == ([shell, "-l"], shell)
    other = program(tmp_path / "my-shell")
    monkeypatch.setenv("SHELL", other)
    assert requests.executable(None, "/", {}) == ([other], other)


@pytest.mark.parametrize("shell", ["", "zsh", "/no/such/shell", "/etc/passwd"])
def test_login_shell_that_is_no_program_is_passed_over(monkeypatch, shell):
    monkeypatch.setenv("SHELL", shell)
    found = requests.login_shell()
    assert found != shell
    assert os.access(found, os.X_OK)
