"""The control socket: calls that make sense, calls that make none, and descriptors beside them."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from orchflow_jupyter.errors import (
    ConflictError,
    InvalidRequestError,
    NotFoundError,
    OrchflowError,
    TooManyError,
)
from orchflow_jupyter.protocol.control import MAX_LINE, encode_request
from tests.support.engine import EngineProcess, children, descriptors, raw
from tests.support.waiting import eventually

CAT = raw("exec cat")


def send_until_refused(control, data):
    """Send what the engine may stop to read; its last reply."""
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        control.put(data)
    return control.reply()


# -- lines


@pytest.mark.parametrize(
    "line",
    [
        b"{bad json}\n",
        b"\n",
        b"[]\n",
        b'"hello"\n',
        b"42\n",
        b"null\n",
        b'\xff\xfe{"a": 1}\n',
        b"[" * 200_000 + b"\n",
        b'{"a":' * 100_000 + b"\n",
    ],
    ids=lambda line: line[:12].decode(errors="replace"),
)
def test_line_that_is_no_object_is_refused_and_ends_the_connection(engine, line):
    control = engine.connect()
    error = send_until_refused(control, line)["error"]
    assert (error["data"], bool(error["message"])) == ({"status": 400, "reason": "bad_message"}, True)
    assert control.reply() is None
    assert engine.status()["pid"] == engine.pid


def test_line_without_end_is_refused_at_its_limit(engine):
    control = engine.connect()
    reply = send_until_refused(control, b"x" * (MAX_LINE + 1024 * 1024))
    assert reply is None or reply["error"]["data"]["status"] == 413
    assert engine.status()["pid"] == engine.pid


@pytest.mark.parametrize(
    ("call", "status"),
    [
        ({}, 400),
        ({"method": 7}, 400),
        ({"method": None, "params": {}}, 400),
        ({"method": "hello", "params": []}, 400),
        ({"method": "hello", "params": "x"}, 400),
        ({"method": "nonsense", "params": {}}, 404),
        ({"method": "__init__"}, 404),
        ({"method": "terminals.get", "params": {}}, 400),
        ({"method": "terminals.get", "params": {"id": 5}}, 400),
        ({"method": "terminals.get", "params": {"id": "t-none"}}, 404),
        ({"method": "terminals.delete", "params": {"id": "t-none"}}, 404),
        ({"method": "terminals.update", "params": {"id": "t-none", "name": "x"}}, 404),
        ({"method": "terminals.signal", "params": {"id": "t-none", "signal": "INT"}}, 404),
        ({"method": "terminals.signal", "params": {"id": "t-none", "signal": "SEGV"}}, 400),
    ],
    ids=str,
)
def test_call_that_makes_no_sense_is_refused_and_the_connection_goes_on(engine, call, status):
    control = engine.connect()
    for number in ("a text", None):
        control.put(json.dumps(call | {"id": number}).encode() + b"\n")
        reply = control.reply()
        assert (reply["id"], reply["error"]["data"]["status"]) == (number, status)
        assert len(reply["error"]["message"]) > 10
    assert control.call("hello")["pid"] == engine.pid


def test_calls_are_answered_in_order_however_they_are_cut(engine):
    control = engine.connect()
    calls = b"".join(encode_request(n, "hello" if n % 3 else "nonsense") for n in range(300))
    for at in range(0, len(calls), 7):
        control.put(calls[at : at + 7])
    assert [control.reply()["id"] for _ in range(300)] == list(range(300))


def test_client_that_leaves_in_the_middle_of_its_calls_harms_nobody(engine):
    for _ in range(20):
        control = engine.connect()
        control.put(encode_request(1, "status") * 50 + b'{"half')
        control.close()
    eventually(lambda: engine.status()["attached"] == 1, "the end of the connections")


def test_client_that_reads_no_answer_is_dropped_in_the_end(engine):
    engine.create(CAT)
    control = engine.connect()
    control.socket.settimeout(1)
    request = encode_request(1, "terminals.list") * 2000
    with contextlib.suppress(OSError):
        for _ in range(100):
            control.put(request)
        raise AssertionError("the engine took everything")
    assert engine.status()["memory"]["private"] < 100 * 1024 * 1024


# -- what is asked of terminals


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"colour": "red"}, "colour"),
        ({"cols": "80"}, "cols"),
        ({"cols": 0}, "cols"),
        ({"rows": 65535}, "rows"),
        ({"cols": 1001}, "cols"),
        ({"rows": -1}, "rows"),
        ({"rows": 24.5}, "rows"),
        ({"rows": True}, "rows"),
        ({"name": ""}, "name"),
        ({"name": "two\nlines"}, "name"),
        ({"name": "n" * 101}, "name"),
        ({"name": 7}, "name"),
        ({"command": []}, "command"),
        ({"command": "ls"}, "command"),
        ({"command": [1]}, "command"),
        ({"command": [""]}, "command"),
        ({"command": ["no-such-program-anywhere"]}, "no-such-program-anywhere"),
        ({"command": ["./missing"]}, "missing"),
        ({"command": ["/"]}, "command"),
        ({"command": ["echo", "a\0b"]}, "NUL"),
        ({"command": ["echo", "\ud800"]}, "command"),
        ({"command": ["x" * 100_000]}, "command"),
        ({"command": ["echo", "x" * 3_000_000]}, "could not be started"),
        ({"cwd": "missing"}, "does not exist"),
        ({"cwd": "/missing/too"}, "does not exist"),
        ({"cwd": "a file"}, "is a file"),
        ({"cwd": "a\0b"}, "NUL"),
        ({"cwd": "\ud800"}, "cwd"),
        ({"cwd": 7}, "cwd"),
        ({"env": {"A": "b\0c"}}, "env"),
        ({"env": {"A\0": "b"}}, "env"),
        ({"env": {"A=B": "c"}}, "env"),
        ({"env": {"": "c"}}, "env"),
        ({"env": {"A": 1}}, "env"),
        ({"env": {"A": "\ud800"}}, "env"),
        ({"env": ["A=b"]}, "env"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_terminal_that_cannot_be_is_refused_with_what_was_wrong(engine, params, said):
    (engine.root / "a file").touch()
    before = descriptors(engine.pid)
    error = engine.control.refusal("terminals.create", {"command": CAT} | params)
    assert type(error) is InvalidRequestError
    assert said in error.message
    assert descriptors(engine.pid) == before
    assert engine.call("terminals.list") == []


def test_name_of_a_running_terminal_is_taken_until_it_ends(engine):
    terminal = engine.create(CAT, name="mine")
    assert type(engine.control.refusal("terminals.create", {"name": "mine"})) is ConflictError
    other = engine.create(CAT)
    assert type(engine.control.refusal("terminals.update", {"id": other, "name": "mine"})) is ConflictError
    assert engine.call("terminals.update", {"id": terminal, "name": "mine"})["name"] == "mine"
    engine.delete(terminal)
    eventually(lambda: engine.status()["terminals"]["running"] == 1, "its end")
    assert engine.call("terminals.update", {"id": other, "name": "mine"})["name"] == "mine"


def test_terminals_without_a_name_are_told_apart(engine):
    names = [engine.call("terminals.create", {"command": ["sleep", "1000"]})["name"] for _ in range(3)]
    assert names == ["sleep", "sleep-2", "sleep-3"]


def test_number_of_terminals_has_a_limit(tmp_path):
    with EngineProcess(tmp_path, max_terminals=2, keep_exited=1) as engine:
        running = [engine.create(CAT) for _ in range(2)]
        assert type(engine.control.refusal("terminals.create", {"command": CAT})) is TooManyError
        engine.delete(running[0])
        eventually(lambda: engine.status()["terminals"]["running"] == 1, "the end of one")
        engine.create(["true"])
        eventually(lambda: engine.status()["terminals"] == {"running": 1, "exited": 1}, "the end of another")
        engine.create(["true"])
        eventually(lambda: engine.status()["terminals"]["running"] == 1, "the end of a third")
        assert engine.status()["terminals"]["exited"] == 1


def test_deleted_terminal_is_not_found_any_more(engine):
    terminal = engine.create(CAT)
    engine.delete(terminal)
    assert type(engine.control.refusal("terminals.get", {"id": terminal})) is NotFoundError


# -- descriptors


def adopt(engine, fds, **params):
    return engine.control.refusal("adopt", {"resource": "terminals/x", "principal": "me"} | params, fds)


def test_adopt_without_a_descriptor_is_refused(engine):
    assert type(adopt(engine, [])) is InvalidRequestError


def test_descriptor_that_is_no_stream_socket_is_refused_and_closed(engine):
    before = descriptors(engine.pid)
    reader, writer = os.pipe()
    one, two = socket.socketpair(type=socket.SOCK_DGRAM)
    listener = socket.create_server(("127.0.0.1", 0))
    with one, two, listener:
        for fd in (reader, writer, one.fileno(), listener.fileno()):
            assert type(adopt(engine, [fd])) is InvalidRequestError
    os.close(reader)
    os.close(writer)
    assert descriptors(engine.pid) == before


def test_socket_that_is_not_connected_is_closed(engine):
    before = descriptors(engine.pid)
    with socket.socket(socket.AF_UNIX) as lonely, contextlib.suppress(OrchflowError):
        engine.call("adopt", {"resource": "terminals/x"}, [lonely.fileno()])
    eventually(lambda: descriptors(engine.pid) == before, "the end of the descriptor")
    assert engine.status()["connections"] == 0


@pytest.mark.parametrize(
    "params",
    [
        {"resource": "files/x"},
        {"resource": "terminals/"},
        {"resource": 7},
        {"parameters": [1]},
        {"parameters": "since=1"},
        {"request": {}},
        {"request": {"path": 7, "headers": []}},
        {"request": {"path": "/", "headers": {"Host": "x"}}},
        {"request": {"path": "/", "headers": [["Host"]]}},
        {"request": {"path": "/", "headers": [["Host", 1]]}},
        {"request": "GET / HTTP/1.1"},
    ],
    ids=str,
)
def test_adoption_that_makes_no_sense_is_refused_and_its_socket_closed(engine, params):
    before = descriptors(engine.pid)
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            assert type(adopt(engine, [theirs.fileno()], **params)) is InvalidRequestError
        ours.settimeout(10)
        assert ours.recv(100) == b""
    assert descriptors(engine.pid) == before


def test_descriptors_that_nobody_asked_for_are_closed_with_their_connection(engine):
    before = descriptors(engine.pid)
    control = engine.connect()
    reader, writer = os.pipe()
    for _ in range(30):
        control.call("hello", {}, [reader, writer])
    os.close(reader)
    os.close(writer)
    control.close()
    eventually(lambda: descriptors(engine.pid) == before, "the end of the descriptors")


@pytest.mark.parametrize("most", [40, 41, 42])
def test_engine_without_a_descriptor_left_refuses_and_recovers(tmp_path, most):
    import resource

    limit = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # noqa: E731
    with EngineProcess(tmp_path, before=limit) as engine:
        engine.call("terminals.batch", {"operations": [{"op": "resize", "id": "none", "cols": 9, "rows": 9}]})  # loaded
        before = descriptors(engine.pid)
        engine.create(CAT)
        made = []
        refused = None
        while refused is None:
            try:
                made.append(engine.create(CAT))
            except OrchflowError as error:
                refused = error
        assert refused.status == 429
        assert len(made) > 3
        operations = [{"op": "create", "command": CAT}, {"op": "input", "id": made[0], "data": "x"}]
        results = engine.call("terminals.batch", {"operations": operations})["results"]
        assert [result.get("status") for result in results] == [429, None]
        assert len(children(engine.pid)) == len(made) + 1  # whoever was refused has left nothing
        for terminal in made:
            engine.delete(terminal)
        eventually(lambda: engine.status()["terminals"]["running"] == 1, "the end of the terminals")
        eventually(lambda: descriptors(engine.pid) == before + 3, "the end of their descriptors")
        engine.run(["echo", "again"]).rest()
        assert len([model for model in engine.call("terminals.list") if model["state"] == "running"]) == 1


# -- who may


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be another user")
def test_another_user_is_refused_even_where_the_directory_lets_them_in():
    with tempfile.TemporaryDirectory(dir="/tmp") as folder, EngineProcess(folder) as engine:
        os.chmod(folder, 0o755)
        os.chmod(engine.directory, 0o755)
        os.chmod(Path(engine.directory) / "engine.sock", 0o777)
        program = (
            "import os, socket, sys\n"
            "client = socket.socket(socket.AF_UNIX)\n"
            "os.setuid(65534)\n"
            "client.connect(sys.argv[1])\n"
            "client.settimeout(20)\n"
            "answer = b''\n"
            "while data := client.recv(1000): answer += data\n"
            "print(answer.decode())\n"
        )
        path = os.path.join(engine.directory, "engine.sock")
        done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=True)
        assert json.loads(done.stdout)["error"]["data"] == {"status": 403, "reason": "not_allowed"}
        assert engine.status()["attached"] == 1


# -- figures


def test_status_tells_what_the_engine_does(engine):
    before = engine.status()
    stream = engine.run(CAT)
    stream.text(b"ready;")
    stream.type(b"12345")
    stream.text(b"12345")
    after = engine.status()
    counted = {name: after["counters"][name] - before["counters"][name] for name in before["counters"]}
    assert (counted["created"], counted["adopted"], counted["inputs"], counted["bytes_in"]) == (1, 1, 1, 5)
    assert counted["bytes_out"] == 11
    assert (after["connections"], after["terminals"]["running"], after["attached"]) == (1, 1, 1)
    assert after["uptime"] > before["uptime"] >= 0
    assert 0 < after["memory"]["private"] <= after["memory"]["resident"]


def test_idle_engine_does_not_wake_up(engine):
    stream = engine.run(CAT)
    stream.text(b"ready;")
    stream.type(b"x")
    stream.text(b"x")

    def switches():
        lines = [Path(f"/proc/{engine.pid}/task/{task}/status").read_text() for task in tasks]
        return sum(int(line.split()[1]) for text in lines for line in text.splitlines() if "voluntary_ctxt" in line)

    def one_quiet_spell():
        before = switches()
        time.sleep(1.5)
        return switches() == before

    tasks = os.listdir(f"/proc/{engine.pid}/task")
    assert any(one_quiet_spell() for _ in range(4))


# -- what the engine says by itself


def test_servers_are_told_of_activity_and_others_are_not(engine):
    server, kernel = engine.connect(), engine.connect()
    server.call("hello", {"role": "server"})
    kernel.call("hello", {"role": "kernel"})
    terminal = engine.create(CAT)
    engine.call("terminals.signal", {"id": terminal, "signal": "CONT"})

    def told():
        return [line for line in server.spoken if line["method"] == "activity"]

    def acts():
        engine.call("terminals.signal", {"id": terminal, "signal": "CONT"})
        server.call("hello", {"role": "server"})
        return told()

    said = eventually(acts, "word of what happened")[-1]
    assert set(said["params"]) == {"at"}
    kernel.call("status")
    assert kernel.spoken == []
    engine.delete(terminal)
