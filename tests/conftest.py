"""What holds for all tests."""

import os

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


def pytest_collection_modifyitems(items):
    order = {name: place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: order.get(item.path.relative_to(item.config.rootpath / "tests").parts[0], len(order)))
