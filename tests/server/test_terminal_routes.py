"""`/api/terminals` with the engine behind it: what jupyter_server_terminals promises holds, and names may be any."""

import os
import re
from datetime import datetime
from urllib.parse import quote

import pytest

from tests.support.processes import alive
from tests.support.terminado import JupyterTerminal, names, new
from tests.support.waiting import eventually


def cwd_of(jupyter, name):
    (model,) = (one for one in jupyter.request("GET", "orchflow/api/terminals").json if one["name"] == name)
    return os.readlink(f"/proc/{model['pid']}/cwd")


# -- what is published


def test_there_are_none_at_first(jupyter):
    assert jupyter.request("GET", "api/terminals").json == []


def test_new_ones_are_numbered_and_a_number_that_is_free_is_taken_again(jupyter):
    assert [new(jupyter), new(jupyter)] == ["1", "2"]
    assert jupyter.request("DELETE", "api/terminals/1").status == 204
    assert new(jupyter) == "1"
    assert sorted(names(jupyter)) == ["1", "2"]


def test_a_list_and_a_single_look_show_the_same_model(jupyter):
    name = new(jupyter)
    (listed,) = jupyter.request("GET", "api/terminals").json
    single = jupyter.request("GET", f"api/terminals/{name}").json
    assert set(listed) == {"name", "last_activity"}
    assert listed["name"] == single["name"] == name
    assert datetime.fromisoformat(listed["last_activity"]) <= datetime.fromisoformat(single["last_activity"])
    assert listed["last_activity"].endswith("Z")


def test_a_name_can_be_chosen_and_is_taken_while_it_runs(jupyter):
    assert new(jupyter, name="build") == "build"
    assert jupyter.request("POST", "api/terminals", {"name": "build"}).status == 409
    assert names(jupyter) == ["build"]


def test_one_that_is_not_there_is_not_found(jupyter):
    assert jupyter.request("GET", "api/terminals/7").status == 404
    assert jupyter.request("DELETE", "api/terminals/7").status == 404


@pytest.mark.parametrize("body", [{"self": 1}, {"cwd": "a\0b"}, {"cwd": 5000 * "x"}, {"cwd": "\ud800"}])
def test_what_cannot_be_is_passed_over(jupyter, body):
    assert jupyter.request("POST", "api/terminals", body).status == 200
    assert len(names(jupyter)) == 1


def test_nobody_without_an_identity_is_answered(jupyter):
    assert jupyter.request("GET", "api/terminals", token=False).status == 403
    assert jupyter.request("POST", "api/terminals", {}, token=False).status == 403
    assert jupyter.request("DELETE", "api/terminals/1", token=False).status == 403


@pytest.mark.parametrize("kind", ["absolute", "below the root", "the root of files", "missing", "home"])
def test_it_starts_where_it_was_asked_to(jupyter, tmp_path, kind):
    (jupyter.root / "some folder").mkdir(exist_ok=True)
    asked, there = {
        "absolute": (str(tmp_path), tmp_path),
        "below the root": ("some folder", jupyter.root / "some folder"),
        "the root of files": ("", jupyter.root),
        "missing": ("/no/such/folder", jupyter.root),
        "home": (None, jupyter.root),
    }[kind]
    name = new(jupyter, **({} if asked is None else {"cwd": asked}))
    # The program that changes to the directory is not yet the shell.
    eventually(lambda: cwd_of(jupyter, name) == os.path.realpath(there), f"a shell in {there}")


def test_what_terminado_takes_besides_is_taken_too(jupyter):
    name = new(jupyter, shell_command=["sh", "-c", 'echo "<$FROM $JUPYTER_SERVER_ROOT>"; cat'], extra_env={"FROM": "x"})
    with JupyterTerminal(jupyter, name) as terminal:
        terminal.read_until(f"<x {jupyter.root}>")


def test_a_command_that_cannot_be_run_is_refused_and_leaves_nothing(jupyter):
    answer = jupyter.request("POST", "api/terminals", {"shell_command": ["/no/such/program"]})
    assert answer.status == 400
    assert "/no/such/program" in answer.json["message"]
    assert names(jupyter) == []


def test_deleting_ends_the_program_and_tells_the_tabs(jupyter):
    name = new(jupyter)
    (model,) = jupyter.request("GET", "orchflow/api/terminals").json
    with JupyterTerminal(jupyter, name) as terminal:
        assert jupyter.request("DELETE", f"api/terminals/{name}").status == 204
        assert terminal.read_to_the_end() == ["disconnect", 1]
    assert names(jupyter) == []
    eventually(lambda: not alive(model["pid"]), "the shell to end")


def test_one_whose_program_ends_is_gone(jupyter):
    name = new(jupyter)
    with JupyterTerminal(jupyter, name) as terminal:
        terminal.type("exit\r")
        assert terminal.read_to_the_end() == ["disconnect", 1]
    assert names(jupyter) == []


def test_typing_is_activity(jupyter):
    name = new(jupyter, shell_command=["cat"])
    before = jupyter.request("GET", f"api/terminals/{name}").json["last_activity"]
    with JupyterTerminal(jupyter, name) as terminal:
        terminal.type("x\r")
        terminal.read_until("x\r\nx\r\n")
    assert jupyter.request("GET", f"api/terminals/{name}").json["last_activity"] > before


# -- what is more


def test_all_running_terminals_are_there_whoever_made_them(jupyter):
    model = jupyter.create(name="made elsewhere", command=["cat"])
    jupyter.create(name="ended", command=["true"])
    name = new(jupyter)
    eventually(lambda: sorted(names(jupyter)) == sorted(["made elsewhere", name]), "the running ones")
    assert model["id"] in [one["id"] for one in jupyter.request("GET", "orchflow/api/terminals").json]
    assert {one["name"] for one in jupyter.request("GET", "orchflow/api/terminals").json} >= {"made elsewhere", name}
    assert jupyter.request("DELETE", "api/terminals/made%20elsewhere").status == 204
    assert names(jupyter) == [name]


@pytest.mark.parametrize("name", ["a b", "ünï/cödé", "50%", "x?y#z&=+", "'\"<>\\", "..", "x;y,z", "終端"])
def test_any_name_can_be_looked_at_opened_and_deleted(jupyter, name):
    jupyter.create(name=name, command=["cat"])
    path = f"api/terminals/{quote(name, safe='')}"
    assert jupyter.request("GET", path).json["name"] == name
    with JupyterTerminal(jupyter, name) as terminal:
        terminal.type("x\r")
        terminal.read_until("x\r\nx\r\n")
    assert jupyter.request("DELETE", path).status == 204
    assert names(jupyter) == []


def test_one_that_is_called_otherwise_now_is_found_under_its_new_name(jupyter):
    model = jupyter.create(name="old", command=["cat"])
    with JupyterTerminal(jupyter, "old") as terminal:
        jupyter.request("PATCH", f"orchflow/api/terminals/{model['id']}", {"name": "new"})
        assert names(jupyter) == ["new"]
        terminal.type("x\r")
        terminal.read_until("x\r\nx\r\n")


def test_a_number_that_was_taken_elsewhere_is_left_out(jupyter):
    jupyter.create(name="1", command=["cat"])
    assert new(jupyter) == "2"


def test_where_it_is_not_configured_jupyters_terminals_are_its_own(server):
    name = new(server)
    assert name not in [model["name"] for model in server.request("GET", "orchflow/api/terminals").json]
    assert server.request("DELETE", f"api/terminals/{name}").status == 204


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"name": 5}, "name must be text, and 5 is not"),
        ({"cwd": ["/"]}, "cwd must be text"),
        ({"shell_command": {"a": 1}}, "shell_command must be a list of words"),
        ({"shell_command": [1]}, "shell_command must be a list of words"),
        ({"extra_env": ["A"]}, "extra_env must be an object of texts"),
        ({"extra_env": {"A": 1}}, "extra_env must be an object of texts"),
        ({"extra_env": {"A=B": "1"}}, "extra_env must map names to text"),
        ({"shell_command": ["no-such-program"]}, "shell_command must begin with a program"),
        ({"width": "wide"}, "width: expected int"),
    ],
)
def test_a_field_that_is_not_what_terminado_takes_is_named(jupyter, asked, said):
    answer = jupyter.request("POST", "api/terminals", asked)
    assert answer.status == 400
    assert said in str(answer.json)
    assert names(jupyter) == []


def test_jupyters_gauge_says_how_many_run_whoever_made_and_ended_them(jupyter):
    def gauge():
        names(jupyter)
        text = jupyter.request("GET", "metrics").body.decode()
        return float(re.search(r"^terminal_currently_running_total (\S+)$", text, re.MULTILINE)[1])

    made = [jupyter.request("POST", "orchflow/api/terminals", {"command": ["cat"]}).json for _ in range(2)]
    assert gauge() == 2
    jupyter.request("DELETE", f"api/terminals/{made[0]['name']}")
    assert gauge() == 1
    name = new(jupyter)
    assert gauge() == 2
    jupyter.request("DELETE", f"orchflow/api/terminals/{made[1]['id']}")
    eventually(lambda: gauge() == 1, "the one that was ended elsewhere to be counted")
    jupyter.request("DELETE", f"api/terminals/{name}")
    assert gauge() == 0
