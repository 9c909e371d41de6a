"""A listener: what it is given, in which order, and that it is never given more than its window."""

import json
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchflow_jupyter.protocol.terminal import Op
from orchflow_jupyter.settings import BatchSettings
from orchflow_jupyter.terminals import listener as listeners
from orchflow_jupyter.terminals import session as sessions
from orchflow_jupyter.terminals.emulator import emulator
from orchflow_jupyter.terminals.listener import AHEAD, LEAST
from orchflow_jupyter.terminals.sizes import KEPT
from tests.support.sessions import Played, pulled


@pytest.fixture(autouse=True)
def no_emulator(monkeypatch):
    """What holds where no snapshot can be made; `test_checkpoints.py` has what differs where one can."""
    monkeypatch.setattr(emulator, "there", False)


SMALL = {"ring_bytes": 1000, "window": 300, "slow_resume": 200}


def ops(messages):
    return [message.op for message in messages]


def output(messages):
    return b"".join(message.value for message in messages if message.op is Op.OUTPUT)


def test_hello_has_the_fields_of_its_vector():
    vectors = json.loads((Path(__file__).parents[1] / "vectors" / "terminal.json").read_text())
    (vector,) = [case["message"]["model"] for case in vectors["cases"] if case["name"] == "hello"]
    with Played() as it:
        assert pulled(it.attach())[0].value.keys() == vector.keys()


def test_hello_comes_first_and_then_the_output():
    with Played() as it:
        it.say(b"before")
        listener = it.attach(attachment="me")
        hello, first = pulled(listener)
        assert (hello.op, hello.sequence, hello.value["attachment"], hello.value["input"]) == (Op.HELLO, 0, "me", 0)
        assert hello.value["offset"] == 6
        assert (first.op, first.sequence, first.value) == (Op.OUTPUT, 0, b"before")
        it.say(b"after")
        assert listener.told[-1] == "wake"
        assert [(m.op, m.sequence, m.value) for m in pulled(listener)] == [(Op.OUTPUT, 6, b"after")]
        assert pulled(listener) == []


def test_long_output_comes_in_pieces():
    with Played() as it:
        it.write(b"x" * (3 * PIECE + 1))
        assert [len(m.value) for m in pulled(it.attach())[1:]] == [PIECE, PIECE, PIECE, 1]


def test_window_is_filled_and_never_overfilled():
    with Played(**SMALL) as it:
        it.write(b"x" * 900)
        listener = it.attach(since=0)
        assert len(output(pulled(listener))) == 300
        assert (listener.under_way, listener.has_room(), listener.can_take()) == (300, False, False)
        listener.acknowledge(120)
        assert listener.told[-1] == "wake"
        assert len(output(pulled(listener))) == 120
        listener.acknowledge(100)  # an old one
        assert pulled(listener) == []
        listener.acknowledge(10**9)  # what was never sent
        assert len(output(pulled(listener))) == 300


def test_window_is_at_most_half_the_ring():
    with Played(ring_bytes=1000, window=5000) as it:
        assert it.session.window == 500


def test_jammed_listener_takes_nothing_although_its_window_has_room():
    with Played() as it:
        listener = it.attach()
        assert listener.can_take()
        listener.jammed = True
        assert (listener.can_take(), listener.has_room()) == (False, True)


def test_listener_that_fell_behind_gets_a_gap_and_the_size_and_goes_on():
    with Played(**SMALL) as it:
        listener = it.attach()
        it.write(b"a" * 300)
        assert len(output(pulled(listener))) == 300
        it.resize(100, 30)
        it.write(b"b" * 5000)
        assert pulled(listener) == []
        listener.acknowledge(300)
        messages = pulled(listener)
        assert ops(messages) == [Op.GAP, Op.RESIZED, Op.OUTPUT]
        assert [m.sequence for m in messages] == [5100, 5100, 5100]
        assert messages[1].value == (100, 30)
        assert output(messages) == b"b" * 200
        assert it.session.gaps == 1


def test_listener_goes_on_at_the_start_of_a_line():
    with Played(**SMALL) as it:
        listener = it.attach()
        pulled(listener)
        it.write(b"0123456789\n" * 500)
        assert output(pulled(listener)).startswith(b"0123456789\n0")


def test_listener_that_fell_behind_twice_before_it_had_any_output_goes_on():
    with Played(**SMALL) as it:
        listener = it.attach()
        pulled(listener)
        it.write(b"a" * 5000)
        assert ops(pulled(listener, 1)) == [Op.GAP]
        it.write(b"b" * 5000)  # no output came between the gaps, so there is nothing to acknowledge
        assert output(pulled(listener)) == b"b" * 200
        assert listener.offset == 10_000


def test_listener_that_acknowledges_late_goes_on_after_one_gap_and_another():
    with Played(**SMALL) as it:
        listener = it.attach()
        it.write(b"a" * 100)
        pulled(listener)
        it.write(b"b" * 5000)
        assert len(output(pulled(listener))) == 200  # the window less what was there before the gap
        assert listener.under_way == 300
        listener.acknowledge(100)
        assert listener.under_way == 200
        it.write(b"c" * 5000)
        messages = pulled(listener)
        assert ops(messages) == [Op.GAP, Op.RESIZED, Op.OUTPUT]
        assert len(output(messages)) == 100
        listener.acknowledge(listener.offset)
        assert listener.under_way == 0
        assert len(output(pulled(listener))) == 100


def test_gap_comes_first_where_since_is_gone():
    with Played(**SMALL) as it:
        it.write(b"x" * 5000)
        messages = pulled(it.attach(since=5))
        assert ops(messages) == [Op.HELLO, Op.GAP, Op.OUTPUT]
        assert {m.sequence for m in messages} == {4000}


def test_no_gap_is_told_to_one_who_had_nothing():
    with Played(**SMALL) as it:
        it.write(b"x" * 5000)
        assert ops(pulled(it.attach())) == [Op.HELLO, Op.OUTPUT]


@pytest.mark.parametrize("since", [None, 7])
def test_offset_beyond_the_end_or_none_begins_with_what_is_held(since):
    with Played() as it:
        it.write(b"abcdef")
        assert output(pulled(it.attach(since=since))) == b"abcdef"


def test_offset_of_the_end_gets_only_what_comes():
    with Played() as it:
        it.write(b"abcdef")
        listener = it.attach(since=6)
        assert ops(pulled(listener)) == [Op.HELLO]
        it.write(b"ghi")
        assert output(pulled(listener)) == b"ghi"


def test_sizes_are_told_between_the_bytes_that_they_part():
    with Played() as it:
        it.write(b"eighty")
        it.resize(100, 30)
        it.write(b"hundred")
        it.resize(120, 40)
        messages = pulled(it.attach())
        assert [(m.op.name, m.value) for m in messages[1:]] == [
            ("RESIZED", (80, 24)),  # HELLO told the present one
            ("OUTPUT", b"eighty"),
            ("RESIZED", (100, 30)),
            ("OUTPUT", b"hundred"),
            ("RESIZED", (120, 40)),
        ]


def test_sizes_that_are_forgotten_are_not_told_over_and_over():
    with Played() as it:
        listener = it.attach()
        pulled(listener)
        for number in range(3 * KEPT):
            it.write(b".")
            it.resize(number % 2 + 1, 24)
        messages = pulled(listener)
        assert output(messages) == b"." * 3 * KEPT
        resized = [m.sequence for m in messages if m.op is Op.RESIZED]
        assert resized == sorted(set(resized))


def test_exit_comes_last_and_once_and_only_when_all_output_was_sent():
    with Played(**SMALL) as it:
        listener = it.attach()
        it.write(b"x" * 500)
        assert len(output(pulled(listener))) == 300
        it.pty.end(3 << 8)
        assert pulled(listener) == []
        listener.acknowledge(300)
        messages = pulled(listener)
        assert ops(messages) == [Op.OUTPUT, Op.EXIT]
        assert (messages[-1].sequence, messages[-1].value) == (500, {"code": 3, "signal": None})
        assert listener.finished
        assert pulled(listener) == []


PIECE = BatchSettings().max_bytes


class Client:
    """What a client knows: acknowledges as late as `lag` bytes, and checks all that it is told."""

    def __init__(self, listener, model, lag):
        self.listener, self.model, self.lag = listener, model, lag
        self.end = self.acked = 0
        self.sent = []  # offsets of the bytes that were sent and not acknowledged

    def take(self, count):
        for message in pulled(self.listener, count):
            if message.op in (Op.HELLO, Op.GAP):
                assert message.sequence >= self.end
                self.end = message.sequence
            elif message.op is Op.OUTPUT:
                assert message.sequence == self.end
                assert bytes(self.model[self.end : self.end + len(message.value)]) == message.value
                self.sent.append((self.end, len(message.value)))
                self.end += len(message.value)
            else:
                assert message.sequence == self.end
            assert self.under_way() <= 300

    def under_way(self):
        return sum(max(0, at + size - max(at, self.acked)) for at, size in self.sent)

    def acknowledge(self):
        if self.end - self.lag > self.acked:
            self.acked = self.end - self.lag
            self.sent = [(at, size) for at, size in self.sent if at + size > self.acked]
            self.listener.acknowledge(self.acked)


@settings(max_examples=200)
@given(st.randoms(use_true_random=False), st.sampled_from([0, 1, 50, 150, 250]), st.integers(1, 60))
def test_every_client_gets_exact_bytes_in_its_window_and_reaches_the_end(chance: random.Random, lag, steps):
    model = bytearray()
    with Played(**SMALL) as it:
        client = Client(it.attach(), model, lag)
        for _ in range(steps):
            what = chance.random()
            if what < 0.4:
                data = chance.randbytes(chance.choice([1, 10, 200, 900, 2500]))
                model += data
                it.write(data)
            elif what < 0.5:
                it.resize(chance.randrange(1, 5), 24)
            elif what < 0.8:
                client.take(chance.randrange(1, 5))
            else:
                client.acknowledge()
        for _ in range(400):  # it goes on, slowly, and nothing new comes
            client.take(3)
            client.acknowledge()
        assert client.end == len(model)


KIB64 = 64 * 1024


class Paced:
    """A client that does `rate` bytes a second by a clock of ours, and acknowledges every 64 KiB."""

    def __init__(self, monkeypatch, it, rate):
        self.now, self.rate, self.it = 1.0, rate, it
        for module in (listeners, sessions):
            monkeypatch.setattr(module, "perf_counter", lambda: self.now)
        self.listener = it.attach()
        pulled(self.listener)

    def flooded(self, size):
        """Output without end, of which this client does `size` bytes; the most that was read and not yet done."""
        most = 0
        while size > 0:
            while self.listener.can_take():
                self.it.write(b"x" * self.it.session.output.slice)
            most = max(most, self.it.session.ring.end - self.listener.acked)
            pulled(self.listener)
            self.now += KIB64 / self.rate
            self.listener.acknowledge(self.listener.acked + KIB64)
            size -= KIB64
        return most


def test_window_of_a_slow_client_follows_its_pace_and_what_is_read_ahead_too(monkeypatch):
    with Played() as it:
        client = Paced(monkeypatch, it, rate=4_000_000)
        assert client.listener.window == it.session.window
        client.flooded(2_000_000)
        assert client.listener.window == int(4_000_000 * 2 * AHEAD)
        assert client.flooded(1_000_000) < 2 * client.listener.window
        assert client.listener.under_way <= client.listener.window


def test_window_is_never_too_small_for_a_client_that_acknowledges_as_late_as_it_may(monkeypatch):
    with Played() as it:
        client = Paced(monkeypatch, it, rate=10_000)
        client.flooded(1_000_000)
        assert client.listener.window == LEAST >= KIB64 + it.session.piece


def test_window_of_a_client_that_has_become_fast_is_the_whole_one_again(monkeypatch):
    with Played() as it:
        client = Paced(monkeypatch, it, rate=1_000_000)
        client.flooded(1_000_000)
        assert client.listener.window < it.session.window
        client.rate = 100_000_000
        client.flooded(20_000_000)
        assert client.listener.window == it.session.window


def test_program_that_prints_little_does_not_narrow_the_window(monkeypatch):
    with Played() as it:
        client = Paced(monkeypatch, it, rate=1)
        for _ in range(10):
            it.say(b"a line\r\n")
            pulled(client.listener)
            client.now += 1.0
            client.listener.acknowledge(client.listener.offset)
        assert client.listener.window == it.session.window


def test_way_to_a_far_client_and_back_does_not_narrow_its_window(monkeypatch):
    windows = []
    for way in (0.001, 0.2):
        with Played() as it:
            client = Paced(monkeypatch, it, rate=2_000_000)
            it.say(b"a line\r\n")
            pulled(client.listener)
            client.now += way
            client.listener.acknowledge(client.listener.offset)
            client.flooded(1_000_000)
            windows.append(client.listener.window)
    assert windows == [LEAST, int(2_000_000 * (AHEAD + 0.2))]
