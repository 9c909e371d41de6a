"""Recordings of real programs, made by a real engine."""

import json
import os
import re

import pytest

from orchflow_jupyter.errors import ConflictError, InvalidRequestError, NotFoundError
from orchflow_jupyter.protocol.terminal import Op
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
    assert stopped == {"path": str(file), "bytes": file.stat().st_size, "input": False, "error": None}
    head, events = read(engine, "a.cast")
    assert (head["version"], head["term"]["cols"]) == (3, 80)
    assert events[0][:2] == [0, "o"]
    assert "ready;" in events[0][2]
    assert [event[1:] for event in events[1:]] == [["o", "äb"], ["r", "91x29"]]
    assert engine.model(terminal)["recording"] is None


@pytest.mark.parametrize("command", [CAT, ["bash", "--norc"]])
def test_clients_are_told_when_a_recording_begins_and_ends_whatever_runs_in_the_terminal(engine, command):
    stream = engine.run(command)
    terminal = stream.greet()["id"]
    path = str(engine.root / "told.cast")
    for keys in (False, True):
        asked = {"id": terminal, "path": path, "overwrite": True, "input": keys}
        assert engine.call("terminals.record", asked)["recording"]["input"] is keys
        engine.call("terminals.stop_recording", {"id": terminal})

    def told():
        return [event.value["recording"] for event in stream.of(Op.EVENT) if event.value["kind"] == "recording"]

    stream.until(lambda: len(told()) == 4, "all of it")
    assert [each and (each["path"], each["input"], each["error"]) for each in told()] == [
        (path, False, None),
        None,
        (path, True, None),
        None,
    ]


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
    assert bytes(stream.output).endswith("".join(e[2] for e in events[1:] if e[1] == "o").encode())
    assert "20000" in events[-2][2]
    assert engine.model(terminal)["recording"] is None


def test_one_that_begins_late_shows_what_the_terminal_shows_and_nothing_above(engine):
    pytest.importorskip("pyghostty", reason="pyghostty has no wheel here")
    stream = engine.run(raw("seq -f 'above %.0f' 50000; printf '\\033[2J\\033[H\\033[32mhere\\r\\n'; exec cat"))
    terminal = stream.greet()["id"]
    stream.text(b"here\r\n")
    engine.call("terminals.record", {"id": terminal, "path": "late.cast"})
    stream.type(b"more")
    stream.text(b"more")
    engine.call("terminals.stop_recording", {"id": terminal})
    _, events = read(engine, "late.cast")
    assert "above" not in events[0][2]
    from orchflow_jupyter.terminals.screen import Screen

    played = Screen(80, 24, 0, 1 << 20)
    played.feed("".join(event[2] for event in events).encode())
    told = engine.call("terminals.screen", {"id": terminal})
    assert told["lines"][:2] == [[["here", 1]], [["more", 1]]]
    assert played.shown() == {name: told[name] for name in played.shown()}


def test_a_shells_marks_have_no_nonce_in_a_recording(engine):
    stream = engine.run(["bash"])
    terminal = stream.greet()["id"]
    eventually(lambda: engine.model(terminal)["integration"] == "live", "a prompt")
    engine.call("terminals.record", {"id": terminal, "path": "marks.cast"})
    stream.type(b"echo so\r")
    eventually(lambda: (engine.model(terminal)["last_command"] or {}).get("exit_code") == 0, "its end")
    engine.call("terminals.stop_recording", {"id": terminal})
    told = (engine.root / "marks.cast").read_text()
    assert "]633;C;\\u0007" in told
    assert not re.search("]633;[A-D];[^\\\\]*[0-9a-f]{32}", told)


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


def test_a_file_by_another_name_is_the_same_file(engine):
    terminal, other = engine.create(CAT), engine.create(CAT)
    engine.call("terminals.record", {"id": terminal, "path": "f.cast"})
    os.link(engine.root / "f.cast", engine.root / "g.cast")
    with pytest.raises(ConflictError, match=r"recorded to .*g\.cast already"):
        engine.call("terminals.record", {"id": other, "path": "g.cast", "overwrite": True})
    engine.call("terminals.stop_recording", {"id": terminal})
    assert read(engine, "f.cast")[0]["term"]


def test_a_file_that_is_still_being_written_is_whole_before_it_is_written_anew(engine):
    long = "printf 'ready;'; read x; head -c 3000000 /dev/zero | tr '\\0' x; exit 3"
    for _ in range(5):
        stream = engine.run(["sh", "-c", long])
        stream.text(b"ready;")
        engine.call("terminals.record", {"id": stream.greet()["id"], "path": "h.cast", "overwrite": True})
        stream.type(b"go\n")
        stream.rest()
        other = engine.create(CAT)  # and what was printed is on its way to the file
        engine.call("terminals.record", {"id": other, "path": "h.cast", "overwrite": True})
        stopped = engine.call("terminals.stop_recording", {"id": other})
        _, events = read(engine, "h.cast")
        assert (stopped["bytes"], "xxx" in str(events)) == ((engine.root / "h.cast").stat().st_size, False)
