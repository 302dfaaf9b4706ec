"""Fault switches: what goes wrong, on which operation, how often; and how often each operation was called."""

from collections import Counter
from dataclasses import asdict, dataclass
from enum import StrEnum
from random import Random
from typing import Any

from sqsd_adapters.queue.embedded.errors import ErrorCode, SqsError


class FaultKind(StrEnum):
    """What a client meets; the values are the JSON of ``POST /_faults``."""

    #: the call is refused: RequestThrottled, ThrottlingException, 500, 503, …
    REQUEST_THROTTLED = "request-throttled"
    THROTTLE = "throttle"
    SERVER_ERROR = "server-error"
    UNAVAILABLE = "unavailable"
    ACCESS_DENIED = "access-denied"
    INVALID_CREDENTIALS = "invalid-credentials"
    EXPIRED_CREDENTIALS = "expired-credentials"
    KMS_DISABLED = "kms-disabled"
    QUEUE_GONE = "queue-gone"
    #: the connection is reset, and nothing was done
    RESET = "reset"
    #: the answer comes ``seconds`` later; may go with another fault
    DELAY = "delay"
    #: it was done, and the connection is reset
    LOSE_ANSWER = "lose-answer"
    #: a receive also brings messages that are in flight
    DUPLICATE = "duplicate"
    #: entries of a batch fail with InternalError: the first ``entries``, or each with probability ``fraction``
    FAIL_ENTRIES = "fail-entries"
    #: a delete is confirmed, and its message is visible once more; each message meets this once
    REDELIVER = "redeliver"
    #: a receive of a standard queue begins with the newest message
    NEWEST_FIRST = "newest-first"
    #: a receive hides its messages for at most ``seconds``, whatever it asks for
    SHORT_VISIBILITY = "short-visibility"


_ERRORS = {
    FaultKind.REQUEST_THROTTLED: (ErrorCode.THROTTLED, "The request was denied due to throttling."),
    FaultKind.THROTTLE: (ErrorCode.THROTTLING, "Rate exceeded"),
    FaultKind.SERVER_ERROR: (ErrorCode.INTERNAL_ERROR, "We encountered an internal error. Please try again."),
    FaultKind.UNAVAILABLE: (ErrorCode.UNAVAILABLE, "The server has failed for a time."),
    FaultKind.ACCESS_DENIED: (
        ErrorCode.ACCESS_DENIED,
        "User: arn:aws:iam::000000000000:user/worker is not authorized: no identity-based policy allows it",
    ),
    FaultKind.INVALID_CREDENTIALS: (
        ErrorCode.INVALID_TOKEN,
        "The security token included in the request is invalid.",
    ),
    FaultKind.EXPIRED_CREDENTIALS: (
        ErrorCode.EXPIRED_TOKEN,
        "The security token included in the request is expired",
    ),
    FaultKind.KMS_DISABLED: (ErrorCode.KMS_DISABLED, "The KMS key of the queue is disabled."),
    FaultKind.QUEUE_GONE: (ErrorCode.QUEUE_DOES_NOT_EXIST, "The specified queue does not exist."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One switch."""

    kind: FaultKind
    #: as SQS names it, e.g. ``ReceiveMessage``; None means every operation
    operation: str | None = None
    #: after so many calls it is over; None means never
    count: int | None = None
    #: of each call to meet it
    probability: float = 1.0
    #: DELAY and SHORT_VISIBILITY: how long
    seconds: float = 0.0
    #: FAIL_ENTRIES: the first so many of a batch; None goes by ``fraction``
    entries: int | None = None
    #: FAIL_ENTRIES: each entry's probability
    fraction: float = 1.0

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> "Fault":
        """Read a fault of ``POST /_faults``.

        Raises:
            ValueError: for an unknown kind, and TypeError for an unknown field.
        """
        return cls(**{**fields, "kind": FaultKind(fields.get("kind", ""))})

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Encounter:
    """What one call meets."""

    delay: float = 0.0
    error: SqsError | None = None
    reset: bool = False
    lose_answer: bool = False
    duplicate: bool = False
    redeliver: bool = False
    newest_first: bool = False
    #: seconds that a receive hides its messages at most; None leaves it to the receive
    hides_for: float | None = None
    #: the positions of a batch's entries that fail
    failing: frozenset[int] = frozenset()


NO_FAULTS = Encounter()


class Faults:
    """The switches that are on; chance follows ``seed``."""

    def __init__(self, *, seed: int = 0) -> None:
        self._random = Random(seed)  # noqa: S311 - for tests that repeat
        self._active: list[Fault] = []
        self._left: list[int | None] = []
        #: calls by operation, refused ones included
        self.calls: Counter[str] = Counter()

    @property
    def active(self) -> tuple[Fault, ...]:
        return tuple(self._active)

    def add(self, *faults: Fault) -> None:
        """Switch on; several faults may meet one call."""
        self._active += faults
        self._left += [fault.count for fault in faults]

    def remove(self, *faults: Fault) -> None:
        """Switch off; a fault that is not on is no error."""
        for fault in faults:
            if fault in self._active:
                position = self._active.index(fault)
                del self._active[position], self._left[position]

    def clear(self) -> None:
        """Switch everything off; the counters stay."""
        self._active.clear()
        self._left.clear()

    def meet(self, operation: str, *, entries: int = 0) -> Encounter:
        """Count a call and say what it meets; ``entries`` is the size of its batch."""
        self.calls[operation] += 1
        if not self._active:
            return NO_FAULTS
        met = self._take(operation)
        kinds = {fault.kind for fault in met}
        return Encounter(
            delay=sum(fault.seconds for fault in met if fault.kind is FaultKind.DELAY),
            error=next((SqsError(*_ERRORS[fault.kind]) for fault in met if fault.kind in _ERRORS), None),
            reset=FaultKind.RESET in kinds,
            lose_answer=FaultKind.LOSE_ANSWER in kinds,
            duplicate=FaultKind.DUPLICATE in kinds,
            redeliver=FaultKind.REDELIVER in kinds,
            newest_first=FaultKind.NEWEST_FIRST in kinds,
            hides_for=min((fault.seconds for fault in met if fault.kind is FaultKind.SHORT_VISIBILITY), default=None),
            failing=frozenset(
                position
                for fault in met
                if fault.kind is FaultKind.FAIL_ENTRIES
                for position in self._failing(fault, entries)
            ),
        )

    def _take(self, operation: str) -> list[Fault]:
        met: list[Fault] = []
        for position, fault in enumerate(self._active):
            left = self._left[position]
            if fault.operation not in {None, operation} or left == 0:
                continue
            if fault.probability >= 1.0 or self._random.random() < fault.probability:
                met.append(fault)
                self._left[position] = None if left is None else left - 1
        return met

    def _failing(self, fault: Fault, entries: int) -> list[int]:
        if fault.entries is not None:
            return [*range(min(fault.entries, entries))]
        return [position for position in range(entries) if self._random.random() < fault.fraction]
