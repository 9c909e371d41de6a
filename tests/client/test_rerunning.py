"""Doing one thing again: one run at a time, and never one too few."""

import threading

import pytest

from orchflow_jupyter.client.rerunning import Outcome, Rerunning
from tests.support.waiting import GENEROUS, eventually


class Work:
    """A run that goes on until it is let go or not wanted any more, and what was told of it."""

    def __init__(self, *, restart=False):
        self.begun = 0
        self.most = 0
        self.outcome = Outcome(True)
        self.told = []
        self.gate = threading.Semaphore(0)
        self._now = 0
        self.reruns = Rerunning("command", "it", self._perform, self.told.append, restart=restart)

    def _perform(self, wanted):
        self.begun += 1
        self._now += 1
        self.most = max(self.most, self._now)
        try:
            while wanted():
                if self.gate.acquire(timeout=0.01):
                    if isinstance(self.outcome, Exception):
                        raise self.outcome
                    return self.outcome
            return Outcome(False, "it was ended")
        finally:
            self._now -= 1

    @property
    def state(self):
        return self.reruns.progress.state

    def runs(self, times):
        eventually(lambda: self.begun == times, f"run {times}")

    def ends(self, *states):
        eventually(lambda: self.state in states, f"an end, not {self.state}")


@pytest.fixture
def work():
    made = []

    def make(**options):
        made.append(Work(**options))
        return made[-1]

    yield make
    for one in made:
        one.gate.release(100)
        one.reruns.close(GENEROUS)


def test_what_changes_during_a_run_makes_one_more_run(work):
    one = work()
    one.reruns.changed(["a"])
    one.runs(1)
    for path in ("b", "c", "b"):
        one.reruns.changed([path])
    assert one.reruns.progress.queued
    one.gate.release()
    one.runs(2)
    progress = one.reruns.progress
    assert (progress.after, progress.others, progress.queued) == ("b", 1, False)
    one.gate.release()
    one.ends("passed")
    assert (one.begun, one.most, one.reruns.progress.runs) == (2, 1, 2)


def test_with_restart_a_run_ends_when_something_changes(work):
    one = work(restart=True)
    one.reruns.changed(["a"])
    one.runs(1)
    one.reruns.changed(["b"])
    one.runs(2)
    one.gate.release()
    one.ends("passed")
    assert one.most == 1


def test_how_a_run_failed_is_told_and_the_next_may_pass(work):
    one = work()
    one.outcome = Outcome(False, "exit code 1", "t1")
    one.gate.release()
    one.reruns.changed(["a"])
    one.ends("failed")
    assert (one.reruns.progress.how, one.reruns.progress.terminal) == ("exit code 1", "t1")
    one.outcome = ValueError("no engine")
    one.gate.release()
    one.reruns.changed(["a"])
    eventually(lambda: one.reruns.progress.how == "no engine", "the error")
    one.outcome = Outcome(True)
    one.gate.release()
    one.reruns.changed([])
    one.ends("passed")


def test_stopped_it_ends_its_run_and_makes_no_other_until_it_is_started(work):
    one = work()
    one.reruns.changed(["a"])
    one.runs(1)
    one.reruns.stop()
    one.ends("stopped")
    one.reruns.changed(["b"])
    assert one.reruns.progress.state == "stopped"
    one.gate.release()
    one.reruns.start()
    one.runs(2)
    one.ends("passed")


def test_closed_it_runs_no_more(work):
    one = work()
    one.reruns.close(GENEROUS)
    one.reruns.changed(["a"])
    one.reruns.start()
    assert not one.reruns._thread.is_alive()
    assert one.begun == 0


def test_progress_is_told_as_json_with_all_that_the_page_reads(work):
    assert work().reruns.progress.model() == {
        "kind": "command",
        "name": "it",
        "state": "waiting",
        "how": "",
        "duration": None,
        "after": "",
        "others": 0,
        "runs": 0,
        "queued": False,
        "terminal": "",
    }
