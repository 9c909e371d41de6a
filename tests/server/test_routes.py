"""REST: what it makes, what it refuses, and how it says so."""

import json
import re

import pytest

from orchflow_jupyter.server.requests import MAX_BODY
from tests.support.waiting import eventually

TERMINALS = "orchflow/api/terminals"


def refusal(answer, status=400):
    assert answer.status == status, answer.body
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.json.keys() == {"message", "reason"}
    return answer.json["message"]


def test_a_terminal_is_made_listed_changed_and_ended(server):
    made = server.request("POST", TERMINALS, {"name": "one", "command": ["cat"], "cols": 100, "rows": 30})
    assert made.status == 201
    model = made.json
    assert (model["name"], model["command"], model["cols"], model["rows"]) == ("one", ["cat"], 100, 30)
    assert made.headers["Location"] == f"/{TERMINALS}/{model['id']}"
    here = f"{TERMINALS}/{model['id']}"
    assert server.request("GET", here).json["pid"] == model["pid"]
    assert model["id"] in [one["id"] for one in server.request("GET", TERMINALS).json]
    changed = server.request("PATCH", here, {"name": "two", "cols": 120})
    assert changed.status == 200
    assert (changed.json["name"], changed.json["cols"], changed.json["rows"]) == ("two", 120, 30)
    changed = server.request("PATCH", here, {"rows": 31})  # comes into force a moment later
    assert (changed.json["cols"], changed.json["rows"]) == (120, 31)
    ended = server.request("DELETE", here)
    assert (ended.status, ended.body) == (204, b"")
    assert refusal(server.request("GET", here), 404)
    assert model["id"] not in [one["id"] for one in server.request("GET", TERMINALS).json]


def test_without_a_body_the_login_shell_starts_in_the_root(server):
    answer = server.request("POST", TERMINALS)
    assert answer.status == 201
    assert answer.json["command"] == ["/bin/bash", "-l"]
    assert answer.json["cwd"] == str(server.root)
    assert server.request("DELETE", f"{TERMINALS}/{answer.json['id']}").status == 204


def test_a_relative_directory_is_below_the_root(server):
    (server.root / "sub").mkdir(exist_ok=True)
    model = server.create(command=["cat"], cwd="sub")
    assert model["cwd"] == str(server.root / "sub")
    server.request("DELETE", f"{TERMINALS}/{model['id']}")


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"command": ["no-such-command-anywhere"]}, "no-such-command-anywhere"),
        ({"command": ["/no/such/command"]}, "/no/such/command"),
        ({"command": []}, "command"),
        ({"command": [""]}, "command"),
        ({"command": "ls"}, "command"),
        ({"command": ["ls", 1]}, "command"),
        ({"command": ["ls", "\0"]}, "command"),
        ({"cwd": "no/such/directory"}, "cwd"),
        ({"cwd": "/etc/passwd"}, "cwd"),
        ({"cwd": 1}, "cwd"),
        ({"env": {"A": 1}}, "env"),
        ({"env": {"A=B": "1"}}, "env"),
        ({"env": []}, "env"),
        ({"colour": "red"}, "colour"),
        ({"cols": 0}, "cols"),
        ({"cols": 65535}, "cols"),
        ({"rows": 0}, "rows"),
        ({"rows": 65535}, "rows"),
        ({"rows": "24"}, "rows"),
        ({"rows": 24.5}, "rows"),
        ({"rows": True}, "rows"),
        ({"name": "two\nlines"}, "name"),
        ({"name": ""}, "name"),
        ({"name": 7}, "name"),
    ],
    ids=repr,
)
def test_what_makes_no_sense_is_refused_and_the_field_named(server, fields, says):
    assert says in refusal(server.request("POST", TERMINALS, fields))


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"cols": 0}, "cols"),
        ({"rows": 65535}, "rows"),
        ({"name": "two\nlines"}, "name"),
        ({"command": ["ls"]}, "command"),
        ({"id": "other"}, "id"),
    ],
    ids=repr,
)
def test_a_change_that_makes_no_sense_is_refused(server, terminal, fields, says):
    assert says in refusal(server.request("PATCH", f"{TERMINALS}/{terminal['id']}", fields))


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b'"text"', b"null", b"\xff\xfe", b"[" * 100_000, b"name=x"],
    ids=["cut", "list", "text", "null", "binary", "deep", "form"],
)
def test_a_body_that_is_no_json_object_is_refused(server, body):
    assert "JSON object" in refusal(server.request("POST", TERMINALS, body))


@pytest.mark.parametrize(
    "field", [{"name": "\ud800"}, {"command": ["echo", "\ud800"]}, {"env": {"A": "\ud800"}}], ids=repr
)
def test_text_that_no_system_can_take_is_refused(server, field):
    assert "surrogate" in refusal(server.request("POST", TERMINALS, field))


def test_a_body_that_is_too_large_is_refused(server):
    body = json.dumps({"name": "x" * MAX_BODY}).encode()
    assert str(MAX_BODY) in refusal(server.request("POST", TERMINALS, body), 413)


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
@pytest.mark.parametrize("identity", ["none", "%2e%2e", "a%20b", "%00", "x" * 300])
def test_an_unknown_terminal_is_not_found(server, method, identity):
    answer = server.request(method, f"{TERMINALS}/{identity}", {} if method == "PATCH" else None)
    assert answer.status in (400, 404)
    assert answer.json.keys() == {"message", "reason"}


@pytest.mark.parametrize("path", [TERMINALS, f"{TERMINALS}/x", "orchflow/api/status", "orchflow/api/metrics"])
def test_a_method_that_is_not_there_is_refused(server, path):
    assert refusal(server.request("PUT", path, {}), 405)


def test_status_tells_who_the_engine_is(server):
    answer = server.request("GET", "orchflow/api/status")
    assert answer.status == 200
    assert answer.json["pid"] == server.engine_pid
    assert answer.json["root"] == str(server.root)
    assert (server.engine_pid == server.process.pid) == (server.mode == "embedded")


def test_metrics_tell_what_the_engine_measured_with_or_without_its_terminals(server):
    model = server.create(command=["cat"])
    told = server.request("GET", "orchflow/api/metrics").json
    assert told["pid"] == server.engine_pid
    assert model["id"] in [one["id"] for one in told["each"]]
    assert len(told["echo"]["buckets"]) == len(told["bounds"]) + 1
    assert told["terminals"]["running"] >= 1
    assert "each" not in server.request("GET", "orchflow/api/metrics?each=0").json
    assert "each" in refusal(server.request("GET", "orchflow/api/metrics?each=some"))
    server.request("DELETE", f"{TERMINALS}/{model['id']}")


def test_looking_is_no_activity(server):
    def last_activity():
        return server.request("GET", "api/status?no_track_activity=1").json["last_activity"]

    def looked_at_in_vain():
        before = last_activity()
        for path in (TERMINALS, "orchflow/api/status", "orchflow/api/metrics", "metrics"):
            assert server.request("GET", path).status == 200
        return before if last_activity() == before else None

    # A program of the test before may still be on its way to its end.
    before = eventually(looked_at_in_vain, "looks that leave the last activity alone")
    model = server.create(command=["cat"])
    assert last_activity() > before
    server.request("DELETE", f"{TERMINALS}/{model['id']}")


@pytest.mark.parametrize("token", [True, False], ids=["known", "unknown"])
def test_scripts_are_public_and_kept_for_ever_by_version(server, token):
    answer = server.request("GET", "orchflow/static/loader.js?v=1", token=token)
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Access-Control-Allow-Origin"] is None
    assert server.request("GET", "orchflow/static/loader.js", token=token).headers["Cache-Control"] == "no-cache"
    entry = server.request("GET", "orchflow/static/editor.js?v=1", token=token).body.decode()
    part = re.search(r"editor/[\w.-]+\.js", entry)[0]
    answer = server.request("GET", f"orchflow/static/{part}", token=token)
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("path", ["none.js", "../__init__.py", "%2e%2e/__init__.py", ""])
def test_nothing_else_is_public(server, path):
    assert server.request("GET", f"orchflow/static/{path}?v=1", token=False).status in (403, 404)


def test_the_base_url_is_in_front_of_everything(guarded):
    assert guarded.base_url == "/user/me/"
    assert guarded.request("GET", TERMINALS).status == 200


def test_many_operations_go_in_one_request(server, terminal):
    here = terminal["id"]
    operations = [
        {"op": "create", "command": ["cat"]},
        {"op": "resize", "id": here, "cols": 99, "rows": 33},
        {"op": "close", "id": "none"},
    ]
    answer = server.request("POST", f"{TERMINALS}/batch", {"operations": operations})
    assert answer.status == 200
    made, resized, refused = answer.json["results"]
    assert resized == {"ok": True}
    assert (refused["ok"], refused["status"]) == (False, 404)
    assert server.request("GET", f"{TERMINALS}/{here}").json["cols"] == 99
    assert server.request("DELETE", f"{TERMINALS}/{made['result']['id']}").status == 204


@pytest.mark.parametrize("body", [{}, {"operations": 1}, {"operations": [{"op": 1}]}, {"operations": ["x"]}], ids=repr)
def test_a_batch_that_makes_no_sense_is_refused(server, body):
    assert "operations" in refusal(server.request("POST", f"{TERMINALS}/batch", body))


def test_a_recording_is_begun_looked_at_and_ended(server, terminal):
    here = f"{TERMINALS}/{terminal['id']}/recording"
    assert server.request("GET", here).json is None
    begun = server.request("POST", here, {"path": "made.cast", "overwrite": True})
    assert begun.status == 201
    assert begun.headers["Location"] == f"/{here}"
    assert begun.json["path"] == str(server.root / "made.cast")
    assert server.request("GET", here).json["error"] is None
    assert refusal(server.request("POST", here, {"path": "other.cast"}), 409)
    ended = server.request("DELETE", here)
    assert (ended.status, ended.json["bytes"]) == (200, (server.root / "made.cast").stat().st_size)
    assert refusal(server.request("DELETE", here), 404)


@pytest.mark.parametrize("fields", [{}, {"path": 1}, {"path": "../x"}, {"path": "x", "id": "t-2"}], ids=repr)
def test_a_recording_that_makes_no_sense_is_refused(server, terminal, fields):
    assert refusal(server.request("POST", f"{TERMINALS}/{terminal['id']}/recording", fields))


def test_a_screen_is_told_with_the_lines_above_it_that_are_asked_for(server):
    pytest.importorskip("pyghostty")
    model = server.create(command=["sh", "-c", "seq 30; exec cat"])
    here = f"{TERMINALS}/{model['id']}/screen"
    eventually(lambda: server.request("GET", here).json["cursor"]["y"] == 23, "its lines")
    told = server.request("GET", f"{here}?scrollback=2").json
    assert [line[0][0] for line in told["lines"][:2]] == ["6", "7"]
    assert (told["scrollback"], told["cols"], told["rows"]) == (2, 80, 24)
    assert "scrollback" in refusal(server.request("GET", f"{here}?scrollback=all"))
    assert "scrollback" in refusal(server.request("GET", f"{here}?scrollback=99999999999"))
    assert server.request("DELETE", f"{TERMINALS}/{model['id']}").status == 204
    assert refusal(server.request("GET", here), 404)
