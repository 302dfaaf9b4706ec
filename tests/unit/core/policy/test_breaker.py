"""Each cell of the breaker's table."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqsd_core.policy import breaker as module
from sqsd_core.policy.breaker import MAX_ASKED, TABLE, Breaker, BreakerSettings, Event, IllegalTransition, State
from tests.support.tables import cells

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


def test_a_check_that_reaches_the_worker_changes_nothing_and_one_that_does_not_opens_whatever_the_count() -> None:
    doubted = closed().unavailable("refused", now=1.0, random=1.0)

    assert doubted.reachable(now=2.0) == doubted
    opened = doubted.unreachable(now=2.0, random=1.0)
    assert (opened.state, opened.until, opened.reason) == (State.OPEN, 3.0, "refused")


def test_a_decisive_unavailable_opens_whatever_the_count() -> None:
    assert closed().unavailable("refused", now=1.0, random=1.0, decisive=True).state is State.OPEN


@pytest.mark.parametrize(("asked", "cooldown"), [(0.5, 1.0), (45.0, 45.0), (1e9, MAX_ASKED)])
def test_what_the_worker_asks_for_is_the_least_cool_down(asked: float, cooldown: float) -> None:
    breaker = closed().unavailable("status 503", now=0.0, random=1.0, after=asked)

    assert breaker.unreachable(now=10.0, random=1.0).until == 10.0 + cooldown
    assert trial().unavailable("status 503", now=10.0, random=0.0, after=45.0).until == 55.0


def test_an_answer_forgets_what_the_worker_asked_for() -> None:
    breaker = closed().unavailable("status 503", now=0.0, random=1.0, after=45.0).answered(now=1.0)

    assert breaker.unavailable("refused", now=2.0, random=1.0, decisive=True).until == 3.0


EVENTS: dict[Event, Callable[[Breaker], Breaker]] = {
    Event.UNAVAILABLE: lambda breaker: breaker.unavailable("x", now=5.0, random=0.5, decisive=True),
    Event.ANSWERED: lambda breaker: breaker.answered(now=5.0),
    Event.COOLED_DOWN: lambda breaker: breaker.cooled_down(now=5.0),
    Event.REACHABLE: lambda breaker: breaker.reachable(now=5.0),
    Event.UNREACHABLE: lambda breaker: breaker.unreachable(now=5.0, random=0.5),
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", Event)
def test_every_event_goes_where_the_table_says_or_raises(state: State, event: Event) -> None:
    breaker = Breaker(settings=SETTINGS, state=state, failures=1)

    if event in TABLE[state]:
        assert EVENTS[event](breaker).state is TABLE[state][event]
    else:
        with pytest.raises(IllegalTransition, match=f"{event.value} while the breaker is {state.value}"):
            EVENTS[event](breaker)


def test_the_table_on_top_of_the_module_is_the_one_that_runs() -> None:
    written = cells(module.__doc__)

    assert set(written) == {(state.name, event.value) for state in State for event in Event}
    for (state, event), cell in written.items():
        after = TABLE[State[state]].get(Event(event))
        assert after is _named_in(cell, State[state]), (state, event)


def _named_in(cell: str, before: State) -> State | None:
    if cell == "–":
        return None
    arrow = cell.partition("→ ")[2]
    return State[arrow.partition(",")[0]] if arrow else before
