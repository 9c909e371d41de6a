"""Culling in an engine, with real shells and clients."""

import pytest

from orchflow_jupyter.protocol.terminal import Op
from tests.support.engine import EngineProcess
from tests.support.waiting import eventually

WHY = "culled: nothing happened in it for 0.3 s (OrchFlow.cull_idle_timeout)"


@pytest.fixture(scope="module")
def culling(tmp_path_factory):
    settings = {"cull_idle_timeout": 0.3, "cull_interval": 0.1, "terminal": {"kill_after": 0.2}}
    with EngineProcess(tmp_path_factory.mktemp("culling"), **settings) as engine:
        yield engine


def end_of(engine, terminal):
    try:
        return eventually(lambda: engine.model(terminal)["exit"], "the end of a terminal")
    except AssertionError as error:
        raise AssertionError(f"{error}: {engine.model(terminal)}; the engine's log:\n{engine.log}") from None


def test_idle_shell_is_culled_and_who_comes_late_is_told_why(culling):
    terminal = culling.create(["sh"])
    assert end_of(culling, terminal)["reason"] == WHY
    stream = culling.attach(terminal)
    stream.rest()
    assert stream.exit["reason"] == WHY
    assert (stream.close_code, stream.ws.close_rcvd.reason) == (1000, WHY)
    assert f"terminal {terminal} (sh) is culled" in culling.log
    culling.delete(terminal)


def test_shell_with_a_job_in_the_background_is_spared_until_that_has_ended(culling, tmp_path):
    file = tmp_path / "goes on"
    file.touch()
    terminal = culling.create(["bash"], integration=False)
    idle = culling.create(["sh"])
    culling.call(
        "terminals.batch",
        {"operations": [{"op": "input", "id": terminal, "data": f"(while [ -e '{file}' ]; do sleep 0.1; done) &\n"}]},
    )
    end_of(culling, idle)
    another = culling.create(["sh"])
    end_of(culling, another)
    assert culling.model(terminal)["exit"] is None
    file.unlink()
    assert end_of(culling, terminal)["reason"] == WHY


def test_connected_shell_is_spared_while_others_go(culling):
    terminal = culling.create(["sh"])
    stream = culling.attach(terminal, mode="ro")
    stream.next(Op.HELLO)
    end_of(culling, culling.create(["sh"]))
    assert culling.model(terminal)["exit"] is None
    stream.close()
    assert end_of(culling, terminal)["reason"] == WHY
