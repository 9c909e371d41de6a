"""When it is due, on a clock that the test turns."""

import asyncio

import pytest

from orchflow_jupyter.documents.timing import Timing
from orchflow_jupyter.settings import DocumentsSettings


class Clock(asyncio.AbstractEventLoop):
    """A loop whose time goes only where the test says."""

    def __init__(self):
        self.now = 0.0
        self.timers = []

    def time(self):
        return self.now

    def call_at(self, when, callback):  # type: ignore[override]
        timer = asyncio.TimerHandle(when, callback, (), self)
        self.timers.append(timer)
        return timer

    def get_debug(self):
        return False

    def _timer_handle_cancelled(self, handle):
        self.timers.remove(handle)

    def until(self, now):
        while due := [timer for timer in self.timers if timer.when() <= now]:
            first = min(due, key=lambda timer: timer.when())
            self.timers.remove(first)
            self.now = first.when()
            first._run()
        self.now = now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(asyncio, "get_running_loop", lambda: clock)
    return clock


@pytest.fixture
def dues(clock):
    return []


@pytest.fixture
def timing(clock, dues):
    return Timing(DocumentsSettings(), lambda: dues.append(clock.now))


def test_a_save_is_due_a_second_after_the_last_edit(clock, timing, dues):
    for now in (0.0, 0.5, 0.9):
        clock.until(now)
        timing.edited()
    clock.until(100)
    assert dues == [1.9]


def test_and_at_most_five_after_the_first_however_steadily_one_types(clock, timing, dues):
    known = 0
    for tenth in range(100):
        clock.until(tenth / 10)
        if len(dues) > known:
            known = len(dues)
            timing.taken()
            timing.saved()
        timing.edited()
    clock.until(100)
    assert dues == [5.0, 10.0]


def test_after_failures_it_is_tried_again_ever_later_and_at_once_when_it_is_saved(clock, timing, dues):
    timing.edited()
    for _ in range(8):
        while not dues:
            clock.until(clock.now + 1)
        timing.taken()
        timing.failed()
        dues.clear()
        began = clock.now
    while not dues:
        clock.until(clock.now + 1)
    assert dues[0] - began == pytest.approx(DocumentsSettings().save_retry, abs=2)
    timing.saved()
    dues.clear()
    timing.edited()
    clock.until(clock.now + 1)
    assert len(dues) == 1


def test_what_may_be_over_is_tried_again_soon_however_often_it_has_failed(clock, timing, dues):
    timing.edited()
    for _ in range(9):
        timing.taken()
        timing.failed()
    clock.until(100.0)
    timing.taken()
    timing.failed()
    dues.clear()
    timing.again()
    clock.until(101.0)
    assert dues == [101.0]


def test_while_another_writes_the_file_a_save_waits_but_not_for_ever(clock, timing, dues):
    timing.edited()
    for tenth in range(1, 30):
        clock.until(tenth / 10)
        timing.disturbed()
    clock.until(20)
    assert dues == [pytest.approx(3.9)]
    timing.taken()
    timing.edited()
    for tenth in range(201, 400):
        clock.until(tenth / 10)
        timing.disturbed()
    assert dues[1:] == [pytest.approx(31, abs=0.2)]


def test_what_was_stopped_is_not_due(clock, timing, dues):
    timing.edited()
    timing.stop()
    clock.until(100)
    assert dues == []
