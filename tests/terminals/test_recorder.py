"""The recorder: what it takes, when it writes, what it does when it cannot."""

import asyncio
import json
import os
import stat
from pathlib import Path

import pytest

from orchflow_jupyter.errors import ConflictError, InvalidRequestError
from orchflow_jupyter.terminals import recorder as module
from orchflow_jupyter.terminals.pty import Exit
from orchflow_jupyter.terminals.recorder import Recorder, open_file, place
from orchflow_jupyter.terminals.ring import Ring
from tests.support.waiting import eventually

HEAD = b'{"version": 3}\n'
KIB = 1024


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "made.cast")


def recorded(path, play, *, capacity=64 * KIB, file=None, **options):
    """The recorder after the coroutine function `play` has had it, and the file's events."""

    async def run():
        ring = Ring(capacity)
        opened = open_file(path, overwrite=True) if file is None else file
        made = Recorder(asyncio.get_running_loop(), ring, path, opened, HEAD, **{"with_input": False, **options})
        await play(made, ring)
        made.stop()
        await made.finished
        ring.close()
        return made

    made = asyncio.run(run())
    with open(path, "rb") as opened:
        lines = opened.read().splitlines()
    return made, [json.loads(line)[1:] for line in lines[1:]]


def say(made, ring, data):
    ring.append(data)
    made.arrived()


def test_output_sizes_and_the_end_are_written_in_their_order(path):
    async def play(made, ring):
        ring.append(b"before")
        say(made, ring, b" one")
        made.resized(90, 30)
        say(made, ring, b"two")
        made.typed(b"secret")
        made.ended(Exit(0))
        say(made, ring, b"never")

    made, events = recorded(path, play)
    assert events == [["o", "before one"], ["r", "90x30"], ["o", "two"], ["x", "0"]]
    assert made.bytes == os.path.getsize(path)
    assert made.as_json() is None


def test_a_recording_begins_with_what_it_is_told_was_there_and_goes_on_where_that_ends(path):
    async def run():
        ring = Ring(64 * KIB)
        ring.append(b"one\x1b[")
        options = {"with_input": False, "opening": (3, lambda: b"ONE")}
        made = Recorder(asyncio.get_running_loop(), ring, path, open_file(path, overwrite=True), HEAD, **options)
        say(made, ring, b"1mtwo")
        made.stop()
        await made.finished
        ring.close()

    asyncio.run(run())
    lines = [json.loads(line) for line in Path(path).read_text().splitlines()[1:]]
    assert lines[0] == [0.0, "o", "ONE"]
    assert "".join(text for _, _, text in lines) == "ONE\x1b[1mtwo"


def test_input_is_recorded_where_that_was_asked_for(path):
    async def play(made, ring):
        made.typed(b"ls\r")

    assert recorded(path, play, with_input=True)[1] == [["i", "ls\r"]]


def test_what_came_is_in_the_file_soon_and_nothing_wakes_an_idle_recorder(path, monkeypatch):
    monkeypatch.setattr(module, "FLUSH", 0.01)

    async def play(made, ring):
        say(made, ring, b"soon")
        await asyncio.to_thread(eventually, lambda: "soon" in Path(path).read_text(), "the output in the file")
        assert made._timer is None

    recorded(path, play)


def test_output_beyond_the_ring_is_whole(path):
    data = [bytes([65 + n % 26]) * 9000 for n in range(60)]

    async def play(made, ring):
        for piece in data:
            say(made, ring, piece)

    _, events = recorded(path, play, capacity=64 * KIB)
    assert "".join(text for _, text in events) == b"".join(data).decode()


def test_a_disk_that_does_not_keep_up_costs_output_and_a_marker_says_how_much(path, monkeypatch):
    monkeypatch.setattr(module, "WAITING", 20 * KIB)

    async def play(made, ring):
        for _ in range(10):
            say(made, ring, b"x" * 16 * KIB)  # the loop has no turn, so nothing is written meanwhile
        await asyncio.to_thread(eventually, lambda: not made._writing, "the disk to be done")
        say(made, ring, b"end")

    _, events = recorded(path, play)
    kept = sum(len(text) for code, text in events if code == "o")
    lost = sum(int(text.split()[0]) for code, text in events if code == "m")
    assert lost > 0
    assert kept + lost == 10 * 16 * KIB + 3
    assert events[-1] == ["o", "end"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no device that is always full")
def test_on_a_full_disk_the_recording_ends_and_says_so(tmp_path):
    path = str(tmp_path / "other")
    open(path, "wb").close()

    async def play(made, ring):
        await made.finished
        say(made, ring, b"more")
        assert not made.running

    made, _ = recorded(path, play, file=os.open("/dev/full", os.O_WRONLY))
    assert "No space left" in made.error
    assert made.as_json() == {"path": path, "bytes": 0, "input": False, "error": made.error}


@pytest.mark.parametrize("path", ["", "../x", "/etc/x", "a/../../x", "out/x", "sub/", "x\0", "."])
def test_a_path_outside_of_the_root_is_refused(tmp_path, path):
    root = tmp_path / "root"
    root.mkdir()
    (root / "out").symlink_to(tmp_path)
    with pytest.raises(InvalidRequestError, match="path"):
        place(path, str(root))


def test_a_file_is_its_owners_and_is_overwritten_only_when_asked(tmp_path):
    path = place("new.cast", str(tmp_path))
    os.close(open_file(path, overwrite=False))
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    with pytest.raises(ConflictError):
        open_file(path, overwrite=False)
    os.chmod(path, 0o644)
    (tmp_path / "new.cast").write_text("old")
    os.close(open_file(path, overwrite=True))
    assert (stat.S_IMODE(os.stat(path).st_mode), os.path.getsize(path)) == (0o600, 0)


def test_what_is_no_plain_file_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", tmp_path / "no" / "folder"):
        with pytest.raises(InvalidRequestError):
            open_file(str(path), overwrite=True)
