"""The life of a message: how it stands, why it failed, and what several daemons know together."""

from dataclasses import replace

import pytest

from sqsd_core.message import MessageId
from sqsd_core.policy.life import Event, Kind, Life, Standing, merged

FAILED = Event(kind=Kind.INVOKED, at=2.0, outcome="Failed", reason="status 500", again=2.0)
SUCCEEDED = Event(kind=Kind.INVOKED, at=9.0, outcome="Succeeded")


def life(*events: Event, **fields: object) -> Life:
    return replace(Life(message_id=MessageId("m"), events=events), **fields)  # type: ignore[arg-type]  # of the test's


def of(kind: Kind, at: float = 1.0) -> Event:
    return Event(kind=kind, at=at)


@pytest.mark.parametrize(
    ("event", "standing"),
    [
        (of(Kind.RECEIVED), Standing.WAITING),
        (of(Kind.STARTED), Standing.RUNNING),
        (FAILED, Standing.RETRYING),
        (replace(FAILED, last=True), Standing.DEAD),
        (SUCCEEDED, Standing.DELETING),
        (of(Kind.RELEASED), Standing.RETRYING),
        (of(Kind.UNDELETED), Standing.RETRYING),
        (of(Kind.HELD_ELSEWHERE), Standing.ELSEWHERE),
        (of(Kind.DELETED), Standing.DELETED),
    ],
)
def test_the_last_event_says_how_the_message_stands(event: Event, standing: Standing) -> None:
    assert life(of(Kind.RECEIVED, 0.0), event).standing is standing


def test_a_duplicate_changes_nothing() -> None:
    assert life(of(Kind.RECEIVED), of(Kind.STARTED), of(Kind.DUPLICATE)).standing is Standing.RUNNING


def test_a_message_of_which_only_a_duplicate_came_is_elsewhere() -> None:
    assert life(of(Kind.DUPLICATE)).standing is Standing.ELSEWHERE


def test_the_cause_is_the_reason_of_the_last_failure() -> None:
    later = replace(FAILED, at=5.0, reason="time limit of 60 s")
    assert life(FAILED, later, SUCCEEDED).cause == "time limit of 60 s"
    assert life(SUCCEEDED).cause == ""


def test_what_several_daemons_know_is_put_in_the_order_of_time() -> None:
    here = life(of(Kind.RECEIVED, 1.0), FAILED, forgotten=1)
    there = life(of(Kind.RECEIVED, 4.0), SUCCEEDED, dead_letter_queue="dead")

    together = merged([there, here])

    assert [event.at for event in together.events] == [1.0, 2.0, 4.0, 9.0]
    assert (together.dead_letter_queue, together.forgotten) == ("dead", 1)
