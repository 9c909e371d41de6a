"""The rule of gathering, told the time."""

from hypothesis import given
from hypothesis import strategies as st

from orchflow_jupyter.settings import BatchSettings
from orchflow_jupyter.terminals.batching import BULK, FIRST_WAIT, PER_INPUT, QUICK, REFILL, Batching

SETTINGS = BatchSettings()

events = st.lists(
    st.tuples(st.integers(1, 100_000), st.floats(0, 0.1), st.booleans()),
    max_size=200,
)


def exhausted(settings=SETTINGS, now=1.0):
    batching = Batching(settings)
    batching.wait_after(1, now)
    for _ in range(int(QUICK)):
        batching.wait_after(1, now)
    return batching


@given(events)
def test_wait_is_never_negative_and_never_more_than_the_limit(events):
    batching, now = Batching(SETTINGS), 0.0
    for size, passed, typed in events:
        now += passed
        if typed:
            batching.typed()
        assert 0 <= batching.wait_after(size, now) <= SETTINGS.max_wait


@given(events)
def test_output_after_a_quiet_spell_goes_at_once_whatever_came_before(events):
    batching, now = Batching(SETTINGS), 0.0
    for size, passed, _ in events:
        now += passed
        batching.wait_after(size, now)
    assert batching.wait_after(1, now + QUICK / REFILL + 0.001) == 0


def test_first_messages_are_free_and_then_the_wait_doubles_up_to_its_limit():
    batching = Batching(SETTINGS)
    waits = [batching.wait_after(100, 10.0) for _ in range(50)]
    paid = [wait for wait in waits if wait]
    assert waits[: int(QUICK)] == [0] * int(QUICK)
    assert paid[:3] == [FIRST_WAIT, 2 * FIRST_WAIT, 4 * FIRST_WAIT]
    assert paid[-1] == SETTINGS.max_wait


def test_answer_to_a_key_is_free_even_under_load():
    batching = exhausted()
    assert batching.wait_after(1, 1.0) > 0
    batching.typed()
    assert [batching.wait_after(1, 1.0) for _ in range(int(PER_INPUT))] == [0] * int(PER_INPUT)
    assert batching.wait_after(1, 1.0) > 0


def test_wait_begins_anew_after_a_calm():
    batching = exhausted()
    for _ in range(10):
        batching.wait_after(1, 1.0)
    for _ in range(int(QUICK) + 1):
        last = batching.wait_after(1, 2.0)
    assert last == FIRST_WAIT


def test_bulk_is_never_waited_after():
    batching = exhausted()
    assert [batching.wait_after(BULK, 1.0) for _ in range(100)] == [0] * 100
    assert batching.wait_after(BULK - 1, 1.0) > 0


def test_wait_that_does_not_adapt_is_always_the_limit():
    batching = exhausted(BatchSettings(adaptive=False, max_wait=0.02))
    assert [batching.wait_after(1, 1.0) for _ in range(3)] == [0.02] * 3


def test_no_wait_at_all_can_be_had():
    batching = exhausted(BatchSettings(max_wait=0))
    assert batching.wait_after(1, 1.0) == 0
