"""What servers and engines survive: each test kills what it says, and leaves what lives for the next one."""

import contextlib
import os
import signal

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from orchflow_jupyter.protocol.terminal import Op
from tests.server.test_access import closed_with
from tests.support.files import FileStream
from tests.support.jupyter import JupyterServer
from tests.support.processes import alive
from tests.support.stream import TerminalStream, open_socket
from tests.support.waiting import eventually

COUNT = ["sh", "-c", "i=0; while :; do i=$((i+1)); echo line $i; sleep 0.002; done"]


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """A server that has survived the tests before."""
    with JupyterServer(tmp_path_factory.mktemp("killed")) as server:
        yield server


@pytest.fixture
def handed_over(killed):
    """The same, running, and without terminals."""
    if killed.process.poll() is not None:
        killed.start()
    for model in killed.request("GET", "orchflow/api/terminals").json:
        killed.request("DELETE", f"orchflow/api/terminals/{model['id']}")
    return killed


def lines(output):
    return [int(line.split()[1]) for line in output.decode().split("\r\n")[:-1] if line]


def whole(output):
    numbers = lines(output)
    return numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def test_an_open_stream_goes_on_when_the_server_is_killed(handed_over):
    server = handed_over
    engine = server.engine_pid
    model = server.create(command=COUNT)
    other = server.create(command=["cat"])
    with TerminalStream(server, model["id"]) as stream:
        stream.read_until(b"line 20\r\n")
        server.kill9()
        seen = lines(stream.output)[-1]
        stream.read_until(f"line {seen + 50}\r\n".encode())
        stream.send(Op.SIGNAL, 0, "STOP")
        stream.send(Op.SIGNAL, 0, "CONT")
        server.start()
        assert server.engine_pid == engine
        assert {one["id"] for one in server.request("GET", "orchflow/api/terminals").json} == {model["id"], other["id"]}
        with TerminalStream(server, other["id"]) as again:
            again.type(b"after\n")
            again.read_until(b"after\r\nafter\r\n")
        seen = lines(stream.output)[-1]
        stream.read_until(f"line {seen + 50}\r\n".encode())
        assert whole(stream.output)


def test_terminals_live_on_while_the_server_is_restarted_in_the_proper_way(handed_over):
    server = handed_over
    engine = server.engine_pid
    model = server.create(command=COUNT)
    with TerminalStream(server, model["id"]) as stream:
        stream.read_until(b"line 20\r\n")
        server.stop_server()
        server.start()
        assert server.engine_pid == engine
        seen = lines(stream.output)[-1]
        stream.read_until(f"line {seen + 50}\r\n".encode())
        assert whole(stream.output)


def test_a_relayed_stream_ends_with_the_server_and_goes_on_from_where_it_was(tmp_path):
    with JupyterServer(tmp_path, mode="relay") as server:
        model = server.create(command=COUNT)
        with TerminalStream(server, model["id"]) as stream:
            stream.read_until(b"line 20\r\n")
            server.kill9()
            with pytest.raises(ConnectionClosed):
                stream.read_until(b"never")
            assert stream.close_code == 1006  # upon which a client connects again
        server.start()
        with TerminalStream(server, model["id"], since=stream.end) as again:
            assert again.start == stream.end
            again.read_until(f"line {lines(stream.output)[-1] + 50}\r\n".encode())
        assert whole(stream.output + again.output)


def test_another_engine_takes_the_place_of_one_that_was_killed(handed_over):
    server = handed_over
    old = server.engine_pid
    model = server.create(command=["cat"])
    with TerminalStream(server, model["id"]) as stream:
        os.kill(old, signal.SIGKILL)
        assert stream.read_to_the_end() == 1006
    answer = server.request("GET", f"orchflow/api/terminals/{model['id']}")
    assert answer.status == 404
    assert closed_with(open_socket(server, model["id"])) == 4404
    assert server.engine_pid != old
    assert server.request("GET", "orchflow/api/terminals").json == []
    with TerminalStream(server, server.create(command=["cat"])["id"]) as stream:
        stream.type(b"new\n")
        stream.read_until(b"new\r\nnew\r\n")
    assert "OrchFlow's engine ended" in server.log
    # The server reaps what it has started, as it has this one for certain.
    second = server.engine_pid
    os.kill(second, signal.SIGKILL)
    eventually(lambda: not os.path.exists(f"/proc/{second}"), "the engine to be reaped")


def test_an_engine_that_is_asked_to_end_says_1012_and_another_is_there(handed_over):
    server = handed_over
    old = server.engine_pid
    model = server.create(command=["cat"])
    with TerminalStream(server, model["id"]) as stream:
        os.kill(old, signal.SIGTERM)
        assert stream.read_to_the_end() == 1012
    eventually(lambda: server.request("GET", "orchflow/api/status").json.get("pid") not in (None, old), "another")


def test_an_engine_without_anything_to_do_does_not_outlive_its_server(tmp_path):
    with JupyterServer(tmp_path, args=["--OrchFlow.linger=0.2"]) as server:
        engine = server.engine_pid
        server.create(command=["cat"])
        server.stop_server()
        eventually(lambda: not alive(engine), "the engine to end")


def test_an_embedded_engine_ends_with_its_server(tmp_path):
    with JupyterServer(tmp_path, mode="embedded") as server:
        model = server.create(command=["cat"])
        with TerminalStream(server, model["id"]) as stream:
            server.process.terminate()
            assert stream.read_to_the_end() == 1012
        server.process.wait(30)
        eventually(lambda: not alive(model["pid"]), "the program to end")
        assert os.listdir(server.engine_dir) in ([], ["engine.lock"])
        assert "Traceback" not in server.log


def test_a_server_with_an_embedded_engine_takes_the_one_that_is_there(handed_over):
    engine = handed_over.engine_pid
    model = handed_over.create(command=["cat"])
    with JupyterServer(handed_over.folder, mode="embedded") as other:
        assert other.request("GET", "orchflow/api/status").json["pid"] == engine
        with TerminalStream(other, model["id"]) as stream:
            stream.type(b"same\n")
            stream.read_until(b"same\r\nsame\r\n")
        other.stop_server()
        assert handed_over.request("GET", "orchflow/api/status").json["pid"] == engine


def test_two_servers_of_one_root_share_an_engine(handed_over):
    first = handed_over
    with JupyterServer(first.folder) as second:
        assert second.port != first.port
        model = first.create(command=["cat"])
        with TerminalStream(first, model["id"]) as one, TerminalStream(second, model["id"]) as two:
            one.type(b"shared\n")
            two.read_until(b"shared\r\nshared\r\n")
        second.stop_server()
        assert first.request("GET", "orchflow/api/status").status == 200


def test_kernels_find_the_engine_by_their_environment(handed_over):
    server = handed_over
    kernel = server.request("POST", "api/kernels", {"name": "python3"})
    assert kernel.status == 201
    children = eventually(lambda: kernels_of(server), "a kernel")
    with open(f"/proc/{children[0]}/environ", "rb") as file:
        assert f"ORCHFLOW_ENGINE={server.engine_dir}".encode() in file.read().split(b"\0")
    assert server.request("DELETE", f"api/kernels/{kernel.json['id']}").status == 204


def kernels_of(server):
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as line:
                if str(server.runtime_dir / "kernel-").encode() in line.read():
                    found.append(pid)
        except OSError:
            continue
    return found


def test_who_watches_files_goes_on_while_the_server_is_gone_and_comes_back_with_a_clock(handed_over):
    folder = handed_over.root / "watched"
    folder.mkdir()
    with FileStream(handed_over, path="watched") as staying, FileStream(handed_over, path="watched") as leaving:
        clock = leaving.clock
        leaving.close()
        handed_over.process.kill()
        handed_over.process.wait()
        (folder / "meanwhile").mkdir()
        staying.until("watched/meanwhile")
        handed_over.start()
        with FileStream(handed_over, path="watched", since=clock) as back:
            assert [event["path"] for event in back.until("watched/meanwhile")] == ["watched/meanwhile"]


def test_after_the_engines_end_a_clock_is_answered_with_a_resync(handed_over):
    with FileStream(handed_over, path="") as stream:
        clock = stream.clock
        os.kill(handed_over.engine_pid, signal.SIGKILL)
        with pytest.raises(ConnectionClosed):
            stream.next()

    def again():
        with (
            contextlib.suppress(ConnectionClosed, InvalidStatus),
            FileStream(handed_over, path="", since=clock) as back,
        ):
            return back.next()

    message = eventually(again, "an engine again")
    assert (message["type"], message["reason"]) == ("resync", "restart")
