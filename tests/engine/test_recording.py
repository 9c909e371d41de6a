"""Recordings of real programs, made by a real engine."""

import json

import pytest

from orchflow_jupyter.errors import ConflictError, InvalidRequestError, NotFoundError
from tests.support.engine import raw
from tests.support.waiting import eventually

CAT = raw("exec cat")


def read(engine, name):
    """The header and the events of a recording in the root."""
    head, *lines = (engine.root / name).read_text().splitlines()
    return json.loads(head), [json.loads(line) for line in lines]


def test_a_recording_has_what_happened_from_its_beginning_to_its_end(engine):
    stream = engine.run(CAT)
    stream.text(b"ready;")
    terminal = stream.greet()["id"]
    recording = engine.call("terminals.record", {"id": terminal, "path": "a.cast", "overwrite": True})["recording"]
    assert (recording["path"], recording["error"]) == (str(engine.root / "a.cast"), None)
    stream.type("äb".encode())
    stream.text("äb".encode())
    engine.call("terminals.update", {"id": terminal, "cols": 91, "rows": 29})
    stopped = engine.call("terminals.stop_recording", {"id": terminal})
    file = engine.root / "a.cast"
    assert stopped == {"path": str(file), "bytes": file.stat().st_size, "error": None}
    head, events = read(engine, "a.cast")
    assert (head["version"], head["term"]["cols"]) == (3, 80)
    assert [event[1:] for event in events] == [["o", "äb"], ["r", "91x29"]]
    assert engine.model(terminal)["recording"] is None


def test_it_ends_with_the_program_and_says_how_that_ended(engine):
    stream = engine.run(["sh", "-c", "printf 'ready;'; read x; seq 1 20000; exit 3"])
    stream.text(b"ready;")
    terminal = stream.greet()["id"]
    engine.call("terminals.record", {"id": terminal, "path": "b.cast", "overwrite": True, "input": True})
    stream.type(b"go\n")
    stream.rest()
    eventually(lambda: '"x", "3"' in (engine.root / "b.cast").read_text(), "the end in the file")
    _, events = read(engine, "b.cast")
    assert ["i", "go\n"] in [event[1:] for event in events]
    assert bytes(stream.output).endswith("".join(e[2] for e in events if e[1] == "o").encode())
    assert "20000" in events[-2][2]
    assert engine.model(terminal)["recording"] is None


def test_a_terminal_that_is_closed_leaves_a_whole_recording(engine):
    stream = engine.run(CAT)
    stream.text(b"ready;")
    terminal = stream.greet()["id"]
    engine.call("terminals.record", {"id": terminal, "path": "c.cast", "overwrite": True})
    engine.delete(terminal)
    eventually(lambda: '"x"' in (engine.root / "c.cast").read_text(), "the end in the file")
    assert read(engine, "c.cast")[1][-1][1:] == ["x", "129"]


def test_what_cannot_be_is_refused(engine):
    terminal, other = engine.create(CAT), engine.create(CAT)
    with pytest.raises(NotFoundError):
        engine.call("terminals.stop_recording", {"id": terminal})
    with pytest.raises(InvalidRequestError):
        engine.call("terminals.record", {"id": terminal, "path": "../out.cast"})
    with pytest.raises(NotFoundError):
        engine.call("terminals.record", {"id": "none", "path": "d.cast"})
    engine.call("terminals.record", {"id": terminal, "path": "d.cast"})
    for one, path in ((terminal, "e.cast"), (other, "d.cast")):
        with pytest.raises(ConflictError):
            engine.call("terminals.record", {"id": one, "path": path, "overwrite": True})
    engine.call("terminals.stop_recording", {"id": terminal})
    with pytest.raises(ConflictError, match="exists"):
        engine.call("terminals.record", {"id": terminal, "path": "d.cast"})
    assert not (engine.root / "e.cast").exists()
