"""The WebSocket of file events, in each of the ways in which a connection reaches its engine."""

import pytest
from websockets.exceptions import ConnectionClosed

from tests.support.files import SUBPROTOCOL, FileStream, open_files
from tests.support.waiting import GENEROUS


def closed_with(opening):
    with opening as socket, pytest.raises(ConnectionClosed) as closed:
        socket.recv(timeout=GENEROUS)
    return closed.value.rcvd.code


@pytest.fixture
def folder(server, request):
    made = server.root / f"files-{abs(hash(request.node.name))}"
    made.mkdir()
    return made


def test_a_browser_is_told_what_changes(server, folder):
    with FileStream(server, path=folder.name, recursive=1) as stream:
        assert stream.socket.subprotocol == SUBPROTOCOL
        assert (stream.hello["path"], stream.hello["mode"], stream.hello["window_ms"]) == (folder.name, "native", 50)
        (folder / "new").write_text("x")
        message = stream.next()
    assert message["events"] == [{"kind": "created", "path": f"{folder.name}/new", "is_dir": False}]
    assert 0 < message["first_seen"] <= message["sent"]


def test_a_client_that_comes_back_gets_what_it_missed(server, folder):
    with FileStream(server, path=folder.name) as stream:
        clock = stream.clock
    (folder / "new").mkdir()
    with FileStream(server, path=folder.name, since=clock) as stream:
        assert [event["kind"] for event in stream.until(f"{folder.name}/new")] == ["created"]


def test_what_is_ignored_and_what_is_hidden_is_not_told(server, folder):
    with FileStream(server, path=folder.name, ignore=["*.log", "out/"]) as stream:
        for name in ("a.log", ".hidden", "last"):
            (folder / name).write_text("")
        assert {event["path"] for event in stream.until(f"{folder.name}/last")} == {f"{folder.name}/last"}


def test_a_ping_is_answered(server, folder):
    with FileStream(server, path=folder.name) as stream:
        stream.socket.send('{"type": "ping"}')
        assert stream.next() == {"type": "pong"}


@pytest.mark.parametrize("said", ["hello", '{"type": "hello"}', '{"type": "batch"}'])
def test_what_is_no_message_of_a_client_closes_with_4400(server, folder, said):
    with FileStream(server, path=folder.name) as stream:
        stream.socket.send(said)
        with pytest.raises(ConnectionClosed) as closed:
            stream.next()
    assert closed.value.rcvd.code == 4400


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"path": "no-such-directory"}, 4404),
        ({"path": "../.."}, 4403),
        ({"path": "/etc"}, 4400),
        ({"path": "", "recursive": "yes"}, 4400),
        ({"path": ".ssh"}, 4404),
    ],
    ids=repr,
)
def test_what_cannot_be_watched_closes_with_its_code(server, query, code):
    assert closed_with(open_files(server, **query)) == code


def test_who_is_not_known_is_told_nothing(server):
    assert closed_with(open_files(server, known_by="wrong", path="")) == 4401


def test_to_watch_takes_read(guarded):
    with FileStream(guarded, path="") as stream:
        assert stream.hello["path"] == ""


def test_the_figures_say_what_is_watched(server, folder):
    with FileStream(server, path=folder.name) as stream:
        (folder / "new").mkdir()
        stream.until(f"{folder.name}/new")
        files = server.request("GET", "orchflow/api/metrics").json["files"]
        assert files["listeners"] >= 1  # documents of other tests may be looked after
        assert files["watches"] >= 2
        assert files["events_in"] >= files["events_out"] >= 1
        assert files["delivery"]["count"] >= 1
        assert server.request("GET", "orchflow/api/status").json["files"]["listeners"] >= 1
