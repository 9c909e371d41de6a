"""The parameters of control calls, and what is made of lists of terminals."""

import os
from pathlib import Path

import pytest

from orchflow_jupyter.client.calls import adoption, as_bytes, by_shell, creation, named
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
