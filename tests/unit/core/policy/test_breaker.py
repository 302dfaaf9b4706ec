"""Each cell of the breaker's table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqsd_core.policy.breaker import Breaker, BreakerSettings, IllegalTransition, State

SETTINGS = BreakerSettings(failures=3, cooldown=1.0, cooldown_max=30.0)


def closed() -> Breaker:
    return Breaker(settings=SETTINGS)


def opened(*, now: float = 10.0) -> Breaker:
    breaker = closed()
    for _ in range(SETTINGS.failures):
        breaker = breaker.unavailable("refused", now=now, random=1.0)
    return breaker


def probing() -> Breaker:
    return opened().cooled_down(now=11.0)


def trial() -> Breaker:
    return probing().reachable(now=11.5)


def test_closed_counts_and_the_last_failure_opens() -> None:
    breaker = closed().unavailable("refused", now=1.0, random=1.0).unavailable("refused", now=2.0, random=1.0)

    assert (breaker.state, breaker.failures) == (State.CLOSED, 2)
    breaker = breaker.unavailable("refused", now=3.0, random=1.0)
    assert (breaker.state, breaker.since, breaker.until, breaker.reason) == (State.OPEN, 3.0, 4.0, "refused")


def test_an_answer_in_between_starts_the_count_anew() -> None:
    breaker = closed().unavailable("refused", now=1.0, random=1.0).answered(now=1.5)

    assert breaker == closed()


@pytest.mark.parametrize("breaker", [opened(), probing()], ids=["open", "probing"])
def test_late_results_change_nothing_while_open_or_probing(breaker: Breaker) -> None:
    assert breaker.unavailable("late", now=99.0, random=0.0) == breaker
    assert breaker.answered(now=99.0) == breaker


def test_open_cools_down_to_probing() -> None:
    assert (probing().state, probing().since) == (State.PROBING, 11.0)


def test_a_reached_worker_is_given_a_trial() -> None:
    assert (trial().state, trial().since) == (State.TRIAL, 11.5)


def test_an_unreachable_worker_opens_for_twice_as_long() -> None:
    breaker = probing().unreachable(now=20.0, random=1.0)

    assert (breaker.state, breaker.until, breaker.reason) == (State.OPEN, 22.0, "refused")


def test_a_trial_that_fails_opens_for_twice_as_long() -> None:
    breaker = trial().unavailable("refused again", now=20.0, random=1.0)

    assert (breaker.state, breaker.until, breaker.reason) == (State.OPEN, 22.0, "refused again")


def test_a_trial_that_is_answered_closes_and_forgets() -> None:
    assert trial().answered(now=12.0) == Breaker(settings=SETTINGS, since=12.0)


@given(st.integers(0, 2_000), st.floats(0.0, 1.0, exclude_max=True))
def test_the_cool_down_stays_within_its_maximum(openings: int, random: float) -> None:
    breaker = Breaker(settings=SETTINGS, state=State.PROBING, openings=openings)

    cooldown = breaker.unreachable(now=0.0, random=random).until

    assert 0.75 * min(30.0, 2.0 ** min(openings, 10)) <= cooldown <= 30.0


@pytest.mark.parametrize("state", [State.CLOSED, State.PROBING, State.TRIAL])
def test_only_an_open_breaker_cools_down(state: State) -> None:
    with pytest.raises(IllegalTransition):
        Breaker(settings=SETTINGS, state=state).cooled_down(now=0.0)


@pytest.mark.parametrize("state", [State.CLOSED, State.OPEN, State.TRIAL])
def test_only_a_probing_breaker_hears_of_the_probe(state: State) -> None:
    breaker = Breaker(settings=SETTINGS, state=state)

    with pytest.raises(IllegalTransition):
        breaker.reachable(now=0.0)
    with pytest.raises(IllegalTransition):
        breaker.unreachable(now=0.0, random=0.0)
