"""Sizes settle: the first of a storm at once, then the last one."""

from orchflow_jupyter.terminals.settling import Settling
from tests.support.loops import FakeLoop


def changes(settle=0.05):
    loop, applied = FakeLoop(), []
    return (
        loop,
        applied,
        Settling(loop, settle, (80, 24), lambda *size: applied.append(size), lambda: applied.append("again")),
    )


def test_change_after_a_quiet_spell_is_applied_at_once():
    _, applied, settling = changes()
    settling.change(100, 30)
    assert applied == [(100, 30)]


def test_of_a_storm_the_first_and_the_last_are_applied():
    loop, applied, settling = changes()
    for cols in range(100, 200):
        settling.change(cols, 30)
    loop.pass_time(1.0)
    assert applied == [(100, 30), (199, 30)]


def test_size_that_it_has_is_no_change_and_calls_off_another_one():
    loop, applied, settling = changes()
    settling.change(80, 24)
    settling.change(100, 30)
    settling.change(120, 40)
    settling.change(100, 30)
    loop.pass_time(1.0)
    assert applied == [(100, 30)]
    assert loop.timers == []


def test_what_is_wanted_is_the_last_size_so_far_and_after_the_end_the_one_that_it_had():
    _, _, settling = changes()
    settling.change(100, 30)
    settling.change(120, 40)
    assert (settling.size, settling.wanted) == ((100, 30), (120, 40))
    settling.close()
    assert settling.wanted == (100, 30)


def test_after_the_end_nothing_is_applied():
    loop, applied, settling = changes()
    settling.change(100, 30)
    settling.change(120, 40)
    settling.close()
    settling.change(130, 50)
    loop.pass_time(1.0)
    assert applied == [(100, 30)]


def test_at_the_next_prompt_soon_after_a_change_the_program_is_told_again_once():
    loop, applied, settling = changes()
    settling.prompted()
    settling.change(100, 30)
    settling.prompted()
    settling.prompted()
    assert applied == [(100, 30), "again"]
    loop.pass_time(0.5)
    settling.change(120, 40)
    loop.pass_time(1.5)
    settling.prompted()
    assert applied == [(100, 30), "again", (120, 40)]
