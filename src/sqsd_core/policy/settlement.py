"""Turns an outcome into a disposition: what the daemon does with the message.

============  =====================================================================
outcome       disposition
============  =====================================================================
Succeeded     Delete
Failed        Hide for the back-off of the receive count
Unavailable   as Failed, or Hide for as long as it asks (the breaker counts it)
Interrupted   Hide for 0 seconds: visible again at once
RetryLater    Hide for as long as it asks
Retained      Leave
============  =====================================================================

A job that asks for less than the base of the back-off, or for less than a second, gets that much. Otherwise a worker
that answers ``Retry-After: 0`` uses up a message's receives within milliseconds.

SQS makes a message visible at most 12 hours after the receive, so no Hide goes beyond that.
"""

from dataclasses import dataclass
from typing import assert_never

from sqsd_core.limits import MAX_VISIBILITY
from sqsd_core.outcome import Failed, Interrupted, Outcome, Retained, RetryLater, Succeeded, Unavailable
from sqsd_core.policy.backoff import backoff

SHORTEST = 1.0  # seconds; the shortest pause that a job can ask for
MARGIN = 10.0  # seconds: the request takes time, SQS counts whole seconds and rejects a value that is too long


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete the message; its lock remembers *done*."""


@dataclass(frozen=True, slots=True)
class Hide:
    """Hide the message for ``seconds``; release its lock."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Leave:
    """Do not call the queue; release the lock."""


Disposition = Delete | Hide | Leave

DELETE, _LEAVE = Delete(), Leave()


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """The back-off of failures, in seconds."""

    base: float
    maximum: float


def decide(outcome: Outcome, *, receive_count: int, held: float, retry: RetryPolicy, random: float) -> Disposition:
    """Decide on a message that was received ``held`` seconds ago; ``random`` is uniform in [0, 1)."""
    match outcome:
        case Succeeded():
            return DELETE
        case RetryLater(after=after) | Unavailable(after=float(after)):
            pause = max(after, retry.base, SHORTEST)
        case Interrupted():
            pause = 0.0
        case Failed() | Unavailable():
            return Hide(pause_after_failure(receive_count=receive_count, held=held, retry=retry, random=random))
        case Retained():
            return _LEAVE
        case _:
            assert_never(outcome)
    return Hide(_allowed(pause, held))


def pause_after_failure(*, receive_count: int, held: float, retry: RetryPolicy, random: float) -> float:
    """Seconds for which a message is hidden that failed; the arguments are those of ``decide``."""
    return _allowed(backoff(receive_count, base=retry.base, maximum=retry.maximum, random=random), held)


def _allowed(pause: float, held: float) -> float:
    return min(pause, max(0.0, MAX_VISIBILITY - MARGIN - held))
