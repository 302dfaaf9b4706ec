"""Keeps the failure breaker: tells it what the invocations met, probes the worker, lets fetchers through or not."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from sqsd_core.flow.admission import Admission
from sqsd_core.outcome import Outcome, Unavailable
from sqsd_core.policy.admission import Reason
from sqsd_core.policy.breaker import Breaker, BreakerSettings, State
from sqsd_core.ports.clock import Clock
from sqsd_core.ports.invoker import Probe
from sqsd_core.ports.queue import MAX_BATCH

_CLOSED = State.CLOSED  # an enumeration's member by its name takes Python 3.11 a call; each outcome asks
TRIAL = 1  # message by which a worker that was down is tried

logger = logging.getLogger(__name__)


class Circuit:
    """The breaker's life; ``release`` gives back what is buffered as soon as receiving stops."""

    def __init__(
        self,
        *,
        admission: Admission,
        settings: BreakerSettings,
        probe: Probe | None,
        clock: Clock,
        random: Callable[[], float],
        release: Callable[[], Awaitable[None]],
    ) -> None:
        self._admission = admission
        self._probe = probe
        self._clock = clock
        self._random = random
        self._release = release
        self._breaker = Breaker(settings=settings, since=clock.monotonic())
        self._changed = asyncio.Event()
        self._trial_given = False

    def __repr__(self) -> str:
        return f"<Circuit {self._breaker.state.value}, {self._breaker.failures} unavailable in a row>"

    @property
    def breaker(self) -> Breaker:
        return self._breaker

    async def admit(self) -> int:
        """Wait until messages may be received; returns how many at most."""
        while True:
            match self._breaker.state:
                case State.CLOSED:
                    return MAX_BATCH
                case State.TRIAL if not self._trial_given:
                    self._trial_given = True
                    return TRIAL
                case _:
                    await self._changed.wait()

    def passable(self, admitted: int) -> bool:
        """Whether a receive that was admitted with ``admitted`` messages is still welcome."""
        return self._breaker.state is State.CLOSED or (self._breaker.state is State.TRIAL and admitted == TRIAL)

    def nothing_came(self, admitted: int) -> None:
        """A receive brought no message: where it was the trial, that is still to be given."""
        if admitted == TRIAL:
            self._trial_given = False
            self._signal()

    def observe(self, outcome: Outcome) -> None:
        """Tell the breaker how an invocation ended."""
        if isinstance(outcome, Unavailable):
            now = self._clock.monotonic()
            self._move(self._breaker.unavailable(outcome.reason, now=now, random=self._random()))
        elif self._breaker.failures or self._breaker.state is not _CLOSED:
            self._move(self._breaker.answered(now=self._clock.monotonic()))

    async def run(self) -> None:
        """Release the buffer when the breaker opens, wait out each cool-down, probe the worker, until cancelled."""
        while True:
            while self._breaker.state is not State.OPEN:
                await self._changed.wait()
            await self._release()
            await asyncio.sleep(max(0.0, self._breaker.until - self._clock.monotonic()))
            self._move(self._breaker.cooled_down(now=self._clock.monotonic()))
            reached = self._probe is None or await self._probe.probe()
            now = self._clock.monotonic()
            if reached:
                self._move(self._breaker.reachable(now=now))
            else:
                self._move(self._breaker.unreachable(now=now, random=self._random()))

    def _move(self, after: Breaker) -> None:
        before, self._breaker = self._breaker, after
        if before.state is after.state:
            return
        if after.state is State.TRIAL:
            self._trial_given = False
        if after.state is State.OPEN:
            self._admission.close(Reason.BREAKER_OPEN, after.reason)
        elif after.state is not State.PROBING:
            self._admission.open(Reason.BREAKER_OPEN)
        self._say(before, after)
        self._signal()

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
