"""jupyter-collaboration beside us: one room for a file, whoever opens it."""

from urllib.parse import urlsplit

import pytest
from pycrdt import Doc, Text
from websockets.sync.client import connect

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
