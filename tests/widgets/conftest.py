"""One engine and one kernel for the tests of a module; the engine is cleared after each."""

import pytest

from tests.support.engine import EngineProcess
from tests.support.kernel import Kernel


@pytest.fixture(scope="module")
def shared_process(tmp_path_factory):
    with EngineProcess(tmp_path_factory.mktemp("shared"), terminal={"kill_after": 0.2}) as process:
        yield process


@pytest.fixture(scope="module")
def shared_kernel(shared_process, tmp_path_factory):
    with Kernel(tmp_path_factory.mktemp("kernel") / "k", shared_process) as kernel:
        kernel.run("from orchflow_jupyter import Terminal")
        yield kernel


@pytest.fixture
def process(shared_process):
    """An engine with nothing in it; after the test nothing may be left in it either."""
    yield shared_process
    shared_process.clear()


@pytest.fixture
def kernel(shared_kernel, process):
    """A kernel that belongs to that engine, with `Terminal` in it."""
    yield shared_kernel
    shared_kernel.run("import ipywidgets; ipywidgets.Widget.close_all()")
