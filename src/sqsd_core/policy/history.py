"""What is asked of a history and what it answers: lives that match, and their failures by cause."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqsd_core.message import MessageId
from sqsd_core.policy.life import Life, Standing, merged

MAX_PAGE = 100  # messages in one answer
MAX_CAUSES = 50  # causes in one answer
SAMPLES = 3  # messages that are named per cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Which messages to find. All conditions must hold."""

    #: the id, or its beginning; empty: any
    message_id: str = ""
    #: the name of the queue; empty: any
    queue: str = ""
    #: messages of which an invocation failed
    failed: bool = False
    #: messages of this cause
    cause: str = ""
    #: messages that SQS moved to the dead-letter queue
    dead: bool = False
    #: messages per page, 1 to MAX_PAGE
    limit: int = MAX_PAGE
    #: where the page begins: ``next_page`` of the page before
    page: int = 0

    @property
    def of_failures(self) -> bool:
        """Whether only messages match that failed."""
        return self.failed or self.dead or bool(self.cause)

    def matches(self, life: Life) -> bool:
        if not life.message_id.startswith(self.message_id) or (self.queue and life.queue != self.queue):
            return False
        if not self.of_failures:
            return True
        cause = life.cause
        return bool(cause) and self.cause in {"", cause} and not (self.dead and life.standing is not Standing.DEAD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Messages whose last failure has the same reason."""

    reason: str
    #: how many messages
    messages: int
    #: how many of them SQS moved to the dead-letter queue
    dead: int = 0
    #: how many of them succeeded later
    recovered: int = 0
    #: Unix time of the newest failure, in seconds
    latest: float = 0.0
    #: some of the messages, the newest first
    samples: Sequence[MessageId] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One page of what matches a query, and what all that matches has in common."""

    #: the newest first
    lives: Sequence[Life] = ()
    #: of all messages that match and failed, the most frequent first
    causes: Sequence[Cause] = ()
    #: where the next page begins; 0 after the last one
    next_page: int = 0
    #: who remembers: host, process id and a random part
    instance: str = ""
    #: Unix time from which everything is remembered, in seconds
    since: float = 0.0
    #: messages that are remembered
    remembered: int = 0
    #: messages that can be remembered; 0 without a history
    size: int = 0


def lives_of(founds: Iterable[Found]) -> Sequence[Life]:
    """Each message once, with what all that remember it know of it; the newest first."""
    known: dict[str, list[Life]] = {}
    for found in founds:
        for life in found.lives:
            known.setdefault(life.message_id, []).append(life)
    return sorted(map(merged, known.values()), key=lambda life: life.at, reverse=True)


def causes_of(founds: Iterable[Found]) -> Sequence[Cause]:
    """The causes of all, added up."""
    sums: dict[str, Cause] = {}
    for found in founds:
        for cause in found.causes:
            sums[cause.reason] = together(sums[cause.reason], cause) if cause.reason in sums else cause
    return most_frequent(sums.values())


class Tally:
    """Counts messages by cause."""

    def __init__(self) -> None:
        self._causes: dict[str, Cause] = {}

    def add(self, life: Life) -> None:
        """Count a message that failed; add the newest first."""
        failure = life.failures[-1] if life.cause else None
        if failure is None:
            return
        latest = Cause(
            reason=failure.reason,
            messages=1,
            dead=life.standing is Standing.DEAD,
            recovered=life.standing in {Standing.DELETED, Standing.DELETING},
            latest=failure.at + failure.duration,
            samples=[life.message_id],
        )
        known = self._causes.get(failure.reason)
        self._causes[failure.reason] = latest if known is None else together(known, latest)

    @property
    def causes(self) -> Sequence[Cause]:
        return most_frequent(self._causes.values())


def together(one: Cause, other: Cause) -> Cause:
    """The sum of two causes of the same reason."""
    return Cause(
        reason=one.reason,
        messages=one.messages + other.messages,
        dead=one.dead + other.dead,
        recovered=one.recovered + other.recovered,
        latest=max(one.latest, other.latest),
        samples=[*one.samples, *other.samples][:SAMPLES],
    )


def most_frequent(causes: Iterable[Cause]) -> Sequence[Cause]:
    return sorted(causes, key=lambda cause: (-cause.messages, cause.reason))[:MAX_CAUSES]
