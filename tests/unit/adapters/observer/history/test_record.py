"""A record as text and back, and what is none."""

import json

import pytest

from sqsd_adapters.observer.history.record import (
    HEAD,
    MAX_EVENTS,
    Garbled,
    Mark,
    Record,
    ended,
    life,
    parsed,
    shorten,
    text,
)
from sqsd_core.outcome import Failed, Retained
from sqsd_core.policy.life import Kind
from sqsd_core.ports.observer import Ending

RECORD: Record = [
    "orders",
    9,
    ("m", 1, 1.0, "group"),
    (Mark.RECEIVED, 2.0, 1, "host-7[21]"),
    ended(Failed("status 500"), Ending(0.5, 2.0, last=False, began=2.5)),
    (Mark.RELEASED, 6.0, "receiving has stopped"),
    (Mark.DUPLICATE, 7.0, 3, "host-7[21]"),
    (Mark.HELD_ELSEWHERE, 8.0, 4, "host-7[21]"),
    (Mark.SUCCEEDED, 9.0, 0.25),
    (Mark.UNDELETED, 10.0),
    (Mark.DELETED, 11.0),
]


def test_what_was_written_is_read_again() -> None:
    again = parsed(text(RECORD))
    assert life(again, queue="orders") == life(RECORD, queue="orders")
    assert text(again) == text(RECORD)


def test_each_event_has_its_fields() -> None:
    events = life(RECORD, queue="orders", dead_letter_queue="dead").events

    received, failed, released, duplicate, held, succeeded, undeleted, deleted = events
    assert (received.kind, received.receive_count, received.by) == (Kind.RECEIVED, 1, "host-7[21]")
    assert (failed.kind, failed.at, failed.duration, failed.outcome) == (Kind.INVOKED, 2.5, 0.5, "Failed")
    assert (failed.reason, failed.again, failed.last) == ("status 500", 2.0, False)
    assert (released.kind, released.reason) == (Kind.RELEASED, "receiving has stopped")
    assert (duplicate.kind, duplicate.receive_count) == (Kind.DUPLICATE, 3)
    assert (held.kind, held.receive_count) == (Kind.HELD_ELSEWHERE, 4)
    assert (succeeded.outcome, succeeded.again) == ("Succeeded", None)
    assert (undeleted.kind, deleted.kind) == (Kind.UNDELETED, Kind.DELETED)


def test_an_outcome_without_a_reason_has_an_empty_one() -> None:
    assert ended(Retained(), Ending(0.5, 2.0, last=False))[3:5] == ("Retained", "")


def test_a_record_forgets_its_oldest_events_and_says_how_many() -> None:
    record: Record = ["", 1, ("m", 1, None, None)]
    for number in range(1_000):
        record.append((Mark.DELETED, float(number)))
        shorten(record)

    found = life(record, queue="")

    assert len(record) <= HEAD + MAX_EVENTS
    assert found.events[0].at == found.forgotten
    assert found.events[-1].at == 999.0


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        "[]",
        "{}",
        "7",
        "[" * 100_000,
        json.dumps(["orders", 9, ["m", 1, 1.0]]),
        json.dumps(["orders", 9, ["m", 1, 1.0, None]]),
        json.dumps(["orders", 9, ["m", 1, "now", None], [6, 1.0]]),
        json.dumps(["orders", 9, ["m", 1, 1.0, None, "many"], [6, 1.0]]),
        json.dumps(["orders", 9, ["m", 1, 1.0, None], []]),
        json.dumps(["orders", 9, ["m", 1, 1.0, None], [99, 1.0]]),
        json.dumps(["orders", 9, ["m", 1, 1.0, None], [0, 1.0, 1]]),
        json.dumps(["orders", 9, ["m", 1, 1.0, None], [[], 1.0]]),
        json.dumps(["orders", 9, ["m", 1, 1.0, None], [6, None]]),
    ],
)
def test_what_is_no_record_is_not_read(garbage: str) -> None:
    with pytest.raises(Garbled):
        parsed(garbage)
