"""An engine and a kernel as for the widgets, with `%orchflow` loaded."""

import pytest

from tests.widgets.conftest import kernel, process, shared_kernel, shared_process

__all__ = ["kernel", "magic", "process", "shared_kernel", "shared_process"]


@pytest.fixture
def magic(kernel):
    """The kernel, with the extension loaded."""
    kernel.run("%load_ext orchflow_jupyter")
    return kernel
