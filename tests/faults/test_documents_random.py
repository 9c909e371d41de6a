"""Five clients, in Python and in JavaScript, that edit at random, are cut off, come back, and are away for a while.

ORCHFLOW_ROUNDS says how often, ORCHFLOW_SEED repeats a run as far as chance is ours.
"""

import os

import pytest
from pycrdt import Doc, Text

from orchflow_jupyter.protocol.documents import Reader
from tests.support.editing import Editing
from tests.support.engine import Control
from tests.support.jupyter import JupyterServer
from tests.support.waiting import eventually
from tests.support.yjs import HAS_YJS, Yjs

ROUNDS = int(os.environ.get("ORCHFLOW_ROUNDS", "2000"))
MEETING = 100
"""Rounds after which all come together."""
WORDS = ["a", "word ", "é", "😀", "👩‍👩‍👧 ", "\n", "line\n", "", "中文", "\U0001f1e9\U0001f1ea"]


def clocks(state):
    """A state vector as a table, whose order says nothing."""
    reader = Reader(state)
    return {reader.integer(): reader.integer() for _ in range(reader.integer())}


class Pythonic:
    """One in Python, over a socket pair; `None` is its client while it is away."""

    def __init__(self, control, room):
        self._control = control
        self._room = room
        self._client = None
        self._subscription = None
        self.doc = Doc()
        self.connect()

    def connect(self):
        if self._client is None:
            self._client = Editing(self._control, self._room, doc=self.doc)

    def disconnect(self):
        if self._client is not None:
            self._client.close()
            self._client = None

    def edit(self, where, count, what):
        text = self.doc.get("source", type=Text)
        written = str(text)
        at = int(where * len(written))
        start, end = (len(written[:index].encode()) for index in (at, at + count))
        with self.doc.transaction():
            if end > start:
                del text[start:end]
            text.insert(start, what)

    def hear(self):
        """Take what has come."""
        if self._client is not None:
            self._client.socket.setblocking(False)
            try:
                while True:
                    self._client.step()
            except BlockingIOError:
                pass
            finally:
                self._client.socket.settimeout(60)

    @property
    def text(self):
        self.hear()
        return str(self.doc.get("source", type=Text))

    @property
    def state(self):
        self.hear()
        return self.doc.get_state()

    def end(self):
        self.disconnect()


class Scripted:
    """One in JavaScript, by the y-websocket provider."""

    def __init__(self, server, room):
        self._yjs = Yjs(server, room)
        self._yjs.__enter__()

    def connect(self):
        self._yjs.do("connect")

    def disconnect(self):
        self._yjs.do("disconnect")

    def edit(self, where, count, what):
        self._yjs.do("edit", where, count, what)

    def hear(self):
        """It does by itself."""

    @property
    def text(self):
        return self._yjs.text

    @property
    def state(self):
        return self._yjs.state

    def end(self):
        self._yjs.__exit__()


@pytest.mark.skipif(not HAS_YJS, reason="y-websocket is not installed: npm ci in js/")
def test_all_converge_whatever_they_do_to_the_text_and_to_their_connections(tmp_path, chance):
    with JupyterServer(tmp_path, args=["--OrchFlow.documents_save_after=0.05"]) as server:
        path = server.root / "a.md"
        path.write_text("the beginning 😀\n")
        room = server.request("POST", "orchflow/api/documents", {"path": "a.md"}).json["room"]
        control = Control(server.engine_dir)
        clients = [*(Pythonic(control, room) for _ in range(3)), *(Scripted(server, room) for _ in range(2))]
        try:
            for number in range(1, ROUNDS + 1):
                client = chance.choice(clients)
                what = chance.random()
                if what < 0.1:
                    client.disconnect()
                elif what < 0.2:
                    client.connect()
                else:
                    client.edit(chance.random(), chance.choice([0, 0, 0, 1, 3]), chance.choice(WORDS))
                if chance.random() < 0.5:
                    chance.choice(clients).hear()
                if number % MEETING == 0:
                    _meet(clients, path)
        finally:
            for client in clients:
                client.end()
            control.close()


def _meet(clients, path):
    for client in clients:
        client.connect()
    eventually(lambda: len({client.text for client in clients}) == 1, "one text of all")
    eventually(lambda: path.read_text() == clients[0].text, "that text in the file")
    eventually(lambda: all(clocks(client.state) == clocks(clients[0].state) for client in clients), "one state")
