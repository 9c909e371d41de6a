"""Documents by their paths, as clients open them one after the other."""

import asyncio
import contextlib
import time

from pycrdt import Doc, Text

from orchflow_jupyter.documents.figures import Figures
from orchflow_jupyter.documents.journals import SUFFIX
from orchflow_jupyter.documents.opened import Opened
from orchflow_jupyter.documents.rooms import Rooms
from orchflow_jupyter.protocol.documents import decode
from orchflow_jupyter.settings import DocumentsSettings
from tests.support.waiting import until


async def nothing():
    """What closes a document, and is over at once."""


@contextlib.asynccontextmanager
async def rooms_below(root, **settings):
    """The rooms of a directory, which also has their journals, until they are closed."""
    rooms = Rooms(str(root), str(root / "journals"), DocumentsSettings(**settings), Figures())
    yield rooms
    await rooms.close()


def journals_below(root):
    """The names of the journals that are on disk."""
    return [file.name for file in (root / "journals").rglob("*" + SUFFIX)]


def test_what_has_been_closed_this_very_moment_can_be_opened(tmp_path, run):
    (tmp_path / "a.md").write_text("one\n")

    async def main():
        async with rooms_below(tmp_path) as rooms:
            closing = rooms._work["a.md"] = asyncio.get_running_loop().create_task(nothing())
            closing.add_done_callback(lambda task: rooms._worked("a.md", task))
            await asyncio.sleep(0)
            assert closing.done()
            assert "a.md" in rooms._work, "its end is not told yet, and waiting for it must let that be told"
            assert (await rooms.open({"path": "a.md"}))["path"] == "a.md"

    run(main())


def test_who_joins_gets_what_it_lacks_also_what_changed_since_the_document_was_opened(tmp_path, run):
    (tmp_path / "a.md").write_text("one\n")

    async def main():
        async with rooms_below(tmp_path) as rooms:
            room = rooms.get((await rooms.open({"path": "a.md"}))["room"]).room
            text = room.doc.get("source", type=Text)
            joined = [joins(room)]
            text += "two\n"
            joined.append(joins(room))
            assert joined == ["one\n", "one\ntwo\n"]

    run(main())


def test_the_first_lines_are_told_before_the_document_is_filled(tmp_path, run):
    (tmp_path / "a.md").write_bytes(b"\xef\xbb\xbfone\r\ntwo\r\n")

    async def main():
        async with rooms_below(tmp_path) as rooms:
            model = await rooms.open({"path": "a.md", "head": 6})
            assert (model["head"], model["lines"]) == ("one\ntw", 3)
            assert not journals_below(tmp_path)
            again = await rooms.open({"path": "a.md", "head": 3})
            assert again == {**model, "head": "one"}
            assert joins(rooms.get(model["room"]).room) == "one\ntwo\n"

    run(main())


def test_who_wants_no_first_lines_is_answered_once_its_history_is_on_disk(tmp_path, run):
    (tmp_path / "a.md").write_text("one\n")

    async def main():
        async with rooms_below(tmp_path) as rooms:
            model = await rooms.open({"path": "a.md"})
            assert journals_below(tmp_path) == [model["room"] + SUFFIX]

    run(main())


def test_it_stays_open_until_who_asked_is_answered_however_long_its_journal_takes(tmp_path, run, monkeypatch):
    (tmp_path / "a.md").write_text("one\n")
    flush = Opened.flush

    async def slowly(opened):
        await asyncio.sleep(0.3)
        await flush(opened)

    monkeypatch.setattr(Opened, "flush", slowly)

    async def main():
        async with rooms_below(tmp_path, keep=0.05) as rooms:
            model = await rooms.open({"path": "a.md"})
            assert joins(rooms.get(model["room"]).room) == "one\n"

    run(main())


def test_a_document_is_filled_and_has_a_journal_also_where_nobody_joins(tmp_path, run):
    (tmp_path / "a.md").write_text("one\n")

    async def main():
        async with rooms_below(tmp_path) as rooms:
            await rooms.open({"path": "a.md", "head": 3})
            await until(lambda: journals_below(tmp_path))

    run(main())


def test_who_opened_it_has_time_to_join_once_it_is_filled_however_long_that_took(tmp_path, run, monkeypatch):
    (tmp_path / "a.md").write_text("one\n")
    begin, begun = Opened.begin, asyncio.Event()

    def slowly(opened):
        time.sleep(0.3)
        begin(opened)
        begun.set()

    monkeypatch.setattr(Opened, "begin", slowly)

    async def main():
        async with rooms_below(tmp_path, keep=0.2) as rooms:
            model = await rooms.open({"path": "a.md", "head": 3})
            await begun.wait()
            for _ in range(5):
                await asyncio.sleep(0)  # a turn of the loop, in which timers are looked at
            assert joins(rooms.get(model["room"]).room) == "one\n"

    run(main())


def test_what_is_done_to_the_file_between_its_reading_and_its_watch_is_seen(tmp_path, run):
    file = tmp_path / "a.md"
    file.write_text("one\n")

    async def main():
        async with rooms_below(tmp_path) as rooms:
            model = await rooms.open({"path": "a.md", "head": 3})
            file.write_text("one\ntwo\n")
            room = rooms.get(model["room"]).room
            await until(lambda: str(room.doc.get("source", type=Text)) == "one\ntwo\n")

    run(main())


def test_a_document_that_is_closed_before_it_is_filled_leaves_nothing_behind(tmp_path, run):
    (tmp_path / "a.md").write_text("one\n")

    async def main():
        async with rooms_below(tmp_path) as rooms:
            await rooms.open({"path": "a.md", "head": 3})
        await asyncio.sleep(0.05)
        assert not journals_below(tmp_path)

    run(main())


def joins(room):
    """The text that a new member has, who leaves again."""
    member = room.join(lambda: None, writable=True)
    room.asked(member, b"\0")
    doc = Doc()
    while (message := member.pull()) is not None:
        said = decode(message)
        if hasattr(said, "update"):
            doc.apply_update(said.update)
    room.leave(member)
    return str(doc.get("source", type=Text))


def test_a_deleted_file_with_unsaved_edits_is_left_deleted_and_they_come_back_with_it(tmp_path, run):
    file = tmp_path / "a.md"
    file.write_text("one\n")

    async def main():
        async with rooms_below(tmp_path, keep=0.05) as rooms:
            opened = rooms.get((await rooms.open({"path": "a.md"}))["room"])
            member = opened.room.join(lambda: None, writable=True)
            file.unlink()
            opened.keeping.changed("deleted")
            await until(lambda: opened.room.state["file"]["status"] == "deleted")
            doc = Doc()
            doc.apply_update(opened.room.doc.get_update())
            before = doc.get_state()
            doc.get("source", type=Text).insert(0, "zero\n")
            opened.room.apply(member, doc.get_update(before))
            opened.room.leave(member)
            await until(lambda: not rooms._open and not rooms._work)
            assert not file.exists()
            file.write_text("one\ntwo\n")
            again = rooms.get((await rooms.open({"path": "a.md"}))["room"])
            assert str(again.room.doc.get("source", type=Text)) == "zero\none\ntwo\n"

    run(main())
    assert file.read_text() == "zero\none\ntwo\n"
