"""An engine that is killed with -9: who notices, what stays behind, and how the next one begins."""

import os

import pytest

from orchflow_jupyter import rendezvous
from orchflow_jupyter.client import Engine
from orchflow_jupyter.errors import EngineUnavailableError
from tests.support.engine import EngineProcess, children, raw
from tests.support.processes import alive
from tests.support.waiting import eventually


@pytest.fixture
def engine(tmp_path):
    with EngineProcess(tmp_path) as engine:
        yield engine


def test_streams_and_control_connections_end_with_the_engine(engine):
    streams = [engine.run(raw("exec cat")) for _ in range(3)]
    watcher = engine.attach(streams[0].greet()["id"], mode="ro")
    for stream in (*streams, watcher):
        stream.text(b"ready;")
    control = engine.connect()
    engine.kill9()
    for stream in (*streams, watcher):
        assert stream.rest() is None  # no word of farewell, so the client is one that comes back
    assert control.reply() is None


def test_pythons_client_says_that_the_engine_is_gone_wherever_it_waits(engine):
    with Engine.open(engine.directory, str(engine.root)) as client:
        terminal = client.create(raw("exec cat"))
        reading, waiting = client.attach(terminal["id"]), client.attach(terminal["id"])
        reading.read_until(b"ready;", timeout=30)
        engine.kill9()
        for call in (reading.read, waiting.wait, client.list):
            with pytest.raises(EngineUnavailableError):
                call()
        reading.close()
        waiting.close()


def test_no_program_lingers(engine):
    commands = [
        ["sh", "-c", "echo ready; sleep 1000"],
        ["sh", "-c", "echo ready; sleep 1000 & sleep 1000"],
        ["sh", "-i"],
        ["cat"],
        ["yes"],
        ["sh", "-c", "trap '' INT; echo ready; while :; do sleep 1; done"],
    ]
    for command in commands:
        engine.run(command).until(lambda: True)
    stopped = engine.run(["sh", "-c", "kill -STOP $$"])
    programs = children(engine.pid)
    assert len(programs) == len(commands) + 1
    eventually(lambda: _state(programs[-1]) == "T", "a program that is stopped")
    stopped.quiet(0)
    below = [child for program in programs for child in children(program)]
    engine.kill9()
    for program in (*programs, *below):
        eventually(lambda program=program: not alive(program), f"the end of {program}")


def test_the_next_engine_begins_anew_in_the_same_directory(engine):
    before = engine.call("hello", {"role": "tool"})
    engine.run(raw("exec cat")).text(b"ready;")
    engine.call("terminals.record", {"id": engine.call("terminals.list")[0]["id"], "path": "a.cast"})
    engine.kill9()
    assert sorted(os.listdir(engine.directory)) == ["engine.json", "engine.lock", "engine.sock"]
    assert rendezvous.read_description(engine.directory).pid == before["pid"]
    engine.start()
    after = engine.call("hello", {"role": "tool"})
    assert after["boot"] != before["boot"]
    assert rendezvous.read_description(engine.directory).pid == after["pid"] == engine.pid
    assert engine.call("terminals.list") == []
    stream = engine.run(raw("exec cat"))
    stream.type(b"on")
    stream.text(b"on")


def test_an_engine_that_died_halfway_through_its_start_is_in_nobodys_way(engine):
    engine.kill9()
    for name, left in (("json", b'{"pid": 1, "ver'), ("json.new", b"{"), ("lock", b"")):
        with open(os.path.join(engine.directory, f"engine.{name}"), "wb") as file:
            file.write(left)
    assert rendezvous.read_description(engine.directory) is None
    engine.start()
    assert rendezvous.read_description(engine.directory).pid == engine.pid


def _state(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        return stat.read().rpartition(")")[2].split()[0]
