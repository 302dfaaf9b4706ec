"""Keeps the failure breaker: tells it what the invocations met, lets fetchers through or not, holds messages back."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from sqsd_core.flow.admission import Admission
from sqsd_core.flow.delivery import Delivery, Home, release
from sqsd_core.flow.troubles import Troubles
from sqsd_core.flow.worker.trials import Keep, Trials, has_spare, keep_nothing
from sqsd_core.limits import MAX_BATCH
from sqsd_core.outcome import Interrupted, Outcome, Unavailable
from sqsd_core.policy.admission import Reason
from sqsd_core.policy.blame import Blame
from sqsd_core.policy.breaker import Breaker, BreakerSettings, State
from sqsd_core.ports.clock import Clock
from sqsd_core.ports.observer import Unrun

if TYPE_CHECKING:
    from sqsd_core.message import MessageId

TRIAL = 1  # messages in the trial of a worker that was unavailable


class WorkerBreaker:
    """The breaker with what it asks and tells; ``flow/worker/prober`` moves it on while it is not closed."""

    def __init__(
        self,
        *,
        admission: Admission,
        trials: Trials,
        troubles: Troubles,
        settings: BreakerSettings,
        clock: Clock,
        random: Callable[[], float],
        startable: Callable[[], Sequence[Delivery]],
    ) -> None:
        """``startable`` takes out of the buffer what a slot could start."""
        self._admission = admission
        self._trials = trials
        self._troubles = troubles
        self._clock = clock
        self._random = random
        self._startable = startable
        self._breaker = Breaker(settings=settings, since=clock.monotonic())
        self._blame: Blame[MessageId] = Blame()
        self._changed = asyncio.Event()
        #: Unix time at which the breaker was last closed; what began before is of the outage
        self._closed_at = 0.0
        #: the message of the latest unavailable answer
        self._latest: MessageId | None = None
        #: whether an answer would change anything; each outcome asks
        self._eventful = False
        #: whether the probe is to be asked about a worker that was unavailable, though the breaker is closed
        self.check_wanted = False
        #: the probe's answer to that is of no interest any more once the breaker opens
        self.checking: asyncio.Timeout | None = None

    def __repr__(self) -> str:
        held = f", {len(self._trials)} held" if len(self._trials) else ""
        return f"<WorkerBreaker {self._breaker.state.value}, {self._breaker.failures} unavailable in a row{held}>"

    @property
    def current(self) -> Breaker:
        return self._breaker

    @property
    def held(self) -> int:
        """Messages that wait until the worker is back."""
        return len(self._trials)

    @property
    def rest(self) -> float:
        """Seconds until a message that is held may be tried again."""
        return max(0.0, self._breaker.until - self._clock.monotonic())

    @property
    def patient(self) -> bool:
        """Whether a receive may wait for long: not while a held message waits to be tried in its place."""
        return not len(self._trials)

    async def admit(self) -> int:
        """Wait until messages may be received; returns how many at most."""
        while True:
            match self._breaker.state:
                case State.CLOSED:
                    return MAX_BATCH
                case State.TRIAL if self._trials.wants_fresh:
                    self._trials.wants_fresh = False
                    return TRIAL
                case _:
                    await self._changed.wait()

    def passable(self, admitted: int) -> bool:
        """Whether a receive that was admitted with ``admitted`` messages is still welcome."""
        return self._breaker.state is State.CLOSED or (self._breaker.state is State.TRIAL and admitted == TRIAL)

    def came(self, deliveries: Sequence[Delivery], *, admitted: int) -> None:
        """Note what a welcome receive brought: where it was the trial and brought nothing, another is given."""
        if admitted != TRIAL or self._breaker.state is not State.TRIAL:
            return
        if deliveries:
            self._trials.fresh(deliveries[0])
        else:
            self._trials.nothing_came()
            self._signal()

    def keep(self, deliveries: Sequence[Delivery]) -> Sequence[Delivery]:
        """Hold what could start otherwise and has no receive to spare; returns what is to be released."""
        if self._breaker.state is State.CLOSED:
            return deliveries
        return self._trials.keep(deliveries, now=self._clock.monotonic())

    def give_back(self, deliveries: Sequence[Delivery]) -> None:
        """Release what waited behind others while the worker is unavailable, except what has no receive to spare."""
        release(self._trials.keep_unordered(deliveries, now=self._clock.monotonic()), Unrun.STOPPED)

    def hold(self, deliveries: Sequence[Delivery]) -> None:
        """Hold these until the worker is back, whether they have a receive to spare or not."""
        for delivery in deliveries:
            self._trials.hold(delivery, now=self._clock.monotonic(), dropped=False)

    def lost(self, deliveries: Sequence[Delivery]) -> None:
        """Note deliveries that end without an outcome."""
        self._trials.lost(deliveries)
        self._signal()

    def stop(self, home: Home, *, keep: Keep = keep_nothing) -> Sequence[Delivery]:
        """Hold nothing of this home from now on; returns what was held. ``keep`` gets what would be held later."""
        return self._trials.stop(home, keep=keep)

    def forget(self, home: Home) -> None:
        """The home is gone for good."""
        self._trials.forget(home)

    def observe(self, delivery: Delivery, outcome: Outcome, *, began: float) -> bool:
        """Tell the breaker how an invocation ended that began at this Unix time; True: the message is held."""
        held = False
        if isinstance(outcome, Unavailable):
            held = began >= self._closed_at and self._unavailable(delivery, outcome, began)
            self._note_eventful()
        elif self._eventful:
            self._answered(delivery, outcome, began)
            self._note_eventful()
        return held

    def observe_batch(self, ended: Sequence[tuple[Delivery, Outcome]], *, began: float) -> AbstractSet[Delivery]:
        """Likewise for the messages of a batch, which was one try to reach the worker; returns those that are held."""
        held: set[Delivery] = set()
        counts = began >= self._closed_at
        tried = False
        for delivery, outcome in ended:
            if not isinstance(outcome, Unavailable):
                if self._eventful:
                    self._answered(delivery, outcome, began)
            elif counts:
                if self._unavailable(delivery, outcome, began, tries=not tried):
                    held.add(delivery)
                tried = True
            self._note_eventful()
        return held

    async def changed(self) -> None:
        """Wait until the state changes, a trial is to be given or a check is wanted."""
        await self._changed.wait()

    def cooled_down(self) -> None:
        """The cool-down is over."""
        self._move(self._breaker.cooled_down(now=self._clock.monotonic()))

    def probed(self, *, reached: bool) -> None:
        """The probe has answered."""
        now = self._clock.monotonic()
        if reached:
            self._move(self._breaker.reachable(now=now))
        else:
            self._move(self._breaker.unreachable(now=now, random=self._random()))

    def _unavailable(self, delivery: Delivery, outcome: Unavailable, began: float, *, tries: bool = True) -> bool:
        """Count it as a try; hold the message where it has no receive to spare and is not itself the cause."""
        message = delivery.message
        trusted = outcome.unsent or not self._blame.is_blamed(message.id)
        if not outcome.unsent:
            self._blame.dropped(message.id, began=began)
        if self._trials.is_trial(delivery):
            return self._trial_failed(delivery, outcome, trusted=trusted)
        last = delivery.home.is_last(message)
        if tries and self._breaker.state is State.CLOSED:
            again, self._latest = self._latest == message.id, message.id
            if trusted or not again:
                self._count(outcome, decisive=trusted and (again or last))
        if self._breaker.state is State.CLOSED or has_spare(delivery) or not trusted:
            return False
        return self._trials.hold(delivery, now=self._clock.monotonic(), dropped=not outcome.unsent)

    def _trial_failed(self, delivery: Delivery, outcome: Unavailable, *, trusted: bool) -> bool:
        now = self._clock.monotonic()
        held = self._trials.failed(delivery, now=now, dropped=not outcome.unsent, trusted=trusted)
        self._count(outcome)
        return held

    def _count(self, outcome: Unavailable, *, decisive: bool = False) -> None:
        now, random = self._clock.monotonic(), self._random()
        after = self._breaker.unavailable(
            outcome.reason, now=now, random=random, after=outcome.after, decisive=decisive
        )
        self._move(after)
        if after.state is State.CLOSED:
            self.check_wanted = True
            self._signal()

    def _answered(self, delivery: Delivery, outcome: Outcome, began: float) -> None:
        if isinstance(outcome, Interrupted) or not getattr(outcome, "invoked", True):  # says nothing of the worker
            self.lost([delivery])
            return
        self._blame.answered(delivery.message.id, began=began)
        now = self._clock.monotonic()
        if self._breaker.state is State.CLOSED:
            self._latest = None
            self._move(self._breaker.answered(now=now))
        elif self._trials.is_trial(delivery):
            self._latest, self._closed_at = None, self._clock.monotonic()
            self._move(self._breaker.answered(now=now))
            self._trials.succeeded(delivery)

    def _note_eventful(self) -> None:
        self._eventful = bool(self._breaker.failures) or self._breaker.state is not State.CLOSED or self._blame.is_open

    def _move(self, after: Breaker) -> None:
        before, self._breaker = self._breaker, after
        if before.state is after.state:
            return
        match after.state:
            case State.OPEN:
                self._opened(after)
            case State.TRIAL:
                self._admission.open(Reason.BREAKER_OPEN)
                self._trials.begin()
            case _:
                pass
        self._note_eventful()
        self._say(before, after)
        self._signal()

    def _opened(self, breaker: Breaker) -> None:
        self._admission.close(Reason.BREAKER_OPEN, breaker.reason)
        # At once: other slots may have answers in this turn of the loop, and each would take a message.
        release(self.keep(self._startable()), Unrun.STOPPED)
        self.check_wanted = False
        if self.checking is not None and not self.checking.expired():
            self.checking.reschedule(0.0)  # the loop's clock is past it

    def _say(self, before: Breaker, after: Breaker) -> None:
        match after.state:
            case State.OPEN:
                pause = round(after.until - after.since, 1)
                event = "breaker open, receiving stops"
                self._troubles.note(event, level=logging.ERROR, reason=after.reason, probe_in=pause)
            case State.CLOSED:
                self._troubles.note("breaker closed", openings=before.openings)
            case State.PROBING:
                self._troubles.note("breaker probing the worker", level=logging.INFO)
            case State.TRIAL:
                self._troubles.note("breaker trial, one message will be tried", level=logging.INFO)

    def _signal(self) -> None:
        self._changed.set()
        self._changed.clear()
