"""A disk that fills up while a terminal is recorded: a real one of 256 KiB."""

import json
import os
import shutil
import subprocess

import pytest

from orchflow_jupyter.protocol.terminal import Op
from tests.support.engine import raw
from tests.support.waiting import eventually

SIZE = 256 * 1024


@pytest.fixture
def small_disk(engine):
    """A folder of the root that is a file system of its own."""
    place = engine.root / "small"
    place.mkdir(exist_ok=True)
    mount, umount = shutil.which("mount"), shutil.which("umount")
    made = (
        os.geteuid() == 0
        and mount
        and umount
        and subprocess.run([mount, "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(place)], capture_output=True)
    )
    if not made or made.returncode != 0:
        pytest.skip("mounting a small disk takes root")
    yield place
    eventually(lambda: subprocess.run([umount, str(place)], capture_output=True).returncode == 0, "the disk's release")


def test_the_recording_ends_whole_and_says_why_and_the_terminal_goes_on(engine, small_disk):
    pieces = "for i in $(seq 100); do seq 1 1000; sleep 0.002; done"
    stream = engine.run(raw(f"head -c 1 >/dev/null; {pieces}; echo end; exec cat"))
    stream.text(b"ready;")
    terminal = stream.hello["id"]
    engine.call("terminals.record", {"id": terminal, "path": "small/full.cast"})
    stream.type(b"x")
    stream.text(b"\nend\n")
    eventually(lambda: engine.model(terminal)["recording"]["error"], "the end of the recording")
    recording = engine.model(terminal)["recording"]
    told = stream.until(lambda: (events := stream.of(Op.EVENT))[1:] and events, "what clients are told")
    assert [event.value["recording"]["error"] for event in told] == [None, recording["error"]]
    assert "No space left" in recording["error"]
    file = small_disk / "full.cast"
    assert file.stat().st_size == recording["bytes"] <= SIZE
    head, *events = [json.loads(line) for line in file.read_text().splitlines()]
    assert head["version"] == 3
    screen, *said = [data for _, kind, data in events if kind == "o"]
    assert "ready;" in screen
    said = "".join(said)
    assert len(said) > SIZE / 2  # what fitted is there
    assert bytes(stream.output[6:]).startswith(said.encode())
    stream.type(b"goes on;")
    stream.text(b"goes on;")
    stopped = engine.call("terminals.stop_recording", {"id": terminal})
    assert stopped == recording


def test_with_room_again_it_can_be_recorded_anew(engine, small_disk):
    (small_disk / "ballast").write_bytes(b"x" * SIZE)
    stream = engine.run(raw("exec cat"))
    stream.text(b"ready;")
    terminal = stream.hello["id"]
    asked = {"id": terminal, "path": "small/again.cast", "overwrite": True}
    engine.call("terminals.record", asked)
    stream.type(b"lost")
    stream.text(b"lost")
    eventually(lambda: engine.model(terminal)["recording"]["error"], "the end of the recording")
    engine.call("terminals.stop_recording", {"id": terminal})
    (small_disk / "ballast").unlink()
    engine.call("terminals.record", asked)
    stream.type(b"kept")
    stream.text(b"kept")
    assert engine.call("terminals.stop_recording", {"id": terminal})["error"] is None
    assert '"kept"' in (small_disk / "again.cast").read_text()
