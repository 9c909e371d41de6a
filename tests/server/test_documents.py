"""Documents by REST and WebSocket, and an unmodified Yjs client."""

import itertools
import json

import pytest

from tests.support.browser import notebook_of
from tests.support.waiting import eventually
from tests.support.yjs import HAS_YJS, Yjs

numbers = itertools.count(1)


@pytest.fixture
def notes(server):
    """The path of a file below that server's root, for one test."""
    path = f"notes-{next(numbers)}.md"
    (server.root / path).write_text("one\ntwo\n")
    return path


def opened(server, path):
    answer = server.request("POST", "orchflow/api/documents", {"path": path})
    assert answer.status == 201, answer.body
    return answer.json


def test_opening_says_where_the_document_is(server, notes):
    model = opened(server, notes)
    assert model["ws_url"] == f"{server.base_url}orchflow/ws/documents/{model['room']}"
    assert {name: model[name] for name in ("path", "provider", "format", "type", "writable")} == {
        "path": notes,
        "provider": "orchflow",
        "format": "text",
        "type": "file",
        "writable": True,
    }
    assert opened(server, notes)["room"] == model["room"]


@pytest.mark.parametrize(("count", "head"), [("1", "o"), ("5", "one\nt"), ("65536", "one\ntwo\n")])
def test_its_first_characters_come_with_the_answer_to_who_wants_them(server, notes, count, head):
    assert "head" not in opened(server, notes)
    answer = server.request("POST", f"orchflow/api/documents?head={count}", {"path": notes})
    assert (answer.json["head"], answer.json["lines"]) == (head, 3)


def test_a_notebook_has_no_first_characters(server):
    (server.root / "head.ipynb").write_text(json.dumps(notebook_of(["1"])))
    answer = server.request("POST", "orchflow/api/documents?head=100", {"path": "head.ipynb"})
    assert (answer.status, answer.json["head"], answer.json["lines"]) == (201, "", 0)


@pytest.mark.parametrize("count", ["65537", "-1", "1.5", "many", "9" * 5000])
def test_how_many_must_be_a_number_within_bounds(server, notes, count):
    answer = server.request("POST", f"orchflow/api/documents?head={count}", {"path": notes})
    assert answer.status == 400
    assert "head must be" in answer.json["message"]


@pytest.mark.parametrize(("body", "status"), [({"path": "no"}, 404), ({}, 400), ({"path": "x", "y": 1}, 400)])
def test_what_cannot_be_opened_is_said(server, body, status):
    answer = server.request("POST", "orchflow/api/documents", body)
    assert answer.status == status
    assert answer.json.keys() == {"message", "reason"}


@pytest.mark.skipif(not HAS_YJS, reason="y-websocket is not installed: npm ci in js/")
def test_an_unmodified_yjs_client_joins_edits_and_leaves(server, notes):
    room = opened(server, notes)["room"]
    with Yjs(server, room) as ann, Yjs(server, room) as bob:
        assert ann.text == "one\ntwo\n"
        ann.do("insert", 0, "zero 😀\n")
        bob.sees("zero 😀\none\ntwo\n")
        bob.do("delete", 0, len("zero ") + 3)
        ann.sees("one\ntwo\n")
        ann.do("show", {"user": {"name": "Ann"}})
        eventually(lambda: {"user": {"name": "Ann"}} in bob.states, "Ann's face")
        ann.do("leave")
        eventually(lambda: {"user": {"name": "Ann"}} not in bob.states, "that Ann goes")
        with Yjs(server, room, mode="ro") as late:
            late.do("insert", len("one\ntwo\n"), "not mine")
            late.sees("one\ntwo\nnot mine")
            bob.do("insert", 0, "mine\n")
            late.sees("mine\none\ntwo\nnot mine")
        assert bob.text == "mine\none\ntwo\n"
