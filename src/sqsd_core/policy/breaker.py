"""The failure breaker: may we receive, or is the worker down? One table.

==========  =====================  ==========  ============  ============  ==============
state       unavailable            answered    cooled down   reachable     unreachable
==========  =====================  ==========  ============  ============  ==============
CLOSED      counted; n-th → OPEN   count = 0   –             –             –
OPEN        stays                  stays       → PROBING     –             –
PROBING     stays                  stays       –             → TRIAL       → OPEN, longer
TRIAL       → OPEN, longer         → CLOSED    –             –             –
==========  =====================  ==========  ============  ============  ==============

CLOSED receives freely, OPEN and PROBING not at all, TRIAL one message. PROBING and TRIAL are the two steps of what
the literature calls half-open: first the worker is reached for, then it is given one message. Late results of
invocations that began before the breaker opened arrive in any state; a dash is an event that cannot happen there and
raises ``IllegalTransition``, which changes nothing.
"""

from dataclasses import dataclass, replace
from enum import Enum

from sqsd_core.policy.backoff import MAX_DOUBLINGS


class State(Enum):
    """Where the breaker stands."""

    CLOSED = "closed"
    OPEN = "open"
    PROBING = "probing"
    TRIAL = "trial"


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
    """The breaker at one moment; each event returns the next. Instants are monotonic seconds."""

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
    #: why it opened
    reason: str = ""

    def unavailable(self, reason: str, *, now: float, random: float) -> "Breaker":
        """The worker could not be reached."""
        match self.state:
            case State.CLOSED if self.failures + 1 < self.settings.failures:
                return replace(self, failures=self.failures + 1)
            case State.CLOSED | State.TRIAL:
                return self._open(reason, now=now, random=random)
            case _:
                return self

    def answered(self, *, now: float) -> "Breaker":
        """The worker answered, whatever it said."""
        match self.state:
            case State.CLOSED:
                return replace(self, failures=0) if self.failures else self
            case State.TRIAL:
                return Breaker(settings=self.settings, since=now)
            case _:
                return self

    def cooled_down(self, *, now: float) -> "Breaker":
        """The cool-down is over."""
        self._expect(State.OPEN)
        return replace(self, state=State.PROBING, since=now)

    def reachable(self, *, now: float) -> "Breaker":
        """The probe reached the worker."""
        self._expect(State.PROBING)
        return replace(self, state=State.TRIAL, since=now)

    def unreachable(self, *, now: float, random: float) -> "Breaker":
        """The probe failed."""
        self._expect(State.PROBING)
        return self._open(self.reason, now=now, random=random)

    def _open(self, reason: str, *, now: float, random: float) -> "Breaker":
        doubled = self.settings.cooldown * 2.0 ** min(self.openings, MAX_DOUBLINGS)
        # A quarter of jitter, so that the daemons of a queue do not reach for their worker in step.
        cooldown = min(self.settings.cooldown_max, doubled) * (0.75 + random / 4)
        return Breaker(
            settings=self.settings,
            state=State.OPEN,
            openings=self.openings + 1,
            since=now,
            until=now + cooldown,
            reason=reason,
        )

    def _expect(self, state: State) -> None:
        if self.state is not state:
            raise IllegalTransition(f"{state.value} expected, but the breaker is {self.state.value}")
