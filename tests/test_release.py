"""When memory is given back, as a loop's time goes by."""

import pytest

from orchflow_jupyter import release
from orchflow_jupyter.release import LARGE, MUCH, Release
from tests.support.loops import FakeLoop


@pytest.fixture
def given(monkeypatch):
    """The loop's times at which memory was given back, and what makes it."""
    loop, times = FakeLoop(), []
    monkeypatch.setattr(release, "_trim", lambda: times.append(loop.now))
    made = Release(loop)
    made._own = True
    return loop, made, times


def test_after_much_output_it_is_given_back_once_when_that_is_over(given):
    loop, made, times = given
    made.printed(MUCH - 1)
    loop.pass_time(5)
    assert times == []
    made.printed(1)
    for _ in range(3):
        loop.pass_time(0.9)
        made.printed(LARGE)
    assert times == []
    loop.pass_time(10)
    assert len(times) == 1


def test_keys_while_it_waits_are_no_output_to_wait_for(given):
    loop, made, times = given
    made.printed(MUCH)
    made.printed(LARGE - 1)
    loop.pass_time(1.5)
    assert len(times) == 1


def test_a_process_that_is_not_the_engines_alone_is_left_as_it_is(given):
    loop, made, times = given
    made._own = False
    made.printed(10 * MUCH)
    loop.pass_time(5)
    assert times == []
