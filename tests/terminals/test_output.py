"""Reading a program's output: while somebody can take it, in slices, with room left for others."""

import contextlib

from orchflow_jupyter.settings import BatchSettings, TerminalSettings
from orchflow_jupyter.terminals.output import LAST, POLITE_SLICE, TYPING, OutputReader, Pace
from orchflow_jupyter.terminals.ring import Ring
from tests.support.echo import EchoPty
from tests.support.loops import FakeLoop


class Reader:
    """An output reader, and everything around it."""

    def __init__(self, slice_bytes=1 << 18, **batch):
        self.loop, self.pty, self.ring, self.pace = FakeLoop(), EchoPty(), Ring(1 << 20), Pace()
        self.allowed, self.arrived = True, []
        settings = TerminalSettings(slice_bytes=slice_bytes, batch=BatchSettings(**batch))
        self.reader = OutputReader(
            self.loop,
            self.pty,
            self.ring,
            settings,
            self.pace,
            lambda: self.allowed,
            lambda: self.arrived.append(self.ring.end),
        )
        self.reader.update()

    @property
    def watching(self):
        return self.pty.fd in self.loop.readers

    def read(self):
        self.loop.readers[self.pty.fd]()


@contextlib.contextmanager
def reading(**batch):
    made = Reader(**batch)
    try:
        yield made
    finally:
        made.pty.close()
        made.ring.close()


def test_output_is_read_into_the_ring_and_told():
    with reading() as it:
        it.pty.say(b"hello")
        it.read()
        assert (it.ring.read(0, 100), it.arrived) == (b"hello", [5])
        assert it.watching


def test_nothing_is_read_while_it_is_not_allowed():
    with reading() as it:
        it.allowed = False
        it.reader.update()
        assert not it.watching
        it.allowed = True
        it.reader.update()
        assert it.watching


def test_reading_stops_after_the_slice_that_filled_the_last_listener():
    with reading() as it:
        it.pty.say(b"x" * 100)
        it.allowed = False
        it.read()
        assert not it.watching


def test_slice_is_bounded_so_that_others_have_their_turn():
    with reading(slice_bytes=10_000) as it:
        it.pty.say(b"x" * 60_000)
        it.read()
        assert it.ring.end == 10_000
        it.read()
        assert it.ring.end == 20_000


def test_spurious_wake_up_is_not_told():
    with reading() as it:
        it.read()
        assert it.arrived == []
        assert it.watching


def test_many_small_writes_are_gathered_and_go_on_when_the_wait_is_over():
    with reading() as it:
        told = 0
        while it.watching:
            it.pty.say(b".")
            it.read()
            told += 1
            assert told < 1000
        it.pty.say(b"gathered")
        it.pty.say(b" meanwhile")
        it.loop.pass_time(0.005)
        assert it.watching
        it.read()
        assert it.ring.read(told, 100) == b"gathered meanwhile"


def test_flood_is_read_politely_while_a_sibling_is_typed_in():
    with reading() as it:
        it.loop.now = 100.0
        it.pace.typed("a sibling", 100.0)
        it.pty.say(b"x" * 60_000)
        it.read()
        assert it.ring.end == POLITE_SLICE
        assert not it.watching
        it.loop.pass_time(0.002)
        assert it.watching
        it.loop.pass_time(TYPING)
        it.read()
        assert it.ring.end == 60_000


def test_flood_is_read_at_full_pace_while_it_is_typed_in_itself():
    with reading() as it:
        it.pace.typed(it.reader, 0.0)
        it.pty.say(b"x" * 60_000)
        it.read()
        assert it.ring.end == 60_000


def test_last_read_takes_all_and_nothing_is_watched_after_it():
    with reading(max_bytes=1000) as it:
        it.pty.say(b"x" * 60_000)
        it.reader.drain()
        assert it.ring.end == 60_000
        assert not it.watching
        it.reader.update()
        assert not it.watching


def test_end_while_it_waits_leaves_no_timer_behind():
    with reading() as it:
        while it.watching:
            it.pty.say(b".")
            it.read()
        it.reader.drain()
        assert it.loop.timers == []


def test_last_read_ends_although_somebody_writes_on_for_ever():
    with reading() as it:
        it.pty.read_into = lambda space, reads=1: len(space)
        it.reader.drain()
        assert LAST <= it.ring.end <= 2 * LAST
