"""The life of a message as a daemon saw it: what happened and when, how it stands, and why it failed.

A life is a sequence of events in the order of their times. The last event says how the message stands:

==============  ====================================================================
last event      standing
==============  ====================================================================
RECEIVED        WAITING, for a slot
STARTED         RUNNING
INVOKED         DELETING if it is to be deleted, DEAD after the last try, else RETRYING
RELEASED        RETRYING
DUPLICATE       as before, because this delivery was not run
HELD_ELSEWHERE  ELSEWHERE
DELETED         DELETED
UNDELETED       RETRYING, because the queue delivers it again
==============  ====================================================================
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from sqsd_core.message import MessageId


class Kind(Enum):
    """What happened."""

    #: a delivery
    RECEIVED = "received"
    #: a delivery that was not run: the message is done, or runs here already
    DUPLICATE = "duplicate"
    #: a delivery that was not run: another daemon runs the message
    HELD_ELSEWHERE = "held_elsewhere"
    #: an invocation that has not ended yet
    STARTED = "started"
    #: an invocation that has ended
    INVOKED = "invoked"
    #: a delivery went back to the queue without an outcome
    RELEASED = "released"
    #: the queue confirmed the deletion
    DELETED = "deleted"
    #: the deletion was given up
    UNDELETED = "undeleted"


class Standing(Enum):
    """How a message stands, as far as the daemon knows; the values are for people."""

    WAITING = "waits for a slot"
    RUNNING = "runs"
    RETRYING = "waits for its next try"
    ELSEWHERE = "runs in another daemon"
    DELETING = "succeeded, not yet deleted"
    DELETED = "done"
    DEAD = "dead letter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened to a message."""

    kind: Kind
    #: Unix time, seconds; of an invocation, when it began
    at: float
    #: of a delivery: SQS's ApproximateReceiveCount
    receive_count: int = 0
    #: of a delivery: the daemon that received it
    by: str = ""
    #: of an invocation: seconds that it took
    duration: float = 0.0
    #: of an invocation: the name of its outcome, such as ``Failed``
    outcome: str = ""
    #: why an invocation failed, or why a delivery was not run
    reason: str = ""
    #: the beginning of a failed answer's body, escaped; empty without LOG_ANSWERS
    answer: str = ""
    #: of an invocation: seconds from its end until the next try; None: the message is deleted
    again: float | None = None
    #: of an invocation: whether SQS moves the message to the dead-letter queue instead of a next try
    last: bool = False


#: outcomes that are no failure
_WELL = frozenset({"", "Succeeded", "Retained"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """What is remembered of a message."""

    message_id: MessageId
    #: the name of the queue
    queue: str = ""
    #: empty where it has none, or where it is not known
    dead_letter_queue: str = ""
    #: Unix time, seconds
    sent_at: float | None = None
    #: characters of the body
    size: int = 0
    group_id: str | None = None
    #: in the order of their times
    events: Sequence[Event] = ()
    #: earlier events that are not remembered any more
    forgotten: int = 0

    @property
    def at(self) -> float:
        """The time of the first event that is remembered; 0 without events."""
        return self.events[0].at if self.events else 0.0

    @property
    def failures(self) -> Sequence[Event]:
        """The invocations that failed."""
        return [event for event in self.events if event.outcome not in _WELL]

    @property
    def cause(self) -> str:
        """Why the last invocation that failed did so; empty when none did."""
        return next((event.reason for event in reversed(self.events) if event.outcome not in _WELL), "")

    @property
    def standing(self) -> Standing:
        for event in reversed(self.events):
            if event.kind is not Kind.DUPLICATE:
                return _standing_after(event)
        return Standing.ELSEWHERE


_STANDINGS = {
    Kind.RECEIVED: Standing.WAITING,
    Kind.HELD_ELSEWHERE: Standing.ELSEWHERE,
    Kind.STARTED: Standing.RUNNING,
    Kind.RELEASED: Standing.RETRYING,
    Kind.DELETED: Standing.DELETED,
    Kind.UNDELETED: Standing.RETRYING,
}


def _standing_after(event: Event) -> Standing:
    if event.kind is not Kind.INVOKED:
        return _STANDINGS[event.kind]
    if event.last:
        return Standing.DEAD
    return Standing.DELETING if event.again is None else Standing.RETRYING


def merged(lives: Iterable[Life]) -> Life:
    """What several daemons remember of one message; at least one life is needed."""
    first, *others = lives
    events = [*first.events, *(event for life in others for event in life.events)]
    return replace(
        first,
        dead_letter_queue=next((life.dead_letter_queue for life in (first, *others) if life.dead_letter_queue), ""),
        events=sorted(events, key=lambda event: event.at),
        forgotten=sum(life.forgotten for life in (first, *others)),
    )
