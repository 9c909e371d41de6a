"""Recordings that Python begins and ends."""

import json
import os

import pytest

from orchflow_jupyter.errors import ConflictError, InvalidRequestError
from tests.client.test_aio import served
from tests.support.engine import raw
from tests.support.waiting import eventually

ECHO = raw("head -c 2; exec cat")


def events(path):
    return [json.loads(line)[1:] for line in path.read_text().splitlines()[1:]]


def test_a_recording_is_whole_when_its_end_is_answered(engine, process, monkeypatch):
    monkeypatch.chdir(process.root)
    terminal = engine.create(ECHO)["id"]
    with engine.attach(terminal) as attachment:
        attachment.read_until(b"ready;", timeout=30)
        assert engine.record(terminal, "one.cast", input=True)["recording"]["error"] is None
        with pytest.raises(ConflictError):
            engine.record(terminal, "two.cast")
        attachment.send("hi")
        attachment.read_until(b"hi", timeout=30)
    done = engine.stop_recording(terminal)
    path = process.root / "one.cast"
    assert done == {"path": str(path), "bytes": path.stat().st_size, "input": True, "error": None}
    (first, screen), *then = events(path)
    assert (first, "ready;" in screen) == ("o", True)  # it begins with the screen of then
    assert next(code for code, _ in then) == "i"
    assert "".join(data for code, data in then if code == "o") == "hi"


def test_the_async_twin_does_the_same(process):
    path = process.root / "three.cast"

    async def test(engine):
        terminal = (await engine.create(ECHO))["id"]
        assert (await engine.record(terminal, path))["recording"]["path"] == str(path)
        assert (await engine.stop_recording(terminal))["error"] is None

    served(process, test)
    assert json.loads(path.read_text().splitlines()[0])["version"] == 3


def test_a_path_may_begin_with_the_users_home(engine, process, monkeypatch):
    monkeypatch.setenv("HOME", str(process.root))
    terminal = engine.create(ECHO)["id"]
    assert engine.record(terminal, "~/home.cast")["recording"]["path"] == str(process.root / "home.cast")


def test_a_file_that_somebody_else_writes_to_is_told(engine, process):
    path = process.root / "changed.cast"
    terminal = engine.create(ECHO)["id"]
    engine.record(terminal, path)
    eventually(lambda: path.stat().st_size > 0, "its first line")
    path.write_text("")
    assert "was changed by somebody else" in engine.stop_recording(terminal)["error"]


def test_a_file_that_was_removed_meanwhile_is_told(engine, process):
    path = process.root / "gone.cast"
    terminal = engine.create(ECHO)["id"]
    engine.record(terminal, path)
    path.unlink()
    assert engine.stop_recording(terminal)["error"] == f"{path} was removed while it was recorded to"


def test_and_as_soon_as_more_is_to_be_recorded(engine, process):
    path = process.root / "soon.cast"
    terminal = engine.create(["cat"])["id"]
    engine.record(terminal, path)
    eventually(lambda: path.stat().st_size > 0, "its first line")
    path.unlink()
    with engine.attach(terminal) as attached:
        attached.send("more\r")
        eventually(lambda: engine.get(terminal)["recording"]["error"], "that it has ended")
        assert "was removed" in engine.get(terminal)["recording"]["error"]
        assert "was removed" in engine.stop_recording(terminal)["error"]
        engine.record(terminal, path)
        attached.send("again\r")
        attached.read_until(b"again\r\nagain\r\n", 30)
        assert engine.stop_recording(terminal)["error"] is None
    assert "again" in path.read_text()


def test_a_command_of_any_bytes_is_recorded(engine, process):
    terminal = engine.create(["sh", "-c", "exec cat", os.fsdecode(b"caf\xe9")])["id"]
    path = process.root / "bytes.cast"
    engine.record(terminal, path)
    assert engine.stop_recording(terminal)["error"] is None
    assert "caf?" in json.loads(path.read_text().splitlines()[0])["command"]


def test_a_path_that_no_file_can_have_is_refused_and_no_file_is_left_open(engine, process):
    terminal = engine.create(["cat"])["id"]
    for path in ("\ud800.cast", "a\0b"):
        with pytest.raises(InvalidRequestError, match="path must name a file"):
            engine.record(terminal, path)
