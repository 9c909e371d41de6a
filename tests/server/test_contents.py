"""Documents that Jupyter's contents manager keeps, elsewhere than on the engine's disk."""

import contextlib
import json

import pytest
from jupyter_server.services.contents.filemanager import AsyncFileContentsManager
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager, LargeFileManager
from pycrdt import Array

from orchflow_jupyter.client.control import Control
from orchflow_jupyter.server.contents import is_plain
from tests.support.contents import ELSEWHERE, Elsewhere
from tests.support.editing import Editing
from tests.support.jupyter import JupyterServer


@pytest.fixture(scope="module", params=["handover", "embedded"])
def server(request, tmp_path_factory):
    """A server whose files are elsewhere."""
    tmp_path = tmp_path_factory.mktemp(f"contents-{request.param}")
    (tmp_path / "elsewhere").mkdir()
    args = ["--ServerApp.contents_manager_class=tests.support.contents.Elsewhere"]
    env = {ELSEWHERE: str(tmp_path / "elsewhere")}
    with JupyterServer(tmp_path / "server", mode=request.param, args=args, env=env) as running:
        running.elsewhere = tmp_path / "elsewhere"
        yield running


@contextlib.contextmanager
def joined(server, path):
    answer = server.request("POST", "orchflow/api/documents", {"path": path})
    assert answer.status == 201, answer.body
    with Control.connect(server.engine_dir) as engine, Editing(engine, answer.json["room"]) as client:
        yield client


def saved(client):
    return client.state.get("save", {}).get("status") == "saved"


def test_a_document_is_read_and_saved_by_the_contents_manager(server):
    file = server.elsewhere / "notes.md"
    file.write_bytes(b"one\r\ntwo\r\n")
    with joined(server, "notes.md") as ann:
        ann.until(lambda: str(ann.text) == "one\ntwo\n")
        assert ann.state["file"]["storage"] == "contents"
        ann.text.insert(0, "zero é\n")
        assert ann.call("save")["result"]["status"] == "saved"
        assert file.read_bytes() == "zero é\r\none\r\ntwo\r\n".encode()
        file.write_bytes(b"zero\r\none\r\ntwo\r\nthree\r\n")
        ann.text.insert(len(str(ann.text).encode()) - 4, "and ")
        answer = ann.call("save")
        assert answer["result"]["status"] == "saved"
        assert file.read_bytes().startswith(b"zero\r\none\r\n")
    assert server.request("POST", "orchflow/api/documents", {"path": "none.md"}).status == 404
    assert list(server.root.iterdir()) == []


def test_a_notebook_is_saved_as_one(server):
    file = server.elsewhere / "a.ipynb"
    cell = {"id": "c1", "cell_type": "markdown", "metadata": {}, "source": "one"}
    file.write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    with joined(server, "a.ipynb") as ann:
        ann.until(lambda: "file" in ann.state)
        cells = ann.doc.get("cells", type=Array)
        cells[0]["source"].insert(0, "zero ")
        assert ann.call("save")["result"]["status"] == "saved"
    assert json.loads(file.read_text())["cells"][0]["source"] == ["zero one"]


def test_while_the_server_is_away_saving_waits_and_says_so_and_goes_on_when_it_is_back(server):
    if server.mode == "embedded":
        pytest.skip("an embedded engine ends with its server")
    file = server.elsewhere / "away.md"
    file.write_text("one\n")
    with joined(server, "away.md") as ann:
        ann.until(lambda: str(ann.text) == "one\n")
        server.stop_server()
        ann.text.insert(0, "zero\n")
        ann.until(lambda: ann.state["save"]["status"] == "waiting")
        assert "away" in ann.state["save"]["reason"]
        assert file.read_text() == "one\n"
        server.start()
        ann.until(lambda: saved(ann))
        assert file.read_text() == "zero\none\n"


@pytest.mark.filterwarnings("ignore:Overriding existing")  # Jupyter's, of a hook by itself
@pytest.mark.parametrize(
    ("kind", "given", "plain"),
    [
        (AsyncLargeFileManager, {}, True),
        (LargeFileManager, {}, True),
        (AsyncFileContentsManager, {}, True),
        (Elsewhere, {}, False),
        (AsyncLargeFileManager, {"pre_save_hook": lambda **about: None}, False),
    ],
)
def test_only_what_keeps_plain_files_and_nothing_else_is_left_to_the_engine(tmp_path, kind, given, plain):
    manager = kind(root_dir=str(tmp_path), **given)
    assert is_plain(manager, str(tmp_path)) is plain
    assert not is_plain(manager, "/elsewhere")
