"""How long things take, counted in fixed buckets."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchflow_jupyter.terminals.histogram import BOUNDS, Histogram


def filled(times):
    histogram = Histogram()
    for seconds in times:
        histogram.add(seconds)
    return histogram


def test_the_buckets_grow_by_about_a_quarter_from_10_microseconds_to_10_seconds():
    assert (BOUNDS[0], BOUNDS[-1], len(BOUNDS)) == (1e-5, 10.0, 61)
    assert all(1.2 < upper / lower < 1.3 for lower, upper in pairwise(BOUNDS))


@pytest.mark.parametrize(("seconds", "bucket"), [(0.0, 0), (1e-5, 0), (1.1e-5, 1), (10.0, 60), (10.1, 61), (1e9, 61)])
def test_a_bound_belongs_to_its_bucket_and_what_is_longer_than_all_to_the_last(seconds, bucket):
    histogram = filled([seconds])
    assert histogram.counts.index(1) == bucket
    assert (histogram.count, histogram.sum) == (1, seconds)


WIDEST = max(upper / lower for lower, upper in pairwise(BOUNDS)) * (1 + 1e-9)


@given(st.lists(st.floats(1e-5, 10.0), min_size=1, max_size=200))
def test_a_quantile_is_within_a_bucket_of_the_true_one(times):
    told = filled(times).summary()
    for name, percent in (("p50", 50), ("p95", 95), ("p99", 99)):
        true = sorted(times)[-(-len(times) * percent // 100) - 1]
        assert true / WIDEST <= told[name] <= true * WIDEST


@given(st.lists(st.floats(0, 20.0), min_size=1, max_size=50))
def test_quantiles_are_in_order(times):
    told = filled(times).summary()
    assert told["p50"] <= told["p95"] <= told["p99"] <= BOUNDS[-1]


@given(st.lists(st.floats(0, 20.0), max_size=30), st.lists(st.floats(0, 20.0), max_size=30))
def test_merging_is_counting_both(some, others):
    both, merged = filled(some + others), filled(some)
    merged.merge(filled(others))
    assert merged.counts == both.counts
    assert merged.sum == pytest.approx(both.sum)


def test_of_nothing_there_is_no_quantile():
    assert Histogram().summary() == {"count": 0, "p50": None, "p95": None, "p99": None}
