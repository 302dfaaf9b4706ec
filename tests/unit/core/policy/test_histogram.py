"""Durations in buckets, and the percentiles that they allow."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqsd_core.policy.histogram import Histogram

BOUNDS = (0.1, 1.0, 10.0)


def histogram(*durations: float) -> Histogram:
    filled = Histogram(bounds=BOUNDS)
    for seconds in durations:
        filled.observe(seconds)
    return filled


def test_a_duration_is_counted_in_the_first_bucket_that_holds_it() -> None:
    assert histogram(0.0, 0.1, 0.11, 10.0, 11.0).counts == [2, 1, 1, 1]


@given(st.lists(st.one_of(st.floats(0.0, 20.0), st.sampled_from(BOUNDS))))
def test_many_durations_are_counted_as_one_after_the_other(durations: list[float]) -> None:
    at_once = Histogram(bounds=BOUNDS)
    at_once.observe_all(durations)
    one_by_one = histogram(*durations)
    assert at_once.counts == one_by_one.counts
    assert at_once.sum == pytest.approx(one_by_one.sum)


def test_of_many_durations_one_below_zero_counts_as_zero() -> None:
    filled = Histogram(bounds=BOUNDS)
    filled.observe_all([0.5, -3.0])
    assert (filled.counts, filled.sum) == ([1, 1, 0, 0], 0.5)


def test_buckets_are_shown_as_prometheus_counts_them() -> None:
    assert list(histogram(0.05, 0.5, 0.6, 100.0).cumulative) == [(0.1, 1), (1.0, 3), (10.0, 3), (inf, 4)]


def test_the_sum_and_the_count_are_those_of_all_durations() -> None:
    filled = histogram(0.5, 2.5, 20.0)
    assert (filled.sum, filled.count) == (23.0, 3)


def test_no_duration_has_no_percentile() -> None:
    assert histogram().quantile(0.5) is None


def test_a_percentile_is_interpolated_inside_its_bucket() -> None:
    # four durations in the bucket from 0.1 to 1: the median is in its middle
    assert histogram(0.2, 0.3, 0.4, 0.5).quantile(0.5) == pytest.approx(0.55)


def test_a_percentile_beyond_the_last_limit_is_that_limit() -> None:
    assert histogram(50.0, 60.0).quantile(0.99) == 10.0


def test_the_total_counts_the_durations_of_all() -> None:
    parts = [histogram(0.05, 5.0), histogram(5.0)]
    total = Histogram.total(parts, bounds=BOUNDS)
    assert total == histogram(0.05, 5.0, 5.0)
    total.observe(0.05)
    assert parts == [histogram(0.05, 5.0), histogram(5.0)]


@given(st.lists(st.floats(0.0, 20.0), min_size=1), st.floats(0.0, 1.0))
def test_a_percentile_lies_in_the_bucket_of_the_duration_that_it_estimates(
    durations: list[float], share: float
) -> None:
    filled = histogram(*durations)
    rank = max(1, -int(-share * len(durations) // 1))  # the duration that so many do not exceed
    exact = sorted(durations)[min(rank, len(durations)) - 1]
    bucket = next(index for index, bound in enumerate((*BOUNDS, inf)) if exact <= bound)
    estimate = filled.quantile(share)
    assert estimate is not None
    assert (0.0, *BOUNDS)[bucket] <= estimate <= (*BOUNDS, BOUNDS[-1])[bucket]
