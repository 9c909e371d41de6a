"""`Document` against a real engine."""

import gc
import json
import socket
import threading
import weakref

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from orchflow_jupyter import Document
from orchflow_jupyter.client import Engine, current
from orchflow_jupyter.errors import InvalidRequestError, NotAllowedError, NotFoundError
from orchflow_jupyter.rendezvous import ENVIRONMENT, ROOT_ENVIRONMENT, read_description
from tests.support.engine import EngineProcess
from tests.support.processes import end
from tests.support.waiting import GENEROUS, eventually


@pytest.fixture
def file(process, tmp_path_factory):
    """A file below the engine's root, another for each test."""
    path = process.root / tmp_path_factory.mktemp("x").name
    path.write_text("one\ntwo\n")
    return path


@pytest.fixture
def opened(engine, file):
    """Makes documents of that file, and closes them."""
    made = []

    def open_one(name=None, **options):
        made.append(Document(file, name=name, engine=engine, **options))
        return made[-1]

    yield open_one
    for document in made:
        document.close()


def sees(document, text):
    eventually(lambda: document.text == text, f"{text!r}; there is {document.text!r}")


def test_two_edit_a_file_at_once_by_character(opened):
    ann, bob = opened("Ann"), opened("Bob")
    assert ann.text == "one\ntwo\n"
    ann.insert(4, "é😀\r\n")
    sees(bob, "one\né😀\ntwo\n")
    bob.delete(5, 6)
    bob.insert(len(bob.text), "three")
    sees(ann, "one\né\ntwo\nthree")
    assert ann.replace("o", "0", count=2) == 2
    sees(bob, "0ne\né\ntw0\nthree")


def test_what_cannot_be_edited_is_an_error_and_changes_nothing(opened):
    document = opened()
    for call in (lambda: document.insert(9, "x"), lambda: document.insert(-1, "x"), lambda: document.delete(5, 3)):
        with pytest.raises(IndexError):
            call()
    with pytest.raises(NotFoundError, match="'three' is not in the text"):
        document.replace("three", "3")
    with pytest.raises(InvalidRequestError):
        document.insert(0, "\udc80")
    with pytest.raises(InvalidRequestError, match="a text"):
        _ = document.cells
    assert document.text == "one\ntwo\n"


def test_a_text_that_is_set_changes_where_it_differs(opened):
    ann, bob = opened("Ann"), opened("Bob")
    bob.cursor = 4
    ann.text = "one\n1.5\ntwo\nthree\n"
    sees(bob, "one\n1.5\ntwo\nthree\n")
    assert bob.cursor == len("one\n1.5\n")


def test_an_edit_is_one_update_and_is_told_by_character(opened):
    ann, bob = opened("Ann"), opened("Bob")
    told, mine = [], []
    bob.on_change(told.append)
    listening = ann.on_change(mine.append)
    with ann.edit() as edited:
        edited.insert(0, "😀")
        assert ann.text == "😀one\ntwo\n"
        ann.replace("two", "2")
        with pytest.raises(InvalidRequestError, match="leave it first"):
            ann.flush()
    eventually(lambda: told and mine, "what changed")
    assert [change.by for change in told] == ["remote"]
    assert [change.by for change in mine] == ["local"]
    for change in (*told, *mine):
        text = "one\ntwo\n"
        for start, deleted, inserted in change.edits:
            text = text[:start] + inserted + text[start + deleted :]
        assert text == "😀one\n2\n"
    listening.stop()
    ann.insert(0, "x")
    bob.insert(0, "y")
    eventually(lambda: len(told) == 3, "both changes")
    assert len(mine) == 1


def test_a_listener_may_edit_and_wait_and_fail(opened, caplog):
    ann, bob = opened("Ann"), opened("Bob")

    def answer(change):
        if change.by == "remote":
            bob.insert(len(bob.text), "!")
            bob.flush()
            raise RuntimeError("as bad listeners do")

    bob.on_change(answer)
    ann.insert(0, "x")
    sees(ann, "xone\ntwo\n!")
    ann.insert(0, "y")
    sees(ann, "yxone\ntwo\n!!")
    eventually(lambda: "a listener of a document failed" in caplog.text, "the error")


def test_one_sees_who_is_where(opened):
    ann, bob = opened("Ann 😀"), opened("Bob")
    eventually(lambda: [cursor.name for cursor in bob.cursors] == ["Ann 😀"], "Ann")
    assert bob.cursors[0].index is None
    ann.insert(4, "1.5\n")
    eventually(lambda: bob.cursors[0].index == 8, "where Ann wrote")
    ann.cursor = (4, 7)
    bob.insert(0, "😀")
    eventually(lambda: bob.cursors[0].index == 8, "where Ann is")
    (shown,) = bob.cursors
    assert (shown.anchor, shown.line, shown.column) == (5, 1, 3)
    assert ann.cursor in ((4, 7), (5, 8))
    ann.delete(5, 6)
    eventually(lambda: bob.cursors[0].index == 5, "where Ann deleted")
    ann.cursor = None
    eventually(lambda: bob.cursors[0].index is None, "that Ann is nowhere")
    ann.close()
    eventually(lambda: bob.cursors == [], "that Ann has gone")
    with pytest.raises(IndexError):
        bob.cursor = 99


def test_threads_may_share_one(opened):
    ann, bob = opened("Ann"), opened("Bob")
    words = [f"<{number}>" for number in range(8)]

    def write(word):
        for _ in range(25):
            with ann.edit():
                ann.insert(len(ann.text), word)

    threads = [threading.Thread(target=write, args=(word,)) for word in words]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ann.flush()
    sees(bob, ann.text)
    assert [ann.text.count(word) for word in words] == [25] * 8


def test_who_may_only_look_sees_and_cannot_edit(opened):
    ann, watcher = opened("Ann"), opened("Ben", mode="ro")
    ann.insert(0, "x")
    sees(watcher, "xone\ntwo\n")
    assert not watcher.writable
    with pytest.raises(NotAllowedError, match="for reading only"):
        watcher.insert(0, "y")
    assert watcher.text == "xone\ntwo\n"


def test_what_is_not_there_or_outside_the_root_is_refused(engine, process, tmp_path):
    (tmp_path / "outside").write_text("x")
    with pytest.raises(NotAllowedError):
        Document(tmp_path / "outside", engine=engine)
    with pytest.raises(NotFoundError):
        Document(process.root / "nothing", engine=engine)


@pytest.mark.parametrize("data", [b"a\r\nb\r\nc\r\n", "é\ncafé\n".encode("latin-1"), b"\xef\xbb\xbfa\n"])
def test_a_text_that_is_cut_saved_and_pasted_is_the_file_that_it_was(opened, file, data):
    file.write_bytes(data)
    document = opened()
    text = document.text
    document.text = ""
    document.save()
    document.text = text
    document.save()
    assert file.read_bytes() == data


def test_a_notebook_has_no_text_of_its_own_and_its_cells_are_like_strings(engine, process, file):
    path = file.with_suffix(".ipynb")
    path.write_text(nbformat.writes(new_notebook(cells=[new_code_cell("1"), new_code_cell("two")])))
    with Document(path, engine=engine) as document:
        for use in (
            lambda: document.text,
            lambda: setattr(document, "text", "x"),
            lambda: document.insert(0, "x"),
            lambda: document.delete(0, 1),
            lambda: document.replace("1", "2"),
        ):
            with pytest.raises(InvalidRequestError, match="is a notebook, whose text is in its cells"):
                use()
        source = document.cells[1].source
        assert "wo" in source
        assert ("a " + source, source + "!", source + source) == ("a two", "two!", "twotwo")
        document.cells[1].source += " three"
        document.save()
    assert "".join(json.loads(path.read_text())["cells"][1]["source"]) == "two three"


def test_a_new_file_is_made_where_there_is_none_and_only_there(opened, engine, process, file, tmp_path):
    assert opened(new=True).text == "one\ntwo\n"
    made = file.with_name(f"{file.name}.new")
    with Document(made, new=True, engine=engine) as document:
        assert document.text == made.read_text() == ""
        document.insert(0, "first")
        document.save()
    assert made.read_text() == "first"
    for path, refusal, words in (
        (process.root / "nowhere" / "a.txt", NotFoundError, "there is no directory"),
        (process.root / "new.ipynb", InvalidRequestError, "a new notebook is made in Jupyter"),
        (tmp_path / "outside", NotAllowedError, "outside"),
    ):
        with pytest.raises(refusal, match=words):
            Document(path, new=True, engine=engine)
        assert not path.exists()


def test_a_document_that_nobody_has_any_more_leaves(opened, engine, file):
    watcher = opened("Ann")
    other = Document(file, name="Bob", engine=engine)
    eventually(lambda: len(watcher.cursors) == 1, "Bob")
    del other
    eventually(lambda: watcher.cursors == [], "that Bob has gone")


def test_closing_twice_is_closing_and_its_text_stays(engine, file):
    with Document(file, engine=engine) as document:
        document.insert(0, "x")
    document.close()
    assert document.text == "xone\ntwo\n"
    assert document.status == "offline"
    assert threading.active_count() < 20


def test_a_lost_connection_comes_back_and_what_was_edited_meanwhile_is_merged(opened, engine, file):
    document, other = opened("Ann"), opened("Bob")
    document._link._socket.shutdown(socket.SHUT_RDWR)
    document.insert(0, "meanwhile ")
    other.insert(0, "there ")
    document.flush(GENEROUS)
    sees(other, document.text)
    assert sorted(document.text.split()) == ["meanwhile", "one", "there", "two"]


# -- the file, and the engine's end


def test_saving_says_so_and_the_file_has_it(opened, file):
    document = opened()
    document.insert(0, "x")
    assert document.status in ("unsaved", "saving", "saved")
    assert document.save()["status"] == "saved"
    assert file.read_text() == "xone\ntwo\n"
    eventually(lambda: (document.saved, document.status, document.reason) == (True, "saved", None), "that it is told")
    document.insert(0, "y")
    assert not document.saved
    eventually(lambda: document.saved and file.read_text() == "yxone\ntwo\n", "a save by itself")


def test_line_ends_of_the_file_stay_and_are_line_feeds_here(opened, file):
    file.write_bytes(b"one\r\ntwo\r\n")
    document = opened()
    assert (document.text, document.file["line_end"]) == ("one\ntwo\n", "\r\n")
    document.insert(4, "1.5\r\n")
    document.save()
    assert file.read_bytes() == b"one\r\n1.5\r\ntwo\r\n"


def test_what_others_do_to_the_file_is_told(opened, file):
    document, told = opened(), []
    document.on_change(told.append)
    file.write_text("one\nand a half\ntwo\n")
    sees(document, "one\nand a half\ntwo\n")
    eventually(lambda: [change.edits for change in told] == [((4, 0, "and a half\n"),)], f"the change; {told}")


@pytest.mark.parametrize(("take", "text"), [("ours", "mine\ntwo\n"), ("theirs", "😀 theirs\ntwo\n")])
def test_a_conflict_is_shown_and_resolved(opened, file, take, text):
    document = opened()
    with document.edit():
        document.replace("one", "mine")
        file.write_text("😀 theirs\ntwo\n")
    eventually(lambda: document.conflicts, "a conflict")
    (conflict,) = document.conflicts
    assert (conflict.base.strip(), conflict.ours.strip(), conflict.theirs.strip()) == ("one", "mine", "😀 theirs")
    assert document.text[conflict.start : conflict.end].strip() == "mine"
    with pytest.raises(NotFoundError):
        document.conflicts.resolve("no such", take)
    document.conflicts.resolve(conflict.id, take)
    sees(document, text)
    eventually(lambda: not document.conflicts, "that it is over")


def journals(process):
    """The files in which an engine keeps the histories of its documents."""
    found = [path for path in (process.folder / "data").rglob("*") if path.is_file() and "leases" not in path.parts]
    assert found
    return found


def lose_history(process):
    """Kill it, and what it knew of its documents with it."""
    for journal in journals(process):
        journal.unlink()
    process.kill9()


@pytest.fixture
def own(tmp_path, monkeypatch):
    """An engine that is this process' own, which may be killed: a client that misses it starts another."""
    with EngineProcess(tmp_path) as process:
        monkeypatch.setenv(ENVIRONMENT, process.directory)
        monkeypatch.setenv(ROOT_ENVIRONMENT, str(process.root))
        monkeypatch.setenv("JUPYTER_DATA_DIR", str(process.folder / "data"))
        (process.root / "notes.md").write_text("one\ntwo\n")
        yield process
        if current._engine is not None:
            current._engine.close()
            current._engine = None
        left = read_description(process.directory)
        if left is not None:
            end(left.pid)


def test_a_killed_engine_comes_back_and_with_it_all_edits(own):
    told = []
    with Document(own.root / "notes.md", name="Ann") as document:
        document.on_change(told.append)
        document.insert(0, "before ")
        document.flush()
        room = document._core.state.room
        own.kill9()
        document.insert(0, "meanwhile 😀 ")
        with pytest.raises(TimeoutError):
            document.flush(timeout=0)
        document.flush(GENEROUS)
        assert document._core.state.room == room
        assert document.text == "meanwhile 😀 before one\ntwo\n"
        with Document(own.root / "notes.md") as other:
            assert other.text == document.text
    assert all(change.by == "local" for change in told)


def test_much_text_among_other_arrives_and_comes_back_after_a_kill(own):
    much = "you have, uv\n" * 20_000
    with Document(own.root / "notes.md") as document, Document(own.root / "notes.md") as other:
        document.insert(4, much)
        sees(other, f"one\n{much}two\n")
        document.flush()
        own.kill9()
        document.flush(GENEROUS)
        assert document.text == f"one\n{much}two\n"
        with Document(own.root / "notes.md") as third:
            assert third.text == document.text


def test_edits_on_a_history_that_is_no_more_are_offered_and_not_merged_by_themselves(own):
    with Document(own.root / "notes.md", name="Ann") as document:
        document.insert(0, "safe ")
        document.save()
        lose_history(own)
        document.insert(0, "unsafe 😀 ")
        eventually(lambda: document.offers, "the offer")
        assert document.text == "safe one\ntwo\n"
        (offer,) = document.offers
        assert (offer.author, offer.text) == ("Ann", "unsafe 😀 safe one\ntwo\n")
        assert offer.base in ("one\ntwo\n", "safe one\ntwo\n")  # a copy of what is safe is made now and then only
        document.flush(GENEROUS)
        offer.take()
        sees(document, "unsafe 😀 safe one\ntwo\n")
        eventually(lambda: not document.offers, "that it is over")


def test_a_history_that_is_no_more_is_left_where_all_was_saved(own):
    told = []
    with Document(own.root / "notes.md") as document:
        document.insert(0, "safe ")
        document.save()
        document.on_change(told.append)
        lose_history(own)
        eventually(lambda: document._core.state.epoch == 1 and document.status == "saved", "another history")
        assert (document.text, document.offers) == ("safe one\ntwo\n", [])
        document.insert(0, "more ")
        eventually(lambda: told, "the change")


def test_an_engine_that_was_given_is_opened_again(own):
    with Engine.open(own.directory, str(own.root)) as engine:
        document = Document(own.root / "notes.md", engine=engine)
        own.kill9()
        document.insert(0, "x")
        document.close(GENEROUS)
    with Document(own.root / "notes.md") as other:
        assert other.text == "xone\ntwo\n"


def test_what_is_closed_and_dropped_is_let_go(engine, file):
    document = Document(file, engine=engine)
    told = []
    document.on_change(told.append)
    document.insert(0, "x")
    eventually(lambda: told, "the change")
    held = weakref.ref(document._core.state), weakref.ref(document._core.doc)  # pycrdt's observers once held them
    document.close()
    del document
    eventually(lambda: gc.collect() >= 0 and [ref() for ref in held] == [None, None], "nobody to hold them")


def test_what_a_large_document_took_is_given_back_when_it_is_closed(tmp_path):
    """Whatever thread took it: memory that was freed at the end of a thread's heap is not kept there."""
    size = 10 * 1024 * 1024
    with (
        EngineProcess(tmp_path, documents={"keep": 0.1, "save_after": 0.1}) as process,
        Engine.open(process.directory, str(process.root)) as engine,
    ):

        def use(name, size):
            path = process.root / name
            path.write_text("a line of a long text\n" * (size // 22))
            with Document(path, engine=engine) as document:
                document.insert(7, "new ")
                document.save()
            assert path.read_text().startswith("a line new ")

        def private():
            return engine.status()["memory"]["private"]

        use("small.txt", 1000)
        before = private()
        use("large.txt", size)
        eventually(lambda: private() - before < size // 2, "the memory")
