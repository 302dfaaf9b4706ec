"""Every reason not to receive, as one table: who raises it, whether it is healthy, and its text for operators.

======================  ==================  =======  ========  ====================================================
reason                  raised by           healthy  receives  what an operator is told
======================  ==================  =======  ========  ====================================================
STARTING                daemon              no       end it    the queue has not answered yet
DRAINING                daemon              no       wait      draining
PAUSED                  daemon              yes      wait      paused
WORKER_UNHEALTHY        health              no       wait      the worker's health check fails
BREAKER_OPEN            breaker             no       wait      the worker is unavailable
QUEUE_UNAVAILABLE       outage              no       end it    the queue does not answer
DELETES_REFUSED         acknowledger        no       wait      the queue refuses deletions
LOCK_STORE_UNAVAILABLE  locks               no       wait      the required lock store is unavailable
TOO_MANY_UNCONFIRMED    acknowledger        no       wait      too many deletions are unconfirmed
STUCK_JOBS              fetcher             no       wait      too many jobs outlived their time limit
BODIES_UNAVAILABLE      fetcher             no       wait      message bodies cannot be fetched
SLOTS_BUSY              daemon              yes      wait      every slot is busy
RATE_LIMITED            daemon              yes      wait      the rate limit is reached
======================  ==================  =======  ========  ====================================================

The daemon is ready while no reason that is not healthy holds. "End it": only a receive that is answered tells that the
reason is gone, so a receive is tried all the same, after a pause.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class Reason(Enum):
    """Why nothing is received; the value is its name in metrics and over gRPC."""

    STARTING = "starting"
    DRAINING = "draining"
    PAUSED = "paused"
    WORKER_UNHEALTHY = "worker_unhealthy"
    BREAKER_OPEN = "breaker_open"
    QUEUE_UNAVAILABLE = "queue_unavailable"
    DELETES_REFUSED = "deletes_refused"
    LOCK_STORE_UNAVAILABLE = "lock_store_unavailable"
    TOO_MANY_UNCONFIRMED = "too_many_unconfirmed"
    STUCK_JOBS = "stuck_jobs"
    BODIES_UNAVAILABLE = "bodies_unavailable"
    SLOTS_BUSY = "slots_busy"
    RATE_LIMITED = "rate_limited"


#: these come and go with each message: the daemon counts them when it is asked, and receiving goes on by itself
OF_LOAD = frozenset({Reason.SLOTS_BUSY, Reason.RATE_LIMITED})

HEALTHY = OF_LOAD | {Reason.PAUSED}

#: raised for a worker, and so for every queue that feeds it
OF_WORKER = OF_LOAD | {Reason.WORKER_UNHEALTHY, Reason.BREAKER_OPEN, Reason.STUCK_JOBS}

#: only a receive that is answered ends these
ENDED_BY_RECEIVING = frozenset({Reason.STARTING, Reason.QUEUE_UNAVAILABLE})

SENTENCES = {
    Reason.STARTING: "the queue has not answered yet",
    Reason.DRAINING: "draining",
    Reason.PAUSED: "paused",
    Reason.WORKER_UNHEALTHY: "the worker's health check fails",
    Reason.BREAKER_OPEN: "the worker is unavailable",
    Reason.QUEUE_UNAVAILABLE: "the queue does not answer",
    Reason.DELETES_REFUSED: "the queue refuses deletions",
    Reason.LOCK_STORE_UNAVAILABLE: "the required lock store is unavailable",
    Reason.TOO_MANY_UNCONFIRMED: "too many deletions are unconfirmed",
    Reason.STUCK_JOBS: "too many jobs outlived their time limit",
    Reason.BODIES_UNAVAILABLE: "message bodies cannot be fetched",
    Reason.SLOTS_BUSY: "every slot is busy",
    Reason.RATE_LIMITED: "the rate limit is reached",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """One reason not to receive that holds now.

    ``since`` and ``until`` are Unix time in seconds. At ``until`` the reason ends by itself; it is None if that is not
    known. ``why`` is the cause in a few words, without secrets; it is empty if the reason is enough. ``where`` is the
    queue or worker that has the reason; it is empty if there is only one.
    """

    reason: Reason
    since: float
    why: str = ""
    where: str = ""
    until: float | None = None

    @property
    def healthy(self) -> bool:
        """Whether the daemon counts as ready although the reason holds: a pause, or every slot is busy."""
        return self.reason in HEALTHY

    @property
    def sentence(self) -> str:
        """The reason as a sentence, with the queue or worker, without text from SQS or the worker."""
        sentence = SENTENCES[self.reason]
        return f"{self.where}: {sentence}" if self.where else sentence

    def __str__(self) -> str:
        return f"{self.sentence}: {self.why}" if self.why else self.sentence


def admits(reasons: Iterable[Reason]) -> bool:
    """Whether a receive may begin."""
    return ENDED_BY_RECEIVING.issuperset(reasons)


def is_ready(closures: Iterable[Closure]) -> bool:
    """Whether messages are received, or would be if a slot were free."""
    return all(closure.healthy for closure in closures)
