"""The token bucket of a client, on a clock that only the test moves."""

from hypothesis import given
from hypothesis import strategies as st

from orchflow_jupyter.engine.input_rate import MESSAGE, InputRate
from orchflow_jupyter.settings import EngineSettings

SECOND = st.floats(0, 3, allow_nan=False)


def test_a_seconds_worth_may_come_at_once_and_what_is_beyond_it_waits():
    rate = InputRate(1000, 0.0)
    left = rate.filled(rate.full - 1500, 0.0)
    assert rate.wait(left) == 0.5
    left = rate.filled(left, 0.5)
    assert (left, rate.wait(left)) == (0, 0)


def test_no_more_is_left_than_a_seconds_worth_however_long_nothing_came():
    rate = InputRate(1000, 0.0)
    assert rate.filled(-1, 1e6) == 1000


def test_no_limit_never_waits():
    rate = InputRate(0, 0.0)
    left = rate.full - (1 << 60)
    assert left > 0
    assert rate.wait(left) == 0.0


@given(st.lists(st.tuples(SECOND, st.integers(0, 5000)), max_size=30))
def test_over_any_time_no_more_comes_than_the_rate_and_its_bursts(sent):
    now, total, rate = 0.0, 0, InputRate(1000, 0.0)
    left = rate.full
    for pause, size in sent:
        now += pause
        left -= size
        total += size
        if left < 0:
            left = rate.filled(left, now)
            now += rate.wait(left)
        assert total <= 1000 * (now + 2) + 1e-6


def test_the_default_lets_a_paste_and_a_flood_of_keys_through_without_a_wait():
    left = InputRate(EngineSettings().input_rate, 0.0).full
    left -= 10_000_000 + 160 * MESSAGE
    left -= 100_000 * (3 + MESSAGE)
    assert left > 0
