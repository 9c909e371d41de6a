"""What holds for all tests."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says how busy the machine is, and nothing about what is tested. What a random example
# finds is found where somebody looks into it; continuous integration tries the same ones each time.
settings.register_profile(
    "any machine",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="CI" in os.environ,
)
settings.load_profile("any machine")

LONGEST_FIRST = ("browser", "hub", "faults", "server", "magics")
"""Folders whose files take long: begun last, one of them would keep one process busy when the others are done."""

HALF = ("test_editor.py", "test_files.py", "test_metrics.py", "test_recording.py")
"""Files of the browser tests that take half of their time; to start JupyterLab and load it takes as long as a file."""


def pytest_collection_modifyitems(items):
    order = {name: place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: order.get(item.path.relative_to(item.config.rootpath / "tests").parts[0], len(order)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """A file at a time for each process, and all files of a half of the browser's for one."""
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid):
            file = Path(super()._split_scope(nodeid))
            return str(file) if file.parent.name != "browser" else f"browser {file.name in HALF}"

    return Scheduling(config, log)
