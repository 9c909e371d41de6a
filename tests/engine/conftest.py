"""An engine for the tests of a module, cleared after each."""

import pytest

from tests.support.engine import EngineProcess


@pytest.fixture(scope="module")
def shared_engine(tmp_path_factory):
    with EngineProcess(tmp_path_factory.mktemp("shared"), terminal={"kill_after": 0.2}) as engine:
        engine.run(["true"]).rest()  # what is loaded and opened at the first use is there now
        engine.clear()
        yield engine


@pytest.fixture
def engine(shared_engine):
    """An engine with nothing in it; after the test nothing may be left in it either."""
    yield shared_engine
    shared_engine.clear()
