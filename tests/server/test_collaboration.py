"""jupyter-collaboration beside us: one room for a file, whoever opens it."""

import asyncio
import json
from urllib.parse import urlsplit

import nbformat
import pytest
from pycrdt import Doc, Text
from websockets.sync.client import connect

from orchflow_jupyter import Document
from orchflow_jupyter.client import AsyncDocument, Engine
from orchflow_jupyter.errors import NotAllowedError, NotFoundError, StorageError
from orchflow_jupyter.protocol.documents import (
    StepOne,
    Update,
    decode,
    encode_step_one,
    encode_step_two,
    encode_update,
)
from tests.support.jupyter import JupyterServer
from tests.support.waiting import GENEROUS, eventually

pytest.importorskip("jupyter_server_ydoc")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with JupyterServer(tmp_path_factory.mktemp("collaboration"), foreign=True) as server:
        (server.root / "notes.md").write_text("one\ntwo\n")
        yield server


class Joined:
    """One who has joined the room at an address, by the messages that both kinds of rooms speak."""

    def __init__(self, server, address):
        parts = urlsplit(server.ws_url)
        url = f"{parts.scheme}://{parts.netloc}{address}"
        self.doc = Doc()
        self.text = self.doc.get("source", type=Text)
        self._connecting = connect(url, additional_headers=server.authorization, max_size=None, open_timeout=GENEROUS)
        self._hears = True
        self._subscription = self.doc.observe(self._changed)

    def __enter__(self):
        self._ws = self._connecting.__enter__()
        self._ws.send(encode_step_one(self.doc.get_state()))
        return self

    def __exit__(self, *_):
        self._connecting.__exit__(None, None, None)

    def sees(self, text):
        """Take what comes until the document is `text` here."""
        while str(self.text) != text:
            data = self._ws.recv(GENEROUS)
            match decode(data) if data[0] == 0 else None:
                case StepOne(state):
                    self._ws.send(encode_step_two(self.doc.get_update(state)))
                case Update(update):
                    self._hears = False
                    self.doc.apply_update(update)
                    self._hears = True

    def _changed(self, event):
        if self._hears:
            self._ws.send(encode_update(event.update))


def opened(server, path):
    answer = server.request("POST", "orchflow/api/documents", {"path": path})
    assert answer.status == 201, answer.body
    return answer.json


def test_its_room_is_joined_and_what_is_typed_on_either_side_is_on_the_other(server):
    model = opened(server, "notes.md")
    assert {name: model[name] for name in ("path", "provider", "format", "type", "writable")} == {
        "path": "notes.md",
        "provider": "jupyter-collaboration",
        "format": "text",
        "type": "file",
        "writable": True,
    }
    session = server.request("PUT", "api/collaboration/session/notes.md", {"format": "text", "type": "file"}).json
    theirs = f"{server.base_url}api/collaboration/room/text:file:{session['fileId']}?sessionId={session['sessionId']}"
    with Joined(server, model["ws_url"]) as ours, Joined(server, theirs) as lab:
        ours.sees("one\ntwo\n")
        lab.sees("one\ntwo\n")
        ours.text.insert(0, "zero\n")
        lab.sees("zero\none\ntwo\n")
        lab.text.insert(0, "minus one\n")
        ours.sees("minus one\nzero\none\ntwo\n")
        eventually(lambda: (server.root / "notes.md").read_text() == "minus one\nzero\none\ntwo\n", "a save")
    assert server.request("GET", "orchflow/api/metrics").json["documents"] is None


@pytest.mark.parametrize(("path", "status"), [("no.md", 404), ("", 400), (7, 400), (".hidden", 404), ("../x", 404)])
def test_what_cannot_be_opened_is_said(server, path, status):
    assert server.request("POST", "orchflow/api/documents", {"path": path}).status == status


def test_without_it_the_room_is_ours(tmp_path):
    args = ["--YDocExtension.disable_rtc=True"]
    with JupyterServer(tmp_path, args=args, foreign=True) as server:
        (server.root / "notes.md").write_text("one\n")
        assert opened(server, "notes.md")["provider"] == "orchflow"


@pytest.fixture
def file(server, tmp_path_factory):
    """A file of that server, another for each test."""
    path = server.root / f"{tmp_path_factory.mktemp('f').name}.md"
    path.write_text("one\ntwo\n")
    return path


@pytest.fixture
def engine(server):
    assert server.request("GET", "orchflow/api/status").status == 200  # it has said whose the rooms are
    with Engine.open(server.engine_dir, str(server.root)) as engine:
        yield engine


def shows(document, text):
    eventually(lambda: document.text == text, f"{text!r}; there is {document.text!r}")


def test_a_kernels_document_is_in_its_room_and_both_sides_type(server, file, engine):
    with (
        Document(file, name="Ann", engine=engine) as document,
        Joined(server, opened(server, file.name)["ws_url"]) as lab,
    ):
        assert document.text == "one\ntwo\n"
        document.insert(0, "é😀 ")
        lab.sees("é😀 one\ntwo\n")
        lab.text.insert(0, "zero\n")
        shows(document, "zero\né😀 one\ntwo\n")
        document.flush()
        eventually(lambda: file.read_text() == document.text, "a save")
        eventually(lambda: document.status == "saved", "to hear of it")
    assert engine.status()["documents"] is None


def test_a_save_writes_what_was_typed_just_before_and_says_so(file, engine):
    with Document(file, engine=engine) as document:
        for n in range(20):
            document.insert(0, f"{n}\n")
            assert document.save()["status"] == "saved"
            assert file.read_text() == document.text


def test_a_file_that_cannot_be_written_is_never_called_saved(file, engine):
    with Document(file, engine=engine) as document:
        file.unlink()
        document.insert(0, "zero\n")
        with pytest.raises(StorageError, match="did not write the file"):
            document.save()
        assert document.status == "unsaved"


def test_what_only_our_rooms_know_is_refused_and_nothing_waits_for_ever(file, engine):
    with Document(file, engine=engine, mode="ro") as document:
        with pytest.raises(NotAllowedError):
            document.insert(0, "x")
        assert (document.status, len(document.conflicts), document.offers) == ("saved", 0, [])
    with pytest.raises(NotFoundError):
        Document(file.with_name("no.md"), engine=engine)


def test_who_may_only_look_changes_nothing_whatever_it_sends(file, engine):
    with Document(file, engine=engine, mode="ro") as looking, Document(file, engine=engine) as document:
        looking._core.state.writable = True
        looking.insert(0, "never ")
        looking.flush()  # the room has dealt with it
        document.insert(0, "zero\n")
        document.save()
        assert file.read_text() == "zero\none\ntwo\n"


def test_a_notebooks_cells_are_edited_in_its_room(server, engine):
    path = server.root / "a.ipynb"
    path.write_text(json.dumps(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1")])))
    with Document(path, engine=engine) as ann, Document(path, engine=engine) as bob:
        ann.cells[0].source = "2 + 2"
        eventually(lambda: bob.cells[0].source == "2 + 2", "the cell")
        bob.save()
    assert json.loads(path.read_text())["cells"][0]["source"] in ("2 + 2", ["2 + 2"])


def test_the_asynchronous_document_is_there_too_and_what_it_has_flushed_is_in_everybodys_save(file, engine):
    async def run():
        async with asyncio.timeout(GENEROUS):
            async with AsyncDocument(file, engine=engine) as ann, AsyncDocument(file, engine=engine) as bob:
                ann.insert(0, "zero\n")
                await ann.flush()
                assert (await bob.save())["status"] == "saved"

    asyncio.run(run())
    assert file.read_text() == "zero\none\ntwo\n"


@pytest.mark.long
def test_who_edits_in_our_room_goes_over_when_a_server_comes_and_waits_while_it_is_away(tmp_path):
    server = JupyterServer(tmp_path, foreign=True, args=["--YDocExtension.disable_rtc=True"])
    path = server.root / "notes.md"
    path.write_text("one\n")
    with (
        server,
        Engine.open(server.engine_dir, str(server.root)) as engine,
        Document(path, engine=engine) as document,
    ):
        document.insert(0, "ours\n")
        document.save()
        server.stop_server()
        server.args = []
        server.start()
        with Joined(server, opened(server, "notes.md")["ws_url"]) as lab:
            lab.sees("ours\none\n")
            lab.text.insert(0, "theirs\n")
            shows(document, "theirs\nours\none\n")
        document.save()  # what is not in the file is lost with their server
        server.kill9()
        eventually(lambda: document.status == "offline", "to hear of it")
        document.insert(0, "offline\n")
        server.start()
        with Joined(server, opened(server, "notes.md")["ws_url"]) as lab:
            lab.sees("offline\ntheirs\nours\none\n")
