"""Ten tabs on one terminal, of which some come late, some go and come back, and some read slowly."""

import random

from tests.support.engine import raw

TABS = 10
LINES = 60_000
LAST = 200_000
"""Bytes at the end that every tab has, however slow it was."""


def test_ten_tabs_have_the_same_bytes_wherever_they_came_in(engine):
    work = f"read go; seq -f '%.0f some words of a line' {LINES}; printf 'done'"
    terminal = engine.create(raw(work))
    chance = random.Random(10)
    first = engine.attach(terminal)
    first.text(b"ready;")
    tabs = [engine.attach(terminal, attachment=f"tab-{number}") for number in range(TABS // 2)]
    first.type(b"\n")
    for number in range(TABS // 2, TABS):
        first.until(lambda number=number: first.end > number * 100_000, "some output")
        tabs.append(engine.attach(terminal, attachment=f"tab-{number}"))
        for tab in chance.sample(tabs, 2):
            tab.step(0.01)
        gone = chance.choice(tabs)
        gone.close()
        tabs[tabs.index(gone)] = engine.attach(terminal, attachment=f"again-{number}", since=gone.end)
    first.until(lambda: first.exit, "the end")
    for tab in tabs:
        tab.until(lambda tab=tab: tab.exit, "the end")
        assert tab.end == first.end
        assert tab.exit == first.exit == {"code": 0, "signal": None}
        shared = min(len(tab.output), len(first.output))
        assert shared >= LAST
        assert tab.output[-shared:] == first.output[-shared:]
