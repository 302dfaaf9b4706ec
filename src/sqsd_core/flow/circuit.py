"""Keeps the failure breaker: tells it what the invocations met, probes the worker, lets fetchers through or not."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from sqsd_core.flow.admission import Admission
from sqsd_core.flow.delivery import Delivery
from sqsd_core.flow.redrive import Redrive
from sqsd_core.flow.trials import SPARE, Trials
from sqsd_core.outcome import Interrupted, Outcome, Unavailable
from sqsd_core.policy.admission import Reason
from sqsd_core.policy.blame import Blame
from sqsd_core.policy.breaker import Breaker, BreakerSettings, State
from sqsd_core.ports.clock import Clock
from sqsd_core.ports.invoker import Probe
from sqsd_core.ports.queue import MAX_BATCH

if TYPE_CHECKING:
    from sqsd_core.message import MessageId

TRIAL = 1  # message by which a worker that was down is tried

logger = logging.getLogger(__name__)


class Circuit:
    """The breaker's life.

    What is ``buffered`` is taken out and given to ``release`` as soon as receiving stops; ``settle`` puts off a message
    that was held.
    """

    def __init__(
        self,
        *,
        admission: Admission,
        trials: Trials,
        redrive: Redrive,
        settings: BreakerSettings,
        probe: Probe | None,
        clock: Clock,
        random: Callable[[], float],
        buffered: Callable[[], Sequence[Delivery]],
        release: Callable[[Sequence[Delivery]], Awaitable[None]],
        settle: Callable[[Delivery, Outcome], Awaitable[object]],
    ) -> None:
        self._admission = admission
        self._trials = trials
        self._redrive = redrive
        self._probe = probe
        self._clock = clock
        self._random = random
        self._buffered = buffered
        self._release = release
        self._settle = settle
        self._breaker = Breaker(settings=settings, since=clock.monotonic())
        self._blame: Blame[MessageId] = Blame()
        self._changed = asyncio.Event()
        #: Unix time at which the breaker was last closed; what began before is of the outage
        self._closed_at = 0.0
        #: the message of the latest unavailable answer
        self._latest: MessageId | None = None
        #: whether an answer would change anything; each outcome asks
        self._eventful = False
        self._check_wanted = False
        self._check_at = 0.0
        self._checking: asyncio.Timeout | None = None
        self._put_off: list[Delivery] = []

    def __repr__(self) -> str:
        held = f", {len(self._trials)} held" if len(self._trials) else ""
        return f"<Circuit {self._breaker.state.value}, {self._breaker.failures} unavailable in a row{held}>"

    @property
    def breaker(self) -> Breaker:
        return self._breaker

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
        """Hold what came too late and has no receive to spare; returns what is to be released."""
        return self._trials.keep(deliveries, now=self._clock.monotonic())

    def lost(self, deliveries: Sequence[Delivery]) -> None:
        """Note deliveries that end without an outcome."""
        self._trials.lost(deliveries)
        self._signal()

    def stop(self) -> Sequence[Delivery]:
        """Hold nothing from now on, since the drain has begun; returns what was held."""
        return self._trials.stop()

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

    async def run(self) -> None:
        """Release the buffer when the breaker opens, wait out each cool-down, probe the worker, until cancelled."""
        while True:
            match self._breaker.state:
                case State.OPEN:
                    await self._wait_out()
                case State.CLOSED if self._check_wanted:
                    await self._check()
                case _:
                    await self._changed.wait()

    async def _wait_out(self) -> None:
        await self._release(self._trials.keep_unordered(self._buffered(), now=self._clock.monotonic()))
        await self._settle_put_off()
        await asyncio.sleep(self.rest)
        self._move(self._breaker.cooled_down(now=self._clock.monotonic()))
        reached = self._probe is None or await self._probe.probe()
        self._put_off.extend(self._trials.expired(now=self._clock.monotonic()))
        await self._settle_put_off()
        self._reached(reached)

    async def _settle_put_off(self) -> None:
        while self._put_off:
            await self._settle(self._put_off.pop(), Unavailable(self._breaker.reason))

    async def _check(self) -> None:
        """Ask the probe about a worker that was unavailable while the breaker is closed, once per cool-down."""
        if (pause := self._check_at - self._clock.monotonic()) > 0:
            await self._pause(pause)
            return
        self._check_wanted = False
        self._check_at = self._clock.monotonic() + self._breaker.settings.cooldown
        reached = True
        with suppress(TimeoutError):
            async with asyncio.timeout(None) as self._checking:
                reached = self._probe is None or await self._probe.probe()
        self._checking = None
        # Nothing to decide where the count has opened the breaker meanwhile, or an answer came.
        if self._breaker.state is State.CLOSED and self._breaker.failures:
            self._reached(reached)

    async def _pause(self, seconds: float) -> None:
        """Sleep, but not beyond the next change."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()

    def _reached(self, reached: bool) -> None:  # noqa: FBT001 - the probe's answer
        now = self._clock.monotonic()
        if reached:
            self._move(self._breaker.reachable(now=now))
        else:
            self._move(self._breaker.unreachable(now=now, random=self._random()))

    def _unavailable(self, delivery: Delivery, outcome: Unavailable, began: float) -> bool:
        """Count it; hold the message where it has no receive to spare and is not itself the cause."""
        message = delivery.message
        trusted = outcome.unsent or not self._blame.is_blamed(message.id)
        if not outcome.unsent:
            self._blame.dropped(message.id, began=began)
        if self._trials.is_trial(delivery):
            return self._trial_failed(delivery, outcome, trusted=trusted)
        last = self._redrive.is_last(message)
        if self._breaker.state is State.CLOSED:
            again, self._latest = self._latest == message.id, message.id
            if trusted or not again:
                self._count(outcome, decisive=trusted and (again or last))
        spare = message.receive_count <= SPARE and not last
        if self._breaker.state is State.CLOSED or spare or not trusted:
            return False
        return self._trials.hold(delivery, now=self._clock.monotonic(), dropped=not outcome.unsent)

    def _trial_failed(self, delivery: Delivery, outcome: Unavailable, *, trusted: bool) -> bool:
        now = self._clock.monotonic()
        gone = self._trials.failed(delivery, now=now, dropped=not outcome.unsent, trusted=trusted)
        self._count(outcome)
        self._put_off.extend(other for other in gone if other is not delivery)
        return delivery not in gone

    def _count(self, outcome: Unavailable, *, decisive: bool = False) -> None:
        now, random = self._clock.monotonic(), self._random()
        after = self._breaker.unavailable(
            outcome.reason, now=now, random=random, after=outcome.after, decisive=decisive
        )
        self._move(after)
        if after.state is State.CLOSED:
            self._check_wanted = True
            self._signal()

    def _answered(self, delivery: Delivery, outcome: Outcome, began: float) -> None:
        if isinstance(outcome, Interrupted):  # says nothing of the worker
            self.lost([delivery])
            return
        self._blame.answered(delivery.message.id, began=began)
        now = self._clock.monotonic()
        if self._breaker.state is State.CLOSED:
            self._latest = None
            self._move(self._breaker.answered(now=now))
        elif self._trials.is_trial(delivery):
            self._latest, self._closed_at = None, self._clock.now()
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
        self._check_wanted = False
        if self._checking is not None and not self._checking.expired():
            self._checking.reschedule(0.0)  # the loop's clock is past it

    def _say(self, before: Breaker, after: Breaker) -> None:
        match after.state:
            case State.OPEN:
                pause = round(after.until - after.since, 1)
                logger.error("breaker open, receiving stops", extra={"reason": after.reason, "probe_in": pause})
            case State.CLOSED:
                logger.warning("breaker closed, receiving", extra={"openings": before.openings})
            case _:
                logger.info("breaker half-open", extra={"state": after.state.value})

    def _signal(self) -> None:
        self._changed.set()
        self._changed.clear()
