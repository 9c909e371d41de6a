"""Who may: identity, origin and authorizer, on every route."""

import os
import subprocess
import sys

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from orchflow_jupyter import Document
from orchflow_jupyter.client import Engine
from orchflow_jupyter.client.control import Control
from orchflow_jupyter.protocol.terminal import Op
from orchflow_jupyter.server.routes import routes
from tests.support.stream import TerminalStream, open_socket
from tests.support.waiting import eventually
from tests.support.yjs import HAS_YJS, Yjs

PUBLIC = "/orchflow/static/"
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
FOREIGN = "https://elsewhere.example"
PATHS = [pattern.replace("([^/]+)", "some-id").lstrip("/") for pattern, *_ in routes(None) if PUBLIC not in pattern]


def closed_with(opening):
    """The code with which the server closes a WebSocket before it says anything."""
    with opening as socket, pytest.raises(ConnectionClosed) as closed:
        socket.recv(timeout=30)
    return closed.value.rcvd.code


def cookies(server):
    """The cookies that a browser has after logging in."""
    answer = server.request("GET", f"api/status?token={server.token}", token=False)
    assert answer.status == 200
    pairs = [value.partition(";")[0] for value in answer.headers.get_all("Set-Cookie")]
    assert pairs
    return {"Cookie": "; ".join(pairs)}


LIST_ROUTES = """
from jupyter_server.serverapp import ServerApp
app = ServerApp.instance()
app.initialize(["--allow-root", "--no-browser"], new_httpserver=False)
for group in app.web_app.default_router.rules:
    for rule in getattr(group.target, "rules", []):
        print(rule.matcher.regex.pattern)
"""


def test_the_servers_table_has_no_routes_of_ours_but_those_that_are_walked(tmp_path):
    environment = os.environ | {f"JUPYTER_{kind}_DIR": str(tmp_path) for kind in ("CONFIG", "DATA", "RUNTIME")}
    listed = subprocess.run(
        [sys.executable, "-c", LIST_ROUTES], env=environment, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    ours = {line for line in listed.stdout.splitlines() if "orchflow" in line}
    assert ours == {f"{pattern}$" for pattern, *_ in routes(None)}
    assert len(PATHS) == len(ours) - 1


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("headers", [{}, {"Authorization": "token wrong"}], ids=["none", "wrong"])
def test_no_route_answers_without_an_identity(server, path, method, headers):
    answer = server.request(
        method, path, b"{}" if method in ("POST", "PUT", "PATCH") else None, token=False, headers=headers
    )
    assert answer.status in ((403, 405) if method == "HEAD" else (403,))
    if method != "HEAD":
        assert answer.json.keys() == {"message", "reason"}


def test_who_has_no_identity_is_told_that(server):
    assert server.request("GET", PATHS[0], token=False).json["reason"] == "not_authenticated"


@pytest.mark.parametrize("token", ["", "wrong"])
def test_a_stream_without_the_right_token_closes_with_4401(server, terminal, token):
    with open_socket(server, terminal["id"], known_by=token) as socket:
        assert socket.subprotocol == "orchflow.terminal.v1"  # or a browser would not show the code
    assert closed_with(open_socket(server, terminal["id"], known_by=token)) == 4401


def test_nothing_is_told_of_a_terminal_to_who_has_no_identity(server, terminal):
    assert closed_with(open_socket(server, "no-such-terminal", known_by="")) == 4401
    assert closed_with(open_socket(server, terminal["id"], known_by="", since="nonsense")) == 4401


def test_a_token_in_the_query_is_an_identity(server, terminal):
    with open_socket(server, terminal["id"], known_by="", token=server.token) as socket:
        assert socket.recv(timeout=30)[0] == Op.HELLO


def test_a_cookie_is_an_identity_for_an_own_page(server, terminal):
    headers = cookies(server) | {"Origin": server.url.rstrip("/")}
    with open_socket(server, terminal["id"], known_by="", headers=headers) as socket:
        assert socket.recv(timeout=30)[0] == Op.HELLO


@pytest.mark.parametrize("known", [True, False], ids=["cookie", "nobody"])
def test_a_foreign_page_gets_no_stream(server, terminal, known):
    headers = {"Origin": FOREIGN} | (cookies(server) if known else {})
    with pytest.raises(InvalidStatus) as refused, open_socket(server, terminal["id"], known_by="", headers=headers):
        pass
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("path", [path for path in PATHS if "/ws/" not in path])
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
def test_a_foreign_page_gets_nothing_from_rest(server, path, method):
    body = b"{}" if method in ("POST", "PATCH") else None
    answer = server.request(method, path, body, token=False, headers=cookies(server) | {"Origin": FOREIGN})
    assert answer.status in (403, 404)
    assert answer.json.keys() == {"message", "reason"}


def test_a_stream_that_is_asked_for_without_an_upgrade_says_what_it_is(server, terminal):
    answer = server.request("GET", f"orchflow/ws/terminals/{terminal['id']}")
    assert answer.status == 426
    assert "orchflow.terminal.v1" in answer.json["message"]


def test_the_authorizer_is_asked_for_each_action(guarded):
    assert guarded.request("GET", "orchflow/api/terminals").status == 200
    assert guarded.request("GET", "orchflow/api/status").status == 200
    for method, path in (
        ("POST", "orchflow/api/terminals"),
        ("POST", "orchflow/api/terminals/batch"),
        ("PATCH", "orchflow/api/terminals/x"),
        ("DELETE", "orchflow/api/terminals/x"),
    ):
        answer = guarded.request(method, path, {})
        assert answer.status == 403
        assert answer.json["reason"] == "not_allowed"


def test_a_stream_that_writes_takes_execute_and_one_that_reads_takes_read(guarded):
    assert guarded.engine_pid
    with Control.connect(guarded.engine_dir) as control:
        model = control.call("terminals.create", {"command": ["cat"]})
        try:
            assert closed_with(open_socket(guarded, model["id"])) == 4403
            with TerminalStream(guarded, model["id"], mode="ro") as stream:
                assert stream.hello["writable"] is False
        finally:
            control.call("terminals.delete", {"id": model["id"]})


@pytest.mark.skipif(not HAS_YJS, reason="needs Node.js and js/node_modules")
def test_who_may_only_read_looks_at_a_document_and_changes_nothing(guarded):
    path = guarded.root / "read.md"
    path.write_text("one\n")
    answer = guarded.request("POST", "orchflow/api/documents", {"path": "read.md"})
    assert (answer.status, answer.json["writable"]) == (201, False)
    with (
        Engine.open(guarded.engine_dir, str(guarded.root)) as engine,
        Document(path, engine=engine) as document,
        Yjs(guarded, answer.json["room"], mode="rw") as reader,
    ):
        reader.do("insert", 0, "not ")
        eventually(lambda: engine.status()["documents"]["refused"], "its refusal")
        document.insert(0, "zero\n")
        reader.sees("not zero\none\n")
        assert document.text == "zero\none\n"
        document.save()
    assert path.read_text() == "zero\none\n"
