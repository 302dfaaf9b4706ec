"""Pure translation between a history and the messages of proto/sqsd.proto; what a daemon says is checked."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from google.protobuf.timestamp_pb2 import Timestamp

from sqsd_adapters.monitor._pb import sqsd_pb2
from sqsd_adapters.monitor.wire import LAST_YEAR, MAX_ID, MICROSECONDS
from sqsd_core.message import MessageId
from sqsd_core.policy.history import MAX_CAUSES, MAX_PAGE, SAMPLES, Cause, Found, Query
from sqsd_core.policy.life import Event, Kind, Life
from sqsd_core.policy.scoreboard import Task

MAX_EVENTS = 200  # of one message in one answer
FEW = 10  # messages in one answer, of which it has the workers' answers as well

T = TypeVar("T")


def request(query: Query) -> sqsd_pb2.FindMessagesRequest:
    return sqsd_pb2.FindMessagesRequest(
        id=query.message_id,
        queue=query.queue,
        failed=query.failed,
        cause=query.cause,
        dead=query.dead,
        limit=query.limit,
        page=query.page,
    )


def query(asked: sqsd_pb2.FindMessagesRequest) -> Query:
    """What ``request`` said; a page is bounded, whatever is asked for."""
    return Query(
        message_id=asked.id,
        queue=asked.queue,
        failed=asked.failed,
        cause=asked.cause,
        dead=asked.dead,
        limit=min(asked.limit or MAX_PAGE, MAX_PAGE),
        page=asked.page,
    )


def encoded(found: Found, *, running: Sequence[Task] = ()) -> sqsd_pb2.FindMessagesResponse:
    """The answer; ``running`` are the tasks in flight, which no history has noted yet."""
    began = {task.message_id: task.started_at for task in running}
    return sqsd_pb2.FindMessagesResponse(
        messages=[_encoded(life, began.get(life.message_id), answers=len(found.lives) <= FEW) for life in found.lives],
        causes=[_encoded_cause(cause) for cause in found.causes],
        next_page=found.next_page,
        instance=found.instance,
        since=_timestamp(found.since),
        remembered=found.remembered,
        size=found.size,
    )


def found(response: sqsd_pb2.FindMessagesResponse) -> Found:
    """What ``encoded`` said.

    Raises:
        ValueError: no monitor of sqsd says this.
    """
    return Found(
        lives=[_decoded(life) for life in _few(response.messages, MAX_PAGE)],
        causes=[_decoded_cause(cause) for cause in _few(response.causes, MAX_CAUSES)],
        next_page=response.next_page,
        instance=response.instance,
        since=_time(response.since),
        remembered=response.remembered,
        size=response.size,
    )


def _encoded(life: Life, began: float | None, *, answers: bool) -> sqsd_pb2.Life:
    started = [] if began is None else [Event(kind=Kind.STARTED, at=began)]
    latest = [*life.events, *started][-MAX_EVENTS:]
    forgotten = life.forgotten + len(life.events) + len(started) - len(latest)
    return sqsd_pb2.Life(
        id=_sendable(life.message_id),
        queue=life.queue,
        dead_letter_queue=life.dead_letter_queue,
        sent_at=None if life.sent_at is None else _timestamp(life.sent_at),
        size=life.size,
        group_id=_sendable(life.group_id or ""),
        events=[_encoded_event(event, answers=answers) for event in latest],
        forgotten=forgotten,
    )


def _encoded_event(event: Event, *, answers: bool) -> sqsd_pb2.LifeEvent:
    return sqsd_pb2.LifeEvent(
        kind=event.kind.value,
        at=_timestamp(event.at),
        receive_count=event.receive_count,
        by=event.by,
        duration=event.duration,
        outcome=event.outcome,
        reason=event.reason,
        answer=event.answer if answers else "",
        again=event.again,
        last=event.last,
    )


def _encoded_cause(cause: Cause) -> sqsd_pb2.FailureCause:
    return sqsd_pb2.FailureCause(
        reason=cause.reason,
        messages=cause.messages,
        dead=cause.dead,
        recovered=cause.recovered,
        latest=_timestamp(cause.latest),
        samples=map(_sendable, cause.samples),
    )


def _decoded(life: sqsd_pb2.Life) -> Life:
    return Life(
        message_id=_id(life.id),
        queue=life.queue,
        dead_letter_queue=life.dead_letter_queue,
        sent_at=_time(life.sent_at) if life.HasField("sent_at") else None,
        size=life.size,
        group_id=life.group_id or None,
        events=[_decoded_event(event) for event in _few(life.events, MAX_EVENTS)],
        forgotten=life.forgotten,
    )


def _decoded_event(event: sqsd_pb2.LifeEvent) -> Event:
    return Event(
        kind=Kind(event.kind),
        at=_time(event.at),
        receive_count=event.receive_count,
        by=event.by,
        duration=event.duration,
        outcome=event.outcome,
        reason=event.reason,
        answer=event.answer,
        again=event.again if event.HasField("again") else None,
        last=event.last,
    )


def _decoded_cause(cause: sqsd_pb2.FailureCause) -> Cause:
    return Cause(
        reason=cause.reason,
        messages=cause.messages,
        dead=cause.dead,
        recovered=cause.recovered,
        latest=_time(cause.latest),
        samples=[_id(sample) for sample in _few(cause.samples, SAMPLES)],
    )


def _sendable(text: str) -> str:
    """Text of SQS, without what UTF-8 cannot hold."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def _few(items: Iterable[T], most: int) -> Sequence[T]:
    items = list(items)
    if len(items) > most:
        raise ValueError(f"more than {most} at once")
    return items


def _id(text: str) -> MessageId:
    if len(text) > MAX_ID:
        raise ValueError("a message whose id is too long")
    return MessageId(text)


def _timestamp(at: float) -> Timestamp:
    timestamp = Timestamp()
    timestamp.FromMicroseconds(round(at * MICROSECONDS))
    return timestamp


def _time(timestamp: Timestamp) -> float:
    if not 0 <= timestamp.seconds <= LAST_YEAR:
        raise ValueError("a time that is none")
    return timestamp.ToMicroseconds() / MICROSECONDS
