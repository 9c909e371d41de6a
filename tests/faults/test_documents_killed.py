"""An engine that is killed with -9 at random moments of editing, saving and compacting: nothing it called safe is lost.

ORCHFLOW_KILLS says how often, ORCHFLOW_SEED repeats a run as far as chance is ours.
"""

import os
import time

from pycrdt import Doc

from tests.support.editing import Editing
from tests.support.engine import EngineProcess
from tests.support.waiting import eventually

KILLS = int(os.environ.get("ORCHFLOW_KILLS", "4"))
WORDS = ["alpha ", "😀🎉", "é", "\n", "x" * 40, "line\n" * 3]


class Author:
    """Edits in a document that lives on over all reconnects, and remembers what it was told is safe."""

    def __init__(self, engine, chance, number):
        self.engine = engine
        self.chance = chance
        self.doc = Doc()
        self.number = number
        self.written = []
        """Marks that nobody else writes and nobody removes, in order."""
        self.safe = set()
        self.client = None

    def join(self, room):
        self.client = Editing(self.engine, room, doc=self.doc)
        self.client.until(lambda: self.client.synced)
        self.client.call("hello")
        self.sent = {}

    def edit(self):
        client = self.client
        text = client.text
        mark = f"<{self.number}:{len(self.written)}>"
        at = self.chance.choice([0, len(str(text).encode())])
        text.insert(at, mark + self.chance.choice(WORDS) if at else self.chance.choice(WORDS) + mark)
        self.written.append(mark)
        self.sent[mark] = client.sent

    def hear(self):
        """Read what has come; what is safe now."""
        client = self.client
        client.socket.setblocking(False)
        try:
            while client.close_code is None:
                client.step()
        except (BlockingIOError, ConnectionError):
            pass
        finally:
            client.socket.settimeout(60)
        self.safe |= {mark for mark, number in self.sent.items() if number <= client.safe}


def test_nothing_that_was_called_safe_is_lost_by_a_kill_at_any_moment(tmp_path, chance):
    settings = {"save_after": 0.02, "save_within": 0.1, "journal_wait": 0.002, "keep": 5.0}
    engine = EngineProcess(tmp_path, documents=settings)
    path = engine.root / "a.md"
    path.write_text("the beginning\n")
    engine.start()
    try:
        room = engine.call("documents.open", {"path": "a.md"})["room"]
        authors = [Author(engine, chance, number) for number in range(3)]
        for _ in range(KILLS):
            for author in authors:
                author.join(room)
            until = time.monotonic() + chance.uniform(0.02, 0.4)
            while time.monotonic() < until:
                for author in authors:
                    author.edit()
                    author.hear()
            engine.kill9()
            for author in authors:
                author.hear()
                author.client.close()
            if chance.random() < 0.3:
                path.write_text(path.read_text() + f"<outside:{chance.getrandbits(16)}>\n")
            engine.start()
            # Somebody who has nothing sees all that was called safe, before its authors are back.
            with Editing(engine, room) as other:
                other.until(lambda other=other: other.synced)
                there = str(other.text)
            lost = [mark for author in authors for mark in author.safe if mark not in there]
            assert not lost
            assert all(there.count(mark) == 1 for author in authors for mark in author.safe)
        for author in authors:
            author.join(room)
        first = authors[0].client
        whole = {mark for author in authors for mark in author.written}
        for author in authors:
            author.client.until(lambda author=author: all(mark in str(author.client.text) for mark in whole))
        eventually(lambda: [author.hear() for author in authors] and path.read_text() == str(first.text), "a save")
        assert all(path.read_text().count(mark) == 1 for mark in whole)
        assert sum(len(author.safe) for author in authors) > KILLS
    finally:
        engine.stop()
