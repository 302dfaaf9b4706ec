"""The table from outcome to disposition."""

from collections.abc import Callable
from functools import partial

import pytest

from sqsd_core.outcome import Failed, Interrupted, Outcome, Retained, RetryLater, Succeeded, Unavailable
from sqsd_core.policy.settlement import Delete, Disposition, Hide, Leave, RetryPolicy, decide

RETRY = RetryPolicy(base=2.0, maximum=900.0)


def settle(outcome: Outcome, *, receive_count: int = 1, held: float = 0.0, random: float = 0.5) -> Disposition:
    return decide(outcome, receive_count=receive_count, held=held, retry=RETRY, random=random)


def test_success_deletes() -> None:
    assert settle(Succeeded()) == Delete()


def test_retained_is_left_alone() -> None:
    assert settle(Retained()) == Leave()


@pytest.mark.parametrize("outcome", [Failed("status 500"), Unavailable("connection refused")])
def test_a_first_failure_hides_for_the_base(outcome: Outcome) -> None:
    assert settle(outcome) == Hide(2.0)


@pytest.mark.parametrize("outcome", [Failed("status 500"), Unavailable("connection refused")])
def test_later_failures_back_off_by_receive_count(outcome: Outcome) -> None:
    assert settle(outcome, receive_count=3, random=1.0) == Hide(8.0)
    assert settle(outcome, receive_count=3, random=0.0) == Hide(2.0)
    assert settle(outcome, receive_count=1_000, random=1.0) == Hide(900.0)


def test_retry_later_hides_for_what_it_asks() -> None:
    assert settle(RetryLater(33.0), receive_count=9) == Hide(33.0)


def test_an_unavailable_worker_is_given_the_time_it_asks_for() -> None:
    assert settle(Unavailable("status 503", after=33.0), receive_count=9) == Hide(33.0)


def test_an_interrupted_exchange_is_visible_at_once() -> None:
    assert settle(Interrupted("dropped"), receive_count=9) == Hide(0.0)


@pytest.mark.parametrize("after", [-5.0, 0.0, 0.5, 1.9])
@pytest.mark.parametrize("of", [RetryLater, partial(Unavailable, "status 503")])
def test_no_pause_that_is_asked_for_is_shorter_than_the_first_back_off(
    of: Callable[..., Outcome], after: float
) -> None:
    assert settle(of(after=after)) == Hide(2.0)


def test_no_pause_that_is_asked_for_is_shorter_than_a_second() -> None:
    at_once = RetryPolicy(base=0.0, maximum=0.0)
    decided = decide(RetryLater(0.0), receive_count=1, held=0.0, retry=at_once, random=0.5)
    assert decided == Hide(1.0)


def test_no_hiding_reaches_past_twelve_hours_from_the_receive() -> None:
    assert settle(RetryLater(43_200.0), held=3_200.0) == Hide(39_990.0)
    assert settle(RetryLater(60.0), held=50_000.0) == Hide(0.0)
