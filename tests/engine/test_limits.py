"""What an engine refuses and in which words, and whom it only holds back; with real engines and clients."""

import re
from pathlib import Path

import pytest

from orchflow_jupyter.protocol.terminal import Message, Op, encode
from tests.support.engine import EngineProcess, raw
from tests.support.waiting import eventually

CAT = ["cat"]


@pytest.fixture(scope="module")
def strict(tmp_path_factory):
    settings = {"max_terminals": 3, "max_clients": 2, "max_connections": 5, "terminal": {"kill_after": 0.2}}
    with EngineProcess(tmp_path_factory.mktemp("strict"), **settings) as engine:
        yield engine


@pytest.fixture
def engine(strict):
    yield strict
    strict.clear()
    eventually(lambda: strict.status()["connections"] == 0, "the end of all connections")


def refused(stream):
    """The code and the words with which a stream was closed before it began."""
    stream.rest()
    assert stream.hello is None
    return stream.close_code, stream.ws.close_rcvd.reason


def test_terminals_beyond_the_limit_are_refused_with_its_setting(engine):
    for _ in range(3):
        engine.create(CAT)
    error = engine.control.refusal("terminals.create", {"command": CAT})
    assert (error.status, error.reason) == (429, "too_many")
    assert error.message == "3 terminals run already, and more are not allowed (OrchFlow.max_terminals); close some"


def test_clients_beyond_the_limit_are_refused_and_who_comes_back_is_not(engine):
    terminal = engine.create(CAT)
    mine = engine.attach(terminal, attachment="mine")
    other = engine.attach(terminal)
    mine.greet(), other.greet()
    words = "2 clients have this terminal, and more may not (OrchFlow.max_clients)"
    assert refused(engine.attach(terminal)) == (4429, words)
    assert refused(engine.upgrade(terminal)) == (4429, words)
    again = engine.attach(terminal, attachment="mine")
    again.greet()
    assert mine.rest() == 4408
    other.close()
    eventually(lambda: engine.model(terminal)["clients"] == 1, "room for another")
    engine.attach(terminal).greet()


def test_connections_beyond_the_limit_are_refused(engine):
    terminals = [engine.create(CAT) for _ in range(3)]
    streams = [engine.attach(terminal) for terminal in [*terminals, *terminals[:2]]]
    for stream in streams:
        stream.greet()
    words = "5 connections are open, and more may not be (OrchFlow.max_connections)"
    assert refused(engine.attach(terminals[0])) == (4429, words)
    streams[0].close()
    eventually(lambda: engine.status()["connections"] == 4, "room for another")
    engine.attach(terminals[0]).greet()


def test_client_over_its_rate_is_read_from_later_and_has_its_output(tmp_path):
    with EngineProcess(tmp_path, input_rate=1000) as engine:
        stream = engine.run(raw("while [ ! -e go ]; do sleep 0.05; done; echo came; cat >/dev/null"))
        stream.text(b"ready;")
        stream.type(b"now")
        for _ in range(100):
            stream.type(b"x" * 100_000, wait=False)
        stream.quiet(0.3)
        assert stream.unsent > 0
        (engine.root / "go").touch()
        stream.text(b"came")
        assert stream.unsent > 0
        sibling = engine.run(CAT)
        sibling.type(b"there?\n")
        sibling.text(b"there?")


def test_client_that_was_held_back_loses_nothing(tmp_path):
    count = 2_000_000
    with EngineProcess(tmp_path, input_rate=1_000_000) as engine:
        stream = engine.run(raw(f"head -c {count} | wc -c"))
        stream.text(b"ready;")
        for _ in range(0, count, 1000):
            stream.type(b"x" * 1000, wait=False)
        stream.text(str(count).encode())
        assert stream.rest() == 1000


def test_flood_of_any_messages_is_read_later_and_siblings_are_served(tmp_path):
    with EngineProcess(tmp_path, input_rate=64_000) as engine:
        flooding, sibling = engine.run(CAT), engine.run(CAT)
        flooding.greet(), sibling.greet()
        for _ in range(3000):
            flooding.frame(encode(Message(Op.ACK, 0, 0)), wait=False)
        sibling.type(b"there?\n")
        sibling.text(b"there?")
        flooding.type(b"and I\n", wait=False)
        flooding.text(b"and I")


def test_engine_takes_the_descriptors_that_it_may_and_its_programs_have_as_many_as_before(tmp_path):
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 300:
        pytest.skip("the system allows too few descriptors to tell")
    few = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))  # noqa: E731
    with EngineProcess(tmp_path, before=few) as engine:
        limits = Path(f"/proc/{engine.pid}/limits").read_text()
        assert int(re.search(r"Max open files\s+(\d+)", limits)[1]) >= 300
        # More than the programs may have, and they start all the same.
        terminals = [engine.create(CAT) for _ in range(30)]
        stream = engine.run(["sh", "-c", "ulimit -Sn; ulimit -Hn"])
        stream.rest()
        soft, _, most = bytes(stream.output).decode().strip().partition("\r\n")
        assert soft == "64"
        assert most in (str(hard), "unlimited")
        for terminal in terminals:
            engine.delete(terminal)
