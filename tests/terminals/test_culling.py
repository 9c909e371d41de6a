"""Culling, with programs that a test plays, on a clock that only the test moves."""

from orchflow_jupyter.settings import EngineSettings
from orchflow_jupyter.terminals.culling import Culling
from tests.support.loops import FakeLoop
from tests.support.sessions import Played

HOUR = 3600.0


class Culled:
    """Shells and what culls them; a context manager."""

    def __init__(self, count=1, **settings):
        self.loop = FakeLoop()
        self.played = [Played(command=["bash"], loop=self.loop) for _ in range(count)]
        self.settings = EngineSettings(**{"cull_idle_timeout": HOUR} | settings)
        self.culling = Culling(self.loop, self.settings, lambda: [it.session for it in self.played])
        self.culling.born()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for it in self.played:
            it.__exit__()

    @property
    def hung_up(self):
        """Which of them were culled, and end as they are told."""
        for it in self.played:
            if it.pty.hung_up and it.session.exit is None:
                it.pty.end()
        return [it.pty.hung_up for it in self.played]


def test_nothing_is_culled_and_no_timer_runs_unless_asked_for():
    with Culled(cull_idle_timeout=0) as all_of:
        assert all_of.loop.timers == []


def test_idle_terminal_is_culled_when_it_is_due_and_not_before():
    with Culled() as all_of:
        all_of.loop.pass_time(HOUR - 1)
        assert all_of.hung_up == [0]
        all_of.loop.pass_time(1)
        assert all_of.hung_up == [1]
        assert all_of.loop.timers == []


def test_one_timer_runs_for_all_and_rings_when_the_next_is_due():
    with Culled(3) as all_of:
        all_of.loop.pass_time(100)
        all_of.played[1].session.feed(b"x")
        all_of.loop.pass_time(100)
        all_of.played[2].session.feed(b"x")
        assert len(all_of.loop.timers) == 1
        all_of.loop.pass_time(HOUR - 200)
        assert all_of.hung_up == [1, 0, 0]
        assert [timer.when for timer in all_of.loop.timers] == [HOUR + 100]
        all_of.loop.pass_time(100)
        assert all_of.hung_up == [1, 1, 0]
        all_of.loop.pass_time(100)
        assert all_of.hung_up == [1, 1, 1]


def test_connected_terminal_is_spared_and_its_time_begins_when_the_last_client_has_gone():
    with Culled(cull_interval=60) as all_of:
        it = all_of.played[0]
        listener = it.attach()
        all_of.loop.pass_time(3 * HOUR)
        it.session.detach(listener)
        all_of.loop.pass_time(HOUR - 61)
        assert all_of.hung_up == [0]
        all_of.loop.pass_time(61)
        assert all_of.hung_up == [1]


def test_shell_that_runs_something_is_spared_and_its_time_begins_at_the_end_of_that():
    with Culled(cull_interval=60) as all_of:
        it = all_of.played[0]
        it.pty.runs = True
        all_of.loop.pass_time(3 * HOUR)
        it.pty.runs = False
        all_of.loop.pass_time(HOUR - 61)
        assert all_of.hung_up == [0]
        all_of.loop.pass_time(61)
        assert all_of.hung_up == [1]


def test_connected_and_busy_terminals_are_culled_where_that_is_set():
    with Culled(cull_connected=True, cull_busy=True) as all_of:
        all_of.played[0].attach()
        all_of.played[0].pty.runs = True
        all_of.loop.pass_time(HOUR)
        assert all_of.hung_up == [1]


def test_client_is_told_why_it_was_culled():
    with Culled(cull_connected=True) as all_of:
        all_of.loop.pass_time(HOUR)
        assert all_of.hung_up == [1]
        model = all_of.played[0].session.model()
        assert model["exit"]["reason"] == "culled: nothing happened in it for 3600 s (OrchFlow.cull_idle_timeout)"


def test_terminal_that_was_culled_already_is_not_culled_again():
    with Culled(2) as all_of:
        all_of.loop.pass_time(100)
        all_of.played[1].session.feed(b"x")
        all_of.loop.pass_time(HOUR)
        assert [it.pty.hung_up for it in all_of.played] == [1, 1]
        assert all_of.loop.timers != []  # the kills of those that ignore it, and no look


def test_after_all_have_gone_a_new_one_is_looked_after():
    with Culled() as all_of:
        all_of.loop.pass_time(HOUR)
        assert all_of.hung_up == [1]
        all_of.played.append(Played(command=["bash"], loop=all_of.loop))
        all_of.culling.born()
        all_of.loop.pass_time(HOUR)
        assert all_of.hung_up == [1, 1]
