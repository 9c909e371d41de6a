"""What Jupyter knows of activity in terminals, and what its culler makes of that; with real servers."""

from datetime import UTC, datetime

import pytest

from orchflow_jupyter.protocol.terminal import Op
from orchflow_jupyter.server.activity import Activity
from tests.support.jupyter import JupyterServer
from tests.support.looking import enable, look
from tests.support.stream import TerminalStream
from tests.support.waiting import eventually

TIMEOUT = 2
"""Seconds without activity after which these servers shut down when they look."""

FOLLOW = ["tail", "-n", "+1", "-s", "0.1", "-f"]


def last_activity(server):
    return datetime.fromisoformat(server.request("GET", "api/status").json["last_activity"])


def idle(server):
    """Whether the server may shut down, as far as it knows."""
    return (datetime.now(UTC) - last_activity(server)).total_seconds() > TIMEOUT


@pytest.fixture(scope="module", params=["handover", "embedded"])
def culled(request, tmp_path_factory):
    """A server that shuts down when it looks and nobody uses it."""
    args = [f"--ServerApp.shutdown_no_activity_timeout={TIMEOUT}", "--OrchFlow.linger=3600"]
    server = JupyterServer(tmp_path_factory.mktemp("culled"), mode=request.param, args=args)
    enable(server)
    with server:
        yield server


@pytest.fixture
def used(culled):
    """The same, running."""
    if culled.process.poll() is not None:
        culled.start()
    return culled


def test_output_of_a_busy_command_keeps_the_server_alive_and_watching_it_does_not(used, tmp_path):
    file = tmp_path / "file"
    file.write_text("first\n")
    model = used.create(command=[*FOLLOW, str(file)])
    with TerminalStream(used, model["id"], mode="ro") as onlooker:
        onlooker.read_until(b"first")
        eventually(lambda: idle(used), "a server that knows of no activity")
        before = last_activity(used)
        with file.open("a") as more:
            more.write("second\n")
        eventually(lambda: last_activity(used) > before, "output to reach Jupyter")
        look(used)
        onlooker.read_until(b"second")
        # It looks on, attaches again and acknowledges, and in all that nothing moves.
        eventually(lambda: idle(used), "a server that knows of no activity")
        before = last_activity(used)
        with TerminalStream(used, model["id"], mode="ro") as another:
            another.read_until(b"second")
            another.send(Op.PING, 1, b"there?")
            another.next(lambda message: message.op is Op.PONG)
            assert last_activity(used) == before
            look(used)
            eventually(lambda: used.process.poll() is not None, "the end of a server that is only looked at")


def test_input_keeps_the_server_alive(used):
    model = used.create(command=["cat"])
    with TerminalStream(used, model["id"]) as stream:
        eventually(lambda: idle(used), "a server that knows of no activity")
        stream.type(b"x\n")
        eventually(lambda: not idle(used), "input to reach Jupyter")
        look(used)
        assert used.request("GET", "orchflow/api/status").status == 200
    used.request("DELETE", f"orchflow/api/terminals/{model['id']}")


def test_server_that_was_restarted_hears_of_the_engine_that_lived_on(used):
    if used.mode == "embedded":
        pytest.skip("its engine goes with it")
    model = used.create(command=["cat"])
    used.kill9()
    used.start()
    with TerminalStream(used, model["id"]) as stream:
        before = last_activity(used)

        def reaches():
            stream.type(b"x")
            return last_activity(used) > before

        eventually(reaches, "input to reach the new server")


def test_time_that_jupyter_is_told_knows_its_zone():
    times = {}
    Activity(times).told("activity", {"at": 1.5})
    Activity(times).told("another", {})
    assert times == {"orchflow_terminals": datetime(1970, 1, 1, 0, 0, 1, 500_000, tzinfo=UTC)}
