"""A client's end of a document, byte by byte, against a real engine."""

import itertools
import json
import os
import time

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from pycrdt import Array, Doc, Map, Text

from orchflow_jupyter.errors import InvalidRequestError, NotAllowedError, NotFoundError
from orchflow_jupyter.protocol.documents import encode_step_one, encode_update
from tests.support.editing import Editing
from tests.support.waiting import GENEROUS, eventually

numbers = itertools.count(1)


@pytest.fixture
def notes(engine):
    """The path of a file below that engine's root, for one test."""
    path = f"notes-{next(numbers)}.md"
    (engine.root / path).write_text("one\ntwo\n")
    return path


def test_what_one_types_the_other_has_and_it_is_not_echoed(engine, notes):
    with Editing.of(engine, notes) as ann, Editing.of(engine, notes) as bob:
        assert str(ann.text) == str(bob.text) == "one\ntwo\n"
        ann.text.insert(4, "and a half\n")
        bob.until(lambda: str(bob.text) == "one\nand a half\ntwo\n")
        bob.text += "three\n"
        ann.until(lambda: str(ann.text) == str(bob.text))
        assert not any(b"and a half" in update for update in ann.updates())
        assert not any(b"three" in update for update in bob.updates())


def test_who_joins_sees_everybody_and_who_leaves_is_seen_to_go(engine, notes):
    with Editing.of(engine, notes) as ann:
        ann.show('{"user":{"name":"Ann"}}')
        with Editing.of(engine, notes) as bob:
            bob.until(lambda: ann.doc.client_id in bob.faces)
            assert bob.faces[ann.doc.client_id] == '{"user":{"name":"Ann"}}'
            bob.show('{"user":{"name":"Bob"}}')
            ann.until(lambda: ann.faces.get(bob.doc.client_id))
        ann.until(lambda: ann.faces[bob.doc.client_id] is None)


def test_who_may_only_look_sees_all_and_changes_nothing(engine, notes):
    with Editing.of(engine, notes) as ann, Editing.of(engine, notes, mode="ro") as bob:
        assert bob.call("hello")["result"]["writable"] is False
        bob.text += "mine\n"
        bob.until(lambda: [one for one in bob.said() if one.get("event") == "refused"])
        ann.text.insert(0, "zero\n")
        bob.until(lambda: str(bob.text).startswith("zero\n"))
        with Editing.of(engine, notes) as late:
            assert str(late.text) == "zero\none\ntwo\n"


@pytest.mark.parametrize("message", [b"", b"\x00", b"\x07", b"\x00\x02\xff", encode_update(b"garbage"), b"\x64\x01["])
def test_what_is_no_message_ends_the_connection_with_a_reason(engine, notes, message):
    with Editing.of(engine, notes) as ann:
        ann.send(message)
        while ann.close_code is None:
            ann.step()
        assert ann.close_code == 4400


def test_what_cannot_be_opened_is_said(engine, notes):
    (engine.root / "out").symlink_to("/etc")
    for path, error in [
        ("no", NotFoundError),
        ("../x", NotAllowedError),
        ("out/passwd", NotAllowedError),
        (7, InvalidRequestError),
        ("", InvalidRequestError),
    ]:
        assert isinstance(engine.control.refusal("documents.open", {"path": path}), error)
    with Editing(engine, "nosuchroom") as lost:
        while lost.close_code is None:
            lost.step()
        assert lost.close_code == 4404


def test_what_is_safe_is_told_to_who_says_hello_and_comes_back_after_a_kill(engine, notes):
    ann = Editing.of(engine, notes)
    room = ann.call("hello")["result"]
    assert room["path"] == notes
    assert room["provider"] == "orchflow"
    ann.text.insert(0, "safe ")
    ann.text.insert(0, "quite ")
    ann.secure()
    assert ann.safe == ann.sent == 3
    engine.kill9()
    engine.start()
    with Editing(engine, room["room"]) as bob:
        bob.until(lambda: bob.synced)
        assert str(bob.text) == "quite safe one\ntwo\n"
    ann.close()


def test_who_comes_back_to_a_room_after_a_kill_merges_what_was_written_meanwhile(engine, notes):
    ann = Editing.of(engine, notes)
    room = ann.call("hello")["result"]["room"]
    ann.text.insert(0, "before ")
    ann.secure()
    engine.kill9()
    ann.close()
    (engine.root / notes).write_text("one\ntwo\nthree, from outside\n")
    doc = Doc()
    doc.apply_update(ann.doc.get_update())
    doc.get("source", type=Text).insert(0, "offline ")
    engine.start()
    with Editing(engine, room, doc=doc) as ann:
        ann.until(lambda: str(ann.text) == "offline before one\ntwo\nthree, from outside\n")
        eventually(lambda: (engine.root / notes).read_text() == str(ann.text), "a save")


def test_what_nobody_comes_back_to_is_saved_all_the_same(engine, notes):
    with Editing.of(engine, notes) as ann:
        ann.call("hello")
        ann.text.insert(0, "left ")
        ann.secure()
        engine.kill9()
    assert (engine.root / notes).read_text() == "one\ntwo\n"
    engine.start()
    eventually(lambda: (engine.root / notes).read_text() == "left one\ntwo\n", "a save")


def test_ended_politely_within_a_second_of_an_edit_nothing_is_lost(engine, notes):
    with Editing.of(engine, notes) as ann:
        ann.text.insert(0, "just now ")
        ann.call("hello")
        engine.stop_talking()
        engine.process.terminate()
        engine.process.wait(GENEROUS)
        assert (engine.root / notes).read_text() == "just now one\ntwo\n"
        while ann.close_code is None:
            ann.step()
        assert ann.close_code == 1012
    engine.start()


def test_saving_is_said_and_can_be_asked_for(engine, notes):
    with Editing.of(engine, notes) as ann:
        ann.text.insert(0, "zero\n")
        assert ann.call("save")["result"]["status"] == "saved"
        assert (engine.root / notes).read_text() == "zero\none\ntwo\n"
        ann.until(lambda: ann.state.get("dirty") is False)
        assert ann.call("nonsense")["error"]["reason"] == "not_found"
        assert ann.call("resolve")["error"]["reason"] == "invalid_request"


def test_a_change_from_outside_reaches_who_edits(engine, notes):
    with Editing.of(engine, notes) as ann:
        (engine.root / notes).write_text("one\ntwo\nthree\n")
        ann.until(lambda: str(ann.text) == "one\ntwo\nthree\n")
        os.rename(engine.root / notes, engine.root / f"moved-{notes}")
        ann.until(lambda: ann.state.get("path") == f"moved-{notes}")
        ann.text.insert(0, "zero\n")
        ann.call("save")
        assert (engine.root / f"moved-{notes}").read_text() == "zero\none\ntwo\nthree\n"
        assert not (engine.root / notes).exists()
        assert engine.call("documents.open", {"path": f"moved-{notes}"})["room"] == ann.call("hello")["result"]["room"]


@pytest.mark.parametrize("whole", [False, True], ids=["the file", "its directory"])
def test_a_file_that_moves_to_another_directory_is_followed(engine, notes, whole):
    old, new = f"from-{notes}", f"to-{notes}"
    (engine.root / old).mkdir()
    os.rename(engine.root / notes, engine.root / old / notes)
    with Editing.of(engine, f"{old}/{notes}") as ann:
        if whole:
            os.rename(engine.root / old, engine.root / new)
        else:
            (engine.root / new).mkdir()
            os.rename(engine.root / old / notes, engine.root / new / notes)
        ann.until(lambda: ann.state.get("path") == f"{new}/{notes}")
        ann.text.insert(0, "zero\n")
        ann.call("save")
        file = engine.root / new / notes
        assert file.read_text() == "zero\none\ntwo\n"
        file.write_text("zero\none\n")
        ann.until(lambda: str(ann.text) == "zero\none\n")
        assert not (engine.root / old / notes).exists()


@pytest.mark.parametrize("pause", [0, 0.03])
def test_a_program_that_moves_the_file_away_and_writes_it_anew_is_not_followed(engine, notes, pause):
    with Editing.of(engine, notes) as ann:
        file, copy = engine.root / notes, engine.root / f"{notes}~"
        os.rename(file, copy)
        time.sleep(pause)
        file.write_text("one\ntwo\nthree\n")
        ann.until(lambda: str(ann.text) == "one\ntwo\nthree\n")
        ann.text.insert(0, "zero\n")
        ann.call("save")
        assert (file.read_text(), copy.read_text()) == ("zero\none\ntwo\nthree\n", "one\ntwo\n")
        assert ann.state["path"] == notes


@pytest.mark.parametrize("wrong", [5, "x", [5], {"at": "x"}, None])
def test_what_a_client_writes_into_the_state_hurts_nobody_and_does_not_last(engine, notes, wrong):
    with Editing.of(engine, notes) as ann, Editing.of(engine, notes) as bob:
        ann.until(lambda: ann.state.get("save"))
        before = bob.state.to_py()
        for name in before:
            ann.state[name] = wrong
        bob.until(lambda: all(bob.state.get(name) == wrong for name in before) or bob.state.to_py() == before)
        assert engine.call("status")["documents"]["open_conflicts"] == 0
        ann.text.insert(0, "zero\n")
        assert ann.call("save")["result"]["status"] == "saved"
        bob.until(lambda: bob.state.to_py() == before | {"save": bob.state["save"]})
        assert bob.state["save"]["status"] == "saved"
        assert (engine.root / notes).read_text() == "zero\none\ntwo\n"


def test_what_lies_in_a_text_and_is_none_is_taken_out(engine, notes):
    with Editing.of(engine, notes) as ann:
        ann.text.insert_embed(4, {"image": "é"})
        ann.text.insert_embed(0, {"image": "x"})
        (engine.root / notes).write_text("one\ntwo!\n")
        ann.until(lambda: str(ann.text) == "one\ntwo!\n")
        ann.until(lambda: len(ann.text) == len("one\ntwo!\n"))


def test_what_lies_among_the_cells_of_a_notebook_and_is_none_is_taken_out(engine, notes):
    path = f"{notes}.ipynb"
    (engine.root / path).write_text(nbformat.writes(new_notebook(cells=[new_code_cell("1")])))
    with Editing.of(engine, path) as ann:
        cells = ann.doc.get("cells", type=Array)
        ann.until(lambda: len(cells) == 1)
        for wrong in (5, "x", Map({"cell_type": "poem"})):
            cells.append(wrong)
        source = cells[0]["source"]
        source += " + 1"
        assert ann.call("save")["result"]["status"] == "saved"
        ann.until(lambda: len(cells) == 1)
        saved = json.loads((engine.root / path).read_text())
        assert ["".join(cell["source"]) for cell in saved["cells"]] == ["1 + 1"]


@pytest.mark.parametrize("state", [b"\x80\x80\x80\x80\x01", b"\x01", b"\x02\x01\x01", b""])
def test_a_state_vector_that_is_none_ends_the_connection_and_costs_nothing(engine, notes, state):
    with Editing.of(engine, notes) as ann:
        ann.send(encode_step_one(state))
        while ann.close_code is None:
            ann.step()
        assert ann.close_code == 4400


def test_an_offer_is_kept_and_shown_and_taken(engine, notes):
    with Editing.of(engine, notes) as ann, Editing.of(engine, notes) as bob:
        number = ann.call("offer", text="one and more\ntwo\n", base="one\ntwo\n", author="Ann")["result"]["id"]
        bob.until(lambda: [one["id"] for one in bob.state.get("offers")] == [number])
        bob.call("take", offer=number)
        ann.until(lambda: str(ann.text) == "one and more\ntwo\n" and not ann.state.get("offers"))
        assert bob.call("dismiss", offer=number)["error"]["reason"] == "not_found"
