"""What terminals have done."""

from math import inf
from types import SimpleNamespace

from orchflow_jupyter.terminals.tally import Tally, Totals


def test_an_echo_is_timed_from_the_first_key_that_waits_for_it():
    tally = Tally()
    tally.typed(100.0)
    tally.typed(100.2)
    tally.answered(100.5)
    assert (tally.echo.count, tally.echo.sum) == (1, 0.5)
    assert tally.typed_at == -inf


def test_a_key_that_was_not_answered_for_long_gives_way_to_the_next():
    tally = Tally()
    tally.typed(100.0)
    tally.typed(107.0)
    tally.answered(107.25)
    assert tally.echo.sum == 0.25


def test_a_terminal_in_which_nobody_types_has_no_histogram():
    assert Tally().echo is None


def session(inputs, size):
    tally = Tally()
    tally.inputs = inputs
    tally.typed(1.0)
    tally.answered(1.5)
    return SimpleNamespace(
        tally=tally,
        input=SimpleNamespace(taken=size),
        ring=SimpleNamespace(end=10 * size),
        gaps=1,
        snapshots=2,
    )


def test_totals_are_the_sums_of_terminals_and_of_other_totals():
    past, totals = Totals(), Totals()
    past.add(session(3, 30))
    totals.merge(past)
    totals.add(session(4, 40))
    assert (totals.inputs, totals.bytes_in, totals.bytes_out, totals.gaps, totals.snapshots) == (7, 70, 700, 2, 4)
    assert (totals.echo.count, totals.echo.sum) == (2, 1.0)
    assert past.inputs == 3
