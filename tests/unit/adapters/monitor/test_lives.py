"""A history on the wire and back."""

from dataclasses import replace

import pytest

from sqsd_adapters.monitor import lives
from sqsd_adapters.monitor._pb import sqsd_pb2
from sqsd_core.message import MessageId
from sqsd_core.policy.history import MAX_PAGE, Cause, Found, Query
from sqsd_core.policy.life import Event, Kind, Life
from tests.support.monitor import task

FAILED = Event(
    kind=Kind.INVOKED,
    at=2.0,
    duration=0.5,
    outcome="Failed",
    reason="status 500",
    answer="no database",
    again=2.0,
    last=True,
)
LIFE = Life(
    message_id=MessageId("m"),
    queue="orders",
    dead_letter_queue="dead",
    sent_at=1.0,
    size=9,
    group_id="g",
    events=[Event(kind=Kind.RECEIVED, at=1.5, receive_count=3, by="host-7[21]"), FAILED],
    forgotten=8,
)
FOUND = Found(
    lives=[LIFE],
    causes=[Cause(reason="status 500", messages=3, dead=1, recovered=1, latest=2.5, samples=[MessageId("m")])],
    next_page=100,
    instance="host-7[21]",
    since=1.0,
    remembered=3,
    size=10_000,
)


def test_of_too_many_events_the_latest_are_sent() -> None:
    events = [replace(FAILED, at=float(at)) for at in range(lives.MAX_EVENTS + 30)]
    running = task(LIFE.message_id, started_at=1e6)
    [life] = lives.found(lives.encoded(replace(FOUND, lives=[replace(LIFE, events=events)]), running=[running])).lives
    assert (len(life.events), life.events[-1].kind, life.events[0].at) == (lives.MAX_EVENTS, Kind.STARTED, 31.0)
    assert life.forgotten == LIFE.forgotten + 31


def test_an_answer_survives_the_wire() -> None:
    assert lives.found(lives.encoded(FOUND)) == FOUND


@pytest.mark.parametrize(
    "query", [Query(message_id="7c", limit=5, page=10), Query(failed=True, queue="orders"), Query(cause="x", dead=True)]
)
def test_a_query_survives_the_wire(query: Query) -> None:
    assert lives.query(lives.request(query)) == query


def test_a_page_is_bounded_whatever_is_asked_for() -> None:
    assert lives.query(sqsd_pb2.FindMessagesRequest(limit=1_000_000)).limit == MAX_PAGE
    assert lives.query(sqsd_pb2.FindMessagesRequest()).limit == MAX_PAGE


def test_a_message_that_runs_now_says_since_when() -> None:
    running = task(message_id="m", started_at=9.0)
    (life,) = lives.found(lives.encoded(FOUND, running=[running])).lives
    assert life.events[-1] == Event(kind=Kind.STARTED, at=9.0)


def test_long_lists_leave_the_workers_answers_out() -> None:
    many = replace(FOUND, lives=[LIFE] * (lives.FEW + 1))
    assert not any(event.answer for life in lives.found(lives.encoded(many)).lives for event in life.events)


def test_no_receipt_handle_is_on_the_wire() -> None:
    running = task(message_id="m", receipt="top-secret")
    assert b"top-secret" not in lives.encoded(FOUND, running=[running]).SerializeToString()


def test_half_a_surrogate_pair_is_escaped() -> None:
    odd = replace(FOUND, lives=[replace(LIFE, group_id="\ud800")])
    assert lives.found(lives.encoded(odd)).lives[0].group_id == "\\ud800"


@pytest.mark.parametrize(
    "odd",
    [
        sqsd_pb2.FindMessagesResponse(messages=[sqsd_pb2.Life()] * (MAX_PAGE + 1)),
        sqsd_pb2.FindMessagesResponse(messages=[sqsd_pb2.Life(id="x" * 1_000)]),
        sqsd_pb2.FindMessagesResponse(messages=[sqsd_pb2.Life(events=[sqsd_pb2.LifeEvent(kind="nonsense")])]),
        sqsd_pb2.FindMessagesResponse(messages=[sqsd_pb2.Life(events=[sqsd_pb2.LifeEvent()] * 1_000)]),
        sqsd_pb2.FindMessagesResponse(since={"seconds": -5}),
    ],
)
def test_what_no_monitor_of_sqsd_says_is_refused(odd: sqsd_pb2.FindMessagesResponse) -> None:
    with pytest.raises(ValueError, match=r"more than|too long|not a valid|none"):
        lives.found(odd)
