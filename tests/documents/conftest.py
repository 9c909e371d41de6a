"""A document as a room has it, kept in a real file, without sockets."""

import asyncio
import contextlib
import os

import pytest
from pycrdt import Doc, Text

from orchflow_jupyter.documents.content import content_for
from orchflow_jupyter.documents.figures import Figures
from orchflow_jupyter.documents.keeping import Keeping
from orchflow_jupyter.documents.room import Room
from orchflow_jupyter.documents.storage import LocalStorage
from orchflow_jupyter.settings import DocumentsSettings

QUICK = DocumentsSettings(save_after=0.02, save_within=0.1, save_retry=0.1)
NEVER = DocumentsSettings(save_after=600, save_within=600)
"""Saves only where it is asked."""


class Kept:
    """A room, what keeps it, and a member that edits it."""

    def __init__(self, root, path, settings=NEVER, storage=None):
        self.root = root
        self.figures = Figures()
        self.room = Room("0" * 16, path, settings, self.figures)
        self.storage = storage or LocalStorage(os.path.realpath(root), path, settings.max_document)
        self.keeping = Keeping(self.room, content_for(path), self.storage, settings, self.figures)
        self.room.edited = self.keeping.edited
        self.sent = []
        """Updates that all members were sent."""
        self.room.updated = self.sent.append
        self.member = self.room.join(lambda: None, writable=True)

    @property
    def text(self):
        return str(self.room.doc.get("source", type=Text))

    @property
    def state(self):
        return self.room.state.to_py()

    @property
    def status(self):
        return self.state["save"]["status"]

    def edit(self, change):
        """A member changes the document: `change` is called with a replica's Doc."""
        doc = Doc()
        doc.apply_update(self.room.doc.get_update())
        before = doc.get_state()
        change(doc)
        self.room.apply(self.member, doc.get_update(before))

    def type(self, old, new):
        """A member replaces `old`, which is there once, by `new`; at the end where it is empty."""

        def change(doc):
            source = doc.get("source", type=Text)
            data = str(source).encode()
            at = data.index(old.encode()) if old else len(data)
            if old:
                del source[at : at + len(old.encode())]
            source.insert(at, new)

        self.edit(change)

    async def until(self, holds, seconds=20):
        """Wait for what is bound to happen."""
        for _ in range(int(seconds / 0.01)):
            if holds():
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"in vain; the state is {self.state}, the text {self.text!r}")


@contextlib.asynccontextmanager
async def opened(root, path, settings=NEVER, storage=None):
    """A file that is open, until it is closed."""
    kept = Kept(root, path, settings, storage)
    await kept.keeping.read()
    kept.keeping.fill()
    try:
        yield kept
    finally:
        await kept.keeping.close()


@pytest.fixture
def run():
    """Run what is async."""
    return asyncio.run
