"""A kernel that a real Jupyter server started, and the engine that it finds."""

import json

import pytest
from websockets.sync.client import connect

from orchflow_jupyter.rendezvous import read_description
from tests.support.jupyter import JupyterServer
from tests.support.processes import end
from tests.support.waiting import GENEROUS


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with JupyterServer(tmp_path_factory.mktemp("server")) as running:
        yield running


def printed(server, kernel, code):
    """What code prints in one of the server's kernels."""
    with connect(
        f"{server.ws_url}api/kernels/{kernel}/channels?session_id=tests",
        additional_headers=server.authorization,
        proxy=None,
        open_timeout=GENEROUS,
        compression=None,
    ) as socket:
        header = {
            "msg_id": "tests-1",
            "msg_type": "execute_request",
            "session": "tests",
            "username": "",
            "version": "5.3",
        }
        content = {"code": code, "silent": False, "store_history": False, "allow_stdin": False, "stop_on_error": True}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
        socket.send(json.dumps(message))
        text = ""
        while True:
            came = json.loads(socket.recv(timeout=GENEROUS))
            if came["parent_header"].get("msg_id") != "tests-1":
                continue
            if came["msg_type"] == "stream":
                text += came["content"]["text"]
            elif came["msg_type"] == "error":
                raise AssertionError("\n".join(came["content"]["traceback"]))
            elif came["msg_type"] == "status" and came["content"]["execution_state"] == "idle":
                return text


def test_it_finds_its_servers_engine_and_makes_terminals_that_the_server_shows(server):
    (server.root / "below").mkdir()
    kernel = server.request("POST", "api/kernels", {"path": "below"}).json["id"]
    code = """
from orchflow_jupyter.client import Engine
import json
with Engine.open() as engine:
    model = engine.create(["cat"], name="of the kernel")
    print(json.dumps({"pid": engine.status()["pid"], "root": engine.status()["root"], "id": model["id"]}))
"""
    try:
        found = json.loads(printed(server, kernel, code))
        assert found["pid"] == server.engine_pid
        assert found["root"] == str(server.root)
        listed = server.request("GET", "orchflow/api/terminals").json
        assert [(model["id"], model["name"]) for model in listed] == [(found["id"], "of the kernel")]
        end(server.engine_pid)
        again = json.loads(printed(server, kernel, code))
        assert again["pid"] == read_description(server.engine_dir).pid != found["pid"]
        assert again["root"] == str(server.root)
    finally:
        server.request("DELETE", f"api/kernels/{kernel}")
