"""The parameters of control calls, and what is made of lists of terminals."""

import os
import sys
from pathlib import Path

import pytest

from orchflow_jupyter.client.calls import (
    MAX_WORD,
    adoption,
    as_bytes,
    by_shell,
    creation,
    named,
    operations_of,
    recording,
)
from orchflow_jupyter.errors import InvalidRequestError, NotFoundError
from orchflow_jupyter.protocol.terminal import check_size


def model(identity, name, created, state="running"):
    return {"id": identity, "name": name, "created": f"2026-01-01T00:00:{created:02}Z", "state": state}


def test_what_says_nothing_is_left_out():
    assert creation(None, None, None, None, 80, 24) == {"cols": 80, "rows": 24}
    assert adoption("t-1")["parameters"] == {"mode": "rw"}


def test_words_paths_and_mappings_become_what_json_can_say():
    given = creation(("a", "b"), "n", Path("/tmp"), os.environ, 1, 2)
    assert given == {
        "command": ["a", "b"],
        "name": "n",
        "cwd": "/tmp",
        "env": dict(os.environ),
        "cols": 1,
        "rows": 2,
    }


def test_offset_zero_is_an_offset():
    assert adoption("t-1", since=0, attachment="me", mode="ro") == {
        "resource": "terminals/t-1",
        "parameters": {"since": 0, "attachment": "me", "mode": "ro"},
        "principal": f"pid {os.getpid()}",
    }


def test_an_id_goes_before_a_name_a_running_one_before_an_ended_and_the_newest_before_the_others():
    models = [
        model("1", "a", 1),
        model("2", "a", 2, "exited"),
        model("3", "b", 3, "exited"),
        model("4", "b", 4, "exited"),
        model("5", "1", 5),
    ]
    assert [named(models, wanted)["id"] for wanted in ("1", "a", "b")] == ["1", "1", "4"]


def test_what_is_not_there_is_told_with_what_is():
    with pytest.raises(NotFoundError, match="'c'; there are: a, b"):
        named([model("1", "a", 1), model("2", "b", 2)], "c")
    with pytest.raises(NotFoundError, match="there are: none"):
        named([], "c")


@pytest.mark.parametrize("data", [5, None, ["x"], "\ud800"])
def test_what_cannot_be_typed_is_refused(data):
    with pytest.raises(InvalidRequestError, match="what is typed"):
        as_bytes(data)
    assert as_bytes("é") == as_bytes("é".encode()) == "é".encode()


@pytest.mark.parametrize("line", [5, b"ls", ["ls"], None, "a\0b", "\ud800"])
def test_what_is_no_line_is_refused(line):
    with pytest.raises(InvalidRequestError, match="a command"):
        by_shell(line)
    assert by_shell("-x")[1:] == ["-c", " -x"]


def test_a_size_is_of_whole_numbers():
    with pytest.raises(InvalidRequestError, match="whole numbers, not 'a' by 3"):
        check_size("a", 3)


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        *(("command", value) for value in (5, "ls", b"ls", [5], {"ls": 1})),
        *(("cwd", value) for value in (5, b"/", "a\0b", "")),
        *(("env", value) for value in (5, ["A=1"], {"A": 1}, {1: "A"}, {b"A": b"1"})),
    ],
)
def test_what_makes_no_terminal_is_refused_by_name(argument, value):
    given = {"command": None, "cwd": None, "env": None} | {argument: value}
    with pytest.raises(InvalidRequestError, match=f"^{argument} "):
        creation(given["command"], None, given["cwd"], given["env"], 80, 24)


@pytest.mark.parametrize("path", [5, b"x", None, ""])
def test_what_is_no_file_to_record_to_is_refused(path):
    with pytest.raises(InvalidRequestError, match="path must be that of a file"):
        recording("t-1", path, {})


@pytest.mark.parametrize("operations", [5, "create", [5], {"op": "create"}])
def test_what_is_no_list_of_operations_is_refused(operations):
    with pytest.raises(InvalidRequestError, match="operations is a list of dicts"):
        operations_of(operations)
    assert operations_of(iter([{"op": "create"}])) == [{"op": "create"}]


@pytest.mark.skipif(sys.platform != "linux", reason="a word may have any length here")
def test_a_line_that_is_too_long_for_a_program_is_refused_with_what_to_do():
    longest = "-" + "é" * ((MAX_WORD - 1) // 2) + "x"
    os.posix_spawn("/bin/true", ["true", by_shell(longest)[2]], {})
    assert os.wait()[1] == 0
    with pytest.raises(InvalidRequestError, match="write it into a file, or run it in a terminal that is there"):
        by_shell(longest + "x")
