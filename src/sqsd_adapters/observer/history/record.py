"""What is kept of a message: a list of tuples, which costs a fraction of the objects that a reader gets; pure.

The first tuple is the head: queue, sent at, characters of the body, group, number of forgotten events. Each other one
is an event: its mark, when it was, and the fields of ``_FIELDS``. Times are Unix time, durations seconds.
"""

import json
from collections.abc import Mapping
from enum import IntEnum
from typing import Any, TypeAlias, cast

from sqsd_core.message import MessageId
from sqsd_core.outcome import Outcome, Succeeded
from sqsd_core.policy.life import Event, Kind, Life
from sqsd_core.ports.observer import Ending

MAX_EVENTS = 32  # of one message; about ten tries
SPARE = 8  # events that are forgotten at once


class Mark(IntEnum):
    """The first field of an event."""

    RECEIVED = 0
    SUCCEEDED = 1
    ENDED = 2
    DUPLICATE = 3
    HELD_ELSEWHERE = 4
    RELEASED = 5
    DELETED = 6
    UNDELETED = 7


#: the head and the events
Record: TypeAlias = list[tuple[Any, ...]]

_NUMBER = (int, float)
_HEAD = (str, (int, float, type(None)), int, (str, type(None)), int)
_DELIVERY = (("receive_count", int), ("by", str))
#: the fields of an event behind its mark and its time
_FIELDS: Mapping[int, tuple[Kind, tuple[tuple[str, Any], ...]]] = {
    Mark.RECEIVED: (Kind.RECEIVED, _DELIVERY),
    Mark.DUPLICATE: (Kind.DUPLICATE, _DELIVERY),
    Mark.HELD_ELSEWHERE: (Kind.HELD_ELSEWHERE, _DELIVERY),
    Mark.SUCCEEDED: (Kind.INVOKED, (("duration", _NUMBER),)),
    Mark.ENDED: (
        Kind.INVOKED,
        (
            ("duration", _NUMBER),
            ("outcome", str),
            ("reason", str),
            ("answer", str),
            ("again", _NUMBER),
            ("last", bool),
        ),
    ),
    Mark.RELEASED: (Kind.RELEASED, (("reason", str),)),
    Mark.DELETED: (Kind.DELETED, ()),
    Mark.UNDELETED: (Kind.UNDELETED, ()),
}
_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


class Garbled(ValueError):
    """A record cannot be read."""


def ended(outcome: Outcome, ending: Ending) -> tuple[Any, ...]:
    """Note an invocation after which the message comes back."""
    return (
        Mark.ENDED,
        ending.began,
        ending.duration,
        type(outcome).__name__,
        getattr(outcome, "reason", ""),
        getattr(outcome, "answer", ""),
        ending.again,
        ending.last,
    )


def shorten(record: Record) -> None:
    """Forget the oldest events of a record that has too many."""
    if len(record) > MAX_EVENTS:
        *head, forgotten = record[0]
        record[0] = (*head, forgotten + SPARE)
        del record[1 : 1 + SPARE]


def life(message_id: MessageId, record: Record, *, queue: str, dead_letter_queue: str = "") -> Life:
    """Read a record; the names are those of the queues themselves."""
    (_, sent_at, size, group_id, forgotten), *events = record
    return Life(
        message_id=message_id,
        queue=queue,
        dead_letter_queue=dead_letter_queue,
        sent_at=sent_at,
        size=size,
        group_id=group_id,
        events=[_event(*event) for event in events],
        forgotten=forgotten,
    )


def _event(mark: int, at: float, *more: Any) -> Event:  # noqa: ANN401 - as the mark has it
    kind, fields = _FIELDS[mark]
    named: dict[str, Any] = {name: value for (name, _), value in zip(fields, more, strict=True)}
    if mark == Mark.SUCCEEDED:
        named["outcome"] = Succeeded.__name__
    return Event(kind=kind, at=at, **named)


def text(record: Record) -> str:
    """Write a record as JSON."""
    return _encode(record)


def parsed(written: str) -> Record:
    """Read what ``text`` wrote.

    Raises:
        Garbled: it is something else.
    """
    try:
        head, *events = json.loads(written)
        _demand(head, _HEAD)
        for mark, at, *more in events:
            _demand([at, *more], [_NUMBER, *(kind for _, kind in _FIELDS[mark][1])])
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise Garbled from error
    return [tuple(head), *(tuple(event) for event in cast("list[list[Any]]", events))]


def _demand(values: Any, kinds: Any) -> None:  # noqa: ANN401 - whatever the JSON holds
    if not all(isinstance(value, kind) for value, kind in zip(values, kinds, strict=True)):
        raise ValueError("another type")
