"""An engine for the faults of a module, cleared after each, and the seed of what is random in them."""

import os
import random
import sys

import pytest

from tests.support.engine import EngineProcess


@pytest.fixture(scope="module")
def shared_engine(tmp_path_factory):
    with EngineProcess(tmp_path_factory.mktemp("faults"), terminal={"kill_after": 0.2}) as engine:
        yield engine


@pytest.fixture
def engine(shared_engine):
    yield shared_engine
    shared_engine.clear()


@pytest.fixture
def chance():
    """Random choices, whose seed a failure shows; ORCHFLOW_SEED repeats them."""
    seed = int(os.environ.get("ORCHFLOW_SEED", "0")) or random.SystemRandom().getrandbits(32)
    sys.stdout.write(f"ORCHFLOW_SEED={seed}\n")
    return random.Random(seed)
