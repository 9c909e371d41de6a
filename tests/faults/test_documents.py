"""Documents under bad input: what one client does hurts no other, and is answered with a clear code."""

import itertools
import os

import pytest
from pycrdt import Array, Doc, Text

from orchflow_jupyter.errors import ConflictError
from orchflow_jupyter.protocol.documents import (
    Face,
    encode_awareness,
    encode_step_one,
    encode_step_two,
    encode_update,
)
from tests.support.editing import Editing
from tests.support.engine import EngineProcess
from tests.support.waiting import eventually

numbers = itertools.count(1)
FULL = 1 << 20


@pytest.fixture
def notes(engine):
    path = f"notes-{next(numbers)}.md"
    (engine.root / path).write_text("one\ntwo\n")
    return path


@pytest.fixture
def ann(engine, notes):
    """Somebody who edits meanwhile; all is well with her in the end, and with the engine."""
    with Editing.of(engine, notes) as ann:
        yield ann
        ann.text.insert(0, "fine ")
        assert ann.call("save")["result"]["status"] == "saved"
        assert (engine.root / notes).read_text() == str(ann.text)


def ended(client):
    """The code with which the engine ends a connection."""
    while client.close_code is None:
        client.step()
    return client.close_code


def integer(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])


def value_update(value):
    """An update that puts one value, as lib0 writes it, into the array `a`."""
    return b"\x01\x01\x05\x00\x08\x01\x01a\x01" + value + b"\x00"


@pytest.mark.parametrize("one", [b"\x75\x01", b"\x76\x01\x01k", b"\x75\x02\x7d\x01"])
def test_values_that_nest_without_end_are_refused_and_not_even_looked_at(engine, notes, ann, one):
    with Editing.of(engine, notes) as bob:
        bob.send(encode_update(value_update(one * 200_000 + b"\x7e")))
        assert ended(bob) == 4400


def test_large_values_that_only_look_as_if_are_taken(engine, notes, ann):
    with Editing.of(engine, notes) as bob:
        bob.doc.get("a", type=Array).append({"text": "uv" * 10_000, "list": [[1, 2.5, None, True, {"u": b"v"}]] * 2000})
        bob.text.insert(0, "uv" * 10_000)
        ann.until(lambda: str(ann.text) == str(bob.text))


def test_updates_of_every_kind_of_garbage_end_their_connection_or_change_nothing(engine, notes, ann, chance):
    good = Doc()
    text = good.get("source", type=Text)
    text.insert(0, "some text 😀")
    del text[2:4]
    update = good.get_update()
    for _ in range(100):
        bad = bytearray(update)
        for _ in range(chance.randint(1, 4)):
            bad[chance.randrange(len(bad))] = chance.randrange(256)
        with Editing(engine, ann.call("hello")["result"]["room"]) as bob:
            bob.send(encode_update(bytes(bad[: chance.randint(1, len(bad))])))
            bob.send(encode_step_one(b"\x00"))
            while bob.close_code is None and not bob.synced:
                bob.step()
            assert bob.close_code in (None, 4400, 1012)


def test_updates_that_build_on_others_are_kept_until_those_come_and_after_a_kill_too(engine, notes):
    room = engine.call("documents.open", {"path": notes})["room"]
    source = Doc()
    with Editing(engine, room, doc=source) as ann:
        ann.until(lambda: ann.synced)
    updates = []
    subscription = source.observe(lambda event: updates.append(event.update))
    text = source.get("source", type=Text)
    for word in ("c ", "b ", "a "):
        text.insert(0, word)
    source.unobserve(subscription)
    with Editing(engine, room) as bob:
        bob.call("hello")
        bob.until(lambda: bob.synced)
        bob.send(encode_update(updates[2]))
        bob.send(encode_update(updates[1]))
        bob.secure()
        assert str(bob.text) == "one\ntwo\n"
    engine.kill9()
    engine.start()
    with Editing(engine, room) as bob:
        bob.until(lambda: bob.synced)
        assert str(bob.text) == "one\ntwo\n"
        bob.send(encode_step_two(updates[0]))
        bob.until(lambda: str(bob.text) == "a b c one\ntwo\n")


def test_of_updates_that_build_on_nothing_only_so_many_are_held(engine, notes, ann):
    with Editing.of(engine, notes) as bob:
        for number in range(40):
            # an item of a client of which nothing before it ever comes
            update = (
                b"\x01\x01"
                + integer(7 + number)
                + b"\x05\x04\x01\x06source"
                + integer(100_000)
                + b"x" * 100_000
                + b"\x00"
            )
            try:
                bob.send(encode_update(update))
            except OSError:
                break
        assert ended(bob) == 4413


def test_awareness_is_bounded_in_what_one_shows_and_for_how_many(engine, notes, ann):
    with Editing.of(engine, notes) as bob:
        bob.send(encode_awareness([Face(1, 1, '"' + "x" * 20_000 + '"')]))
        assert ended(bob) == 4413
    with Editing.of(engine, notes) as bob:
        bob.send(encode_awareness([Face(client, 1, "{}") for client in range(100)]))
        assert ended(bob) == 4429


def test_a_flood_of_awareness_reaches_others_as_a_trickle_with_its_end(engine, notes, ann):
    ann.messages.clear()
    with Editing.of(engine, notes) as bob:
        for number in range(2000):
            bob.show(f'{{"at":{number}}}', clock=number)
        ann.until(lambda: ann.faces.get(bob.doc.client_id) == '{"at":1999}')
        assert len(ann.messages) < 1000


def test_who_speaks_for_others_takes_nobody_along_when_it_goes(engine, notes, ann):
    ann.show('{"user":"Ann"}', clock=3)
    with Editing.of(engine, notes) as bob:
        bob.until(lambda: bob.faces.get(ann.doc.client_id) == '{"user":"Ann"}')
        # as the y-websocket provider repeats what it hears, and says of whom it has not heard for long that they went
        bob.send(encode_awareness([Face(ann.doc.client_id, 3, '{"user":"Ann"}')]))
        bob.send(encode_awareness([Face(ann.doc.client_id, 3, None), Face(ann.doc.client_id, 9, None)]))
        bob.show('{"user":"Bob"}')
        ann.until(lambda: bob.doc.client_id in ann.faces)
    ann.until(lambda: ann.faces[bob.doc.client_id] is None)
    with Editing.of(engine, notes) as late:
        late.until(lambda: late.faces.get(ann.doc.client_id) == '{"user":"Ann"}')


def test_who_asks_again_and_again_without_reading_is_answered_once(engine, notes, ann):
    ann.text.insert(0, "x" * 1_000_000)
    with Editing.of(engine, notes) as bob:
        bob.messages.clear()
        for _ in range(1000):
            bob.send(encode_step_one(b"\x00"))
        bob.call("hello")
        assert sum(getattr(one, "answers", False) for one in bob.messages) < 20


def test_a_slow_reader_is_sent_all_that_it_lacks_as_one(engine, notes, ann):
    with Editing.of(engine, notes) as bob:
        for number in range(400):
            ann.text.insert(0, f"{number} " + "y" * 50_000)
        assert ann.call("hello")["result"]
        assert engine.status()["documents"]["resynced"] > 0
        bob.until(lambda: str(bob.text) == str(ann.text))
        assert len(bob.updates()) < 300


def test_two_engines_never_have_one_file_open(engine, notes, ann, tmp_path):
    with EngineProcess(tmp_path, documents={"journal": str(engine.folder / "data/orchflow/documents")}) as other:
        (other.root / "link").symlink_to(engine.root)
        error = other.control.refusal("documents.open", {"path": f"link/{notes}"})
        assert error.reason == "not_allowed"
    wide = EngineProcess(tmp_path, documents={"journal": str(engine.folder / "data/orchflow/documents")})
    wide.root = engine.folder
    with wide:
        error = wide.control.refusal("documents.open", {"path": f"root/{notes}"})
        assert isinstance(error, ConflictError)
        assert str(engine.pid) in error.message
        (engine.root / "other.md").write_text("free")
        assert wide.call("documents.open", {"path": "root/other.md"})["path"] == "root/other.md"
        assert isinstance(engine.control.refusal("documents.open", {"path": "other.md"}), ConflictError)
    eventually(lambda: engine.call("documents.open", {"path": "other.md"}), "that the lease ends with its engine")


def test_hidden_files_are_there_for_who_may_see_them(engine):
    (engine.root / ".secret").mkdir(exist_ok=True)
    (engine.root / ".secret/a.md").write_text("x")
    assert engine.control.refusal("documents.open", {"path": ".secret/a.md", "hidden": False}).reason == "not_found"
    assert engine.call("documents.open", {"path": ".secret/a.md"})["path"] == os.path.join(".secret", "a.md")


def test_the_memory_of_a_large_document_comes_back_when_it_is_closed(tmp_path):
    with EngineProcess(tmp_path, documents={"keep": 1.0, "remember": 0.0}) as engine:
        (engine.root / "large.txt").write_text("a line of a file that is large\n" * 200_000)

        def opened_and_closed():
            with Editing.of(engine, "large.txt") as ann:
                ann.text.insert(0, "x")
                assert ann.call("save")["result"]["status"] == "saved"
                there = engine.status()["memory"]["private"]
            eventually(lambda: engine.status()["documents"]["rooms"] == 0, "its end")
            return there

        first, *_ = (opened_and_closed() for _ in range(4))
        eventually(lambda: engine.status()["memory"]["private"] < first, "less than one of them took")
