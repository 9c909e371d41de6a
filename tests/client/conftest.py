"""One engine for the tests of a module, cleared after each, and our client of it."""

import pytest

from orchflow_jupyter.client import Engine
from tests.support.engine import EngineProcess


@pytest.fixture(scope="module")
def shared_process(tmp_path_factory):
    with EngineProcess(tmp_path_factory.mktemp("shared"), terminal={"kill_after": 0.2}) as process:
        yield process


@pytest.fixture
def process(shared_process):
    """An engine with nothing in it; after the test nothing may be left in it either."""
    yield shared_process
    shared_process.clear()


@pytest.fixture
def engine(process):
    """Our client of that engine."""
    with Engine.open(process.directory, str(process.root)) as opened:
        yield opened
