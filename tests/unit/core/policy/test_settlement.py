"""The table from outcome to disposition."""

import pytest

from sqsd_core.outcome import Failed, Outcome, Retained, RetryLater, Succeeded, Unavailable
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


def test_a_negative_request_is_visible_at_once() -> None:
    assert settle(RetryLater(-5.0)) == Hide(0.0)


def test_no_hiding_reaches_past_twelve_hours_from_the_receive() -> None:
    assert settle(RetryLater(43_200.0), held=3_200.0) == Hide(39_990.0)
    assert settle(RetryLater(60.0), held=50_000.0) == Hide(0.0)
