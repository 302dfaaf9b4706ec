"""Looks after a worker that is unavailable: waits out each cool-down and asks the probe, one question at a time."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

from sqsd_core.flow.delivery import Delivery
from sqsd_core.flow.worker.breaker import WorkerBreaker
from sqsd_core.flow.worker.trials import Trials
from sqsd_core.policy.breaker import State
from sqsd_core.ports.clock import Clock
from sqsd_core.ports.invoker import Probe


class Prober:
    """What is still ``buffered`` once receiving has stopped is taken out: it waits behind what runs."""

    def __init__(
        self,
        *,
        breaker: WorkerBreaker,
        trials: Trials,
        probe: Probe | None,
        clock: Clock,
        buffered: Callable[[], Sequence[Delivery]],
    ) -> None:
        self._breaker = breaker
        self._trials = trials
        self._probe = probe
        self._clock = clock
        self._buffered = buffered
        self._check_at = 0.0

    async def run(self) -> None:
        """Do what the breaker's state calls for, until cancelled."""
        while True:
            match self._breaker.current.state:
                case State.OPEN:
                    await self._wait_out()
                case State.CLOSED if self._breaker.check_wanted:
                    await self._check()
                case _:
                    await self._breaker.changed()

    async def _wait_out(self) -> None:
        self._breaker.give_back(self._buffered())
        self._put_off_overdue()
        await asyncio.sleep(self._breaker.rest)
        self._breaker.cooled_down()
        reached = await self._reaches()
        self._trials.expire(now=self._clock.monotonic())
        self._put_off_overdue()
        self._breaker.probed(reached=reached)

    def _put_off_overdue(self) -> None:
        while self._trials.put_off:
            delivery = self._trials.put_off.pop()
            delivery.home.put_off(delivery)

    async def _check(self) -> None:
        """Ask about a worker that was unavailable while the breaker is closed, at most once per cool-down."""
        if (pause := self._check_at - self._clock.monotonic()) > 0:
            await self._pause(pause)
            return
        self._breaker.check_wanted = False
        self._check_at = self._clock.monotonic() + self._breaker.current.settings.cooldown
        reached = True
        with suppress(TimeoutError):
            async with asyncio.timeout(None) as self._breaker.checking:
                reached = await self._reaches()
        self._breaker.checking = None
        # Nothing to decide where the count has opened the breaker meanwhile, or an answer came.
        if self._breaker.current.state is State.CLOSED and self._breaker.current.failures:
            self._breaker.probed(reached=reached)

    async def _reaches(self) -> bool:
        return self._probe is None or await self._probe.probe()

    async def _pause(self, seconds: float) -> None:
        """Sleep, but not beyond the next change."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._breaker.changed()
