"""A client's end of a document, byte by byte, against a real engine."""

import itertools

import pytest

from orchflow_jupyter.errors import InvalidRequestError, NotAllowedError, NotFoundError
from orchflow_jupyter.protocol.documents import encode_update
from tests.support.editing import Editing

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
        assert len(ann.updates()) == len(bob.updates()) == 1


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
