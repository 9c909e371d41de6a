"""When an engine ends by itself, on a clock that only the test moves."""

import pytest

from orchflow_jupyter.engine.lifetime import Lifetime
from orchflow_jupyter.settings import EngineSettings
from tests.support.loops import FakeLoop


@pytest.fixture
def it():
    return Watched(linger=300.0, idle_exit=10.0)


class Watched:
    """A lifetime, its clock, and when it was over."""

    def __init__(self, **settings):
        self.loop, self.finished = FakeLoop(), []
        self.lifetime = Lifetime(self.loop, EngineSettings(**settings), lambda: self.finished.append(self.loop.now))

    def after(self, seconds):
        self.loop.pass_time(seconds)
        return self.finished


def test_with_nothing_to_hold_it_ends_soon(it):
    it.lifetime.update(attached=False, holding=False)
    assert it.after(9.9) == []
    assert it.after(1000) == [10.0]


def test_with_terminals_it_lingers(it):
    it.lifetime.update(attached=False, holding=True)
    assert it.after(299) == []
    assert it.after(1000) == [300.0]


def test_while_somebody_is_attached_it_never_ends(it):
    it.lifetime.update(attached=False, holding=False)
    it.lifetime.update(attached=True, holding=False)
    it.lifetime.update(attached=True, holding=True)
    assert it.after(10**6) == []
    assert it.loop.timers == []


def test_time_runs_from_the_last_change_and_not_from_every_notice(it):
    it.lifetime.update(attached=False, holding=True)
    it.after(200)
    it.lifetime.update(attached=False, holding=True)
    assert it.after(1000) == [300.0]


def test_last_terminal_s_end_shortens_the_wait_and_a_new_one_lengthens_it(it):
    it.lifetime.update(attached=False, holding=True)
    it.after(100)
    it.lifetime.update(attached=False, holding=False)
    it.after(5)
    it.lifetime.update(attached=False, holding=True)
    assert it.after(299) == []
    it.lifetime.update(attached=False, holding=False)
    assert it.after(1000) == [414.0]


def test_idle_exit_is_never_longer_than_linger():
    it = Watched(linger=1.0, idle_exit=10.0)
    it.lifetime.update(attached=False, holding=False)
    assert it.after(1000) == [1.0]


def test_stopped_it_ends_no_more(it):
    it.lifetime.update(attached=False, holding=False)
    it.lifetime.stop()
    it.lifetime.stop()
    assert it.after(1000) == []
