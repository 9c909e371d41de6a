"""The token bucket of a client, on a clock that only the test moves."""

from hypothesis import given
from hypothesis import strategies as st

from orchflow_jupyter.engine.input_rate import InputRate
from orchflow_jupyter.settings import EngineSettings

SECOND = st.floats(0, 3, allow_nan=False)


def test_a_seconds_worth_may_come_at_once_and_what_is_beyond_it_waits():
    left = InputRate(1000, 0, 0.0)
    left.bytes -= 1000
    assert left.bytes == 0
    left.bytes -= 500
    assert left.wait(0.0) == 0.5
    assert left.wait(0.5) == 0.0


def test_messages_are_counted_beside_bytes_and_the_longer_wait_holds():
    left = InputRate(1000, 10, 0.0)
    left.bytes -= 1100
    left.messages -= 15
    assert left.wait(0.0) == 0.5


def test_no_limit_never_waits():
    left = InputRate(0, 0, 0.0)
    left.bytes -= 1 << 60
    left.messages -= 1 << 60
    assert left.wait(0.0) == 0.0
    assert left.bytes > 0


@given(st.lists(st.tuples(SECOND, st.integers(0, 5000)), max_size=30))
def test_over_any_time_no_more_comes_than_the_rate_and_its_bursts(sent):
    rate, now, total = 1000, 0.0, 0
    left = InputRate(rate, 0, now)
    for pause, size in sent:
        now += pause
        left.bytes -= size
        total += size
        if left.bytes < 0:
            now += left.wait(now)
        assert total <= rate * (now + 2) + 1e-6


def test_defaults_let_a_paste_and_a_flood_of_keys_through_without_a_wait():
    settings = EngineSettings()
    left = InputRate(settings.input_rate, settings.message_rate, 0.0)
    left.bytes -= 10_000_000 + 300_000
    left.messages -= 160 + 100_000
    assert left.bytes > 0
    assert left.messages > 0
