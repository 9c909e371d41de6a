"""The connection that a process shares."""

import os
import threading

import pytest

from orchflow_jupyter import rendezvous
from orchflow_jupyter.client import current
from orchflow_jupyter.client.current import current_engine
from orchflow_jupyter.errors import EngineUnavailableError
from tests.support.engine import EngineProcess
from tests.support.processes import end
from tests.support.waiting import GENEROUS


@pytest.fixture
def told(tmp_path, monkeypatch):
    """An engine that this process belongs to while the test runs."""
    with EngineProcess(tmp_path) as process:
        monkeypatch.setenv(rendezvous.ENVIRONMENT, process.directory)
        monkeypatch.setenv(rendezvous.ROOT_ENVIRONMENT, str(process.root))
        monkeypatch.setattr(current, "_engine", None)
        yield process
        if current._engine is not None:
            current._engine.close()


def test_everybody_gets_the_same_one(told):
    found = []
    threads = [threading.Thread(target=lambda: found.append(current_engine())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(GENEROUS)
    assert len(found) == 8
    assert len(set(map(id, found))) == 1
    assert found[0].status()["pid"] == told.pid


def test_it_is_made_again_where_the_engine_has_gone(told):
    before = current_engine()
    told.kill9()
    again = current_engine()
    try:
        assert again is not before
        assert again.status()["pid"] != told.pid
        assert again.status()["root"] == str(told.root)
        with pytest.raises(EngineUnavailableError):
            before.list()
    finally:
        end(again.status()["pid"])


def test_a_child_that_was_forked_makes_its_own_and_leaves_ours_alone(told):
    ours = current_engine()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            theirs = current_engine()
            os.write(writer, f"{theirs is not ours} {theirs.status()['pid']}".encode())
            theirs.close()
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    os.close(writer)
    with open(reader, "rb") as answer:
        assert answer.read() == f"True {told.pid}".encode()
    assert ours.status()["pid"] == told.pid
    assert current_engine() is ours
