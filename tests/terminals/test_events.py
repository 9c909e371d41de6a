"""Events by number and by offset; the oldest are forgotten, and their numbers never change."""

from orchflow_jupyter.terminals.events import KEPT, Events


def test_events_lie_where_they_happened():
    events = Events()
    for offset in (5, 5, 9):
        events.add(offset, {"kind": f"at {offset}"})
    assert [events.since(offset) for offset in (0, 5, 6, 9, 10)] == [0, 0, 2, 2, 3]
    assert [events.offset_of(number) for number in range(4)] == [5, 5, 9, None]
    following, at, event = events.take(2)
    assert (following, event) == (3, {"kind": "at 9"})
    assert at > 0


def test_the_oldest_are_forgotten_and_who_wanted_them_goes_on_with_what_is_left():
    events = Events()
    for offset in range(KEPT + 1):
        events.add(offset, {"offset": offset})
    assert events.offset_of(0) == KEPT // 2
    following, _, event = events.take(0)
    assert (following, event) == (KEPT // 2 + 1, {"offset": KEPT // 2})
    assert events.offset_of(KEPT + 1) is None
