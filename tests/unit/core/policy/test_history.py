"""What a query matches, and how failures are counted by cause."""

import pytest

from sqsd_core.message import MessageId
from sqsd_core.policy.history import SAMPLES, Query, Tally
from sqsd_core.policy.life import Event, Kind, Life


def failed(message_id: str, *, at: float = 1.0, reason: str = "status 500", last: bool = False) -> Life:
    event = Event(kind=Kind.INVOKED, at=at, duration=0.5, outcome="Failed", reason=reason, again=2.0, last=last)
    return Life(message_id=MessageId(message_id), queue="orders", events=[event])


def done(life: Life, *, at: float = 9.0) -> Life:
    events = [*life.events, Event(kind=Kind.DELETED, at=at)]
    return Life(message_id=life.message_id, queue=life.queue, events=events)


FINE = done(Life(message_id=MessageId("f1"), queue="orders"))


@pytest.mark.parametrize(
    ("query", "matches"),
    [
        (Query(), True),
        (Query(message_id="7c"), True),
        (Query(message_id="c1"), False),
        (Query(queue="orders"), True),
        (Query(queue="mails"), False),
        (Query(failed=True), True),
        (Query(cause="status 500"), True),
        (Query(cause="status 50"), False),
        (Query(dead=True), False),
    ],
)
def test_all_conditions_of_a_query_must_hold(query: Query, matches: bool) -> None:
    assert query.matches(failed("7c1e")) is matches


def test_a_dead_letter_is_one_that_had_its_last_try() -> None:
    assert Query(dead=True).matches(failed("7c1e", last=True))


def test_a_message_that_never_failed_is_no_failure() -> None:
    assert Query().matches(FINE)
    assert not Query(failed=True).matches(FINE)


def test_failures_are_counted_by_cause_the_most_frequent_first() -> None:
    tally = Tally()
    for life in (
        failed("a", reason="time limit of 60 s"),
        failed("b", at=5.0, last=True),
        done(failed("c", at=3.0)),
        FINE,
    ):
        tally.add(life)

    first, second = tally.causes

    assert (first.reason, first.messages, first.dead, first.recovered) == ("status 500", 2, 1, 1)
    assert (first.latest, list(first.samples)) == (5.5, ["b", "c"])
    assert (second.reason, second.messages) == ("time limit of 60 s", 1)


def test_a_cause_names_a_few_of_its_messages() -> None:
    tally = Tally()
    for number in range(10):
        tally.add(failed(f"m{number}"))

    (cause,) = tally.causes

    assert cause.messages == 10
    assert list(cause.samples) == ["m0", "m1", "m2"][:SAMPLES]
