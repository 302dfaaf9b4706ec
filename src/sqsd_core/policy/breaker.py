"""The breaker as one table: whether messages may be received, or the worker is unavailable.

==========  =========================  ==========  ============  ============  ==============
state       unavailable                answered    cooled down   reachable     unreachable
==========  =========================  ==========  ============  ============  ==============
CLOSED      counted; n-th → OPEN       count = 0   –             stays         → OPEN
OPEN        stays                      stays       → PROBING     –             –
PROBING     stays                      stays       –             → TRIAL       → OPEN, longer
TRIAL       → OPEN, longer             → CLOSED    –             –             –
==========  =========================  ==========  ============  ============  ==============

CLOSED receives freely, OPEN and PROBING not at all, TRIAL one message. In PROBING the probe runs. In TRIAL only the
outcome of that one message is an event. Late results of other invocations may arrive in OPEN and PROBING and change
nothing. A dash is an event that cannot happen there: it raises ``IllegalTransition`` and changes nothing.

In CLOSED the first unavailable answer asks the probe at once. An unavailable answer that is *decisive* opens the
breaker whatever the count: another one would cost a message its last receive.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum

from sqsd_core.policy.backoff import MAX_DOUBLINGS

MAX_ASKED = 3_600.0  # seconds: the longest cool-down that a worker's Retry-After can ask for


class State(Enum):
    """Where the breaker stands."""

    CLOSED = "closed"
    OPEN = "open"
    PROBING = "probing"
    TRIAL = "trial"


class Event(Enum):
    """What can happen to it."""

    UNAVAILABLE = "unavailable"
    ANSWERED = "answered"
    COOLED_DOWN = "cooled down"
    REACHABLE = "reachable"
    UNREACHABLE = "unreachable"


#: the table above; from CLOSED to OPEN only once the count is reached
TABLE: Mapping[State, Mapping[Event, State]] = {
    State.CLOSED: {
        Event.UNAVAILABLE: State.OPEN,
        Event.ANSWERED: State.CLOSED,
        Event.REACHABLE: State.CLOSED,
        Event.UNREACHABLE: State.OPEN,
    },
    State.OPEN: {
        Event.UNAVAILABLE: State.OPEN,
        Event.ANSWERED: State.OPEN,
        Event.COOLED_DOWN: State.PROBING,
    },
    State.PROBING: {
        Event.UNAVAILABLE: State.PROBING,
        Event.ANSWERED: State.PROBING,
        Event.REACHABLE: State.TRIAL,
        Event.UNREACHABLE: State.OPEN,
    },
    State.TRIAL: {
        Event.UNAVAILABLE: State.OPEN,
        Event.ANSWERED: State.CLOSED,
    },
}


class IllegalTransition(ValueError):
    """An event that cannot happen in this state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerSettings:
    """When the breaker opens and for how long; seconds."""

    failures: int
    cooldown: float
    cooldown_max: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """The breaker at one moment; each event returns the breaker after it. Instants are monotonic seconds."""

    settings: BreakerSettings
    state: State = State.CLOSED
    #: unavailable answers in a row
    failures: int = 0
    #: times that it has opened since it was last closed
    openings: int = 0
    #: when the state began
    since: float = 0.0
    #: when an open breaker has cooled down
    until: float = 0.0
    #: why it opened, or what the latest unavailable answer was
    reason: str = ""
    #: seconds that the worker asked for with the unavailable answers in a row
    asked: float = 0.0

    def unavailable(
        self, reason: str, *, now: float, random: float, after: float | None = None, decisive: bool = False
    ) -> "Breaker":
        """The worker could not be reached, or answered 502 or 503; ``after`` is its ``Retry-After`` in seconds."""
        state = self._next(Event.UNAVAILABLE)
        if state is self.state:
            return self
        counted = replace(self, failures=self.failures + 1, reason=reason, asked=max(self.asked, after or 0.0))
        if self.state is State.CLOSED and counted.failures < self.settings.failures and not decisive:
            return counted
        return _opened(counted, now=now, random=random)

    def answered(self, *, now: float) -> "Breaker":
        """The worker answered, with any status."""
        state = self._next(Event.ANSWERED)
        if state is State.CLOSED and (self.failures or self.state is not state):
            since = self.since if self.state is state else now
            return Breaker(settings=self.settings, since=since)
        return self

    def cooled_down(self, *, now: float) -> "Breaker":
        """The cool-down is over."""
        return replace(self, state=self._next(Event.COOLED_DOWN), since=now)

    def reachable(self, *, now: float) -> "Breaker":
        """The probe reached the worker."""
        state = self._next(Event.REACHABLE)
        return self if state is self.state else replace(self, state=state, since=now)

    def unreachable(self, *, now: float, random: float) -> "Breaker":
        """The probe failed."""
        self._next(Event.UNREACHABLE)
        return _opened(self, now=now, random=random)

    def _next(self, event: Event) -> State:
        try:
            return TABLE[self.state][event]
        except KeyError:
            raise IllegalTransition(f"{event.value} while the breaker is {self.state.value}") from None


def _opened(breaker: Breaker, *, now: float, random: float) -> Breaker:
    settings = breaker.settings
    doubled = settings.cooldown * 2.0 ** min(breaker.openings, MAX_DOUBLINGS)
    # A quarter of jitter, so that the daemons of a queue do not reach for their worker in step.
    cooldown = min(settings.cooldown_max, doubled) * (0.75 + random / 4)
    return Breaker(
        settings=settings,
        state=State.OPEN,
        openings=breaker.openings + 1,
        since=now,
        until=now + max(cooldown, min(breaker.asked, MAX_ASKED)),
        reason=breaker.reason,
    )
