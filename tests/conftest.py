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
