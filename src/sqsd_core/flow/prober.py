"""Looks after a worker that is unavailable: waits out each cool-down and asks the probe, one question at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from sqsd_core.flow.circuit import Circuit
from sqsd_core.flow.delivery import Delivery
from sqsd_core.flow.trials import Trials
from sqsd_core.outcome import Outcome, Unavailable
from sqsd_core.policy.breaker import State
from sqsd_core.ports.clock import Clock
from sqsd_core.ports.invoker import Probe


class Prober:
    """What is ``buffered`` is taken out and given to ``release`` as soon as receiving stops.

    ``settle`` puts off a message that was held.
    """

    def __init__(
        self,
        *,
        circuit: Circuit,
        trials: Trials,
        probe: Probe | None,
        clock: Clock,
        buffered: Callable[[], Sequence[Delivery]],
        release: Callable[[Sequence[Delivery]], Awaitable[None]],
        settle: Callable[[Delivery, Outcome], Awaitable[object]],
    ) -> None:
        self._circuit = circuit
        self._trials = trials
        self._probe = probe
        self._clock = clock
        self._buffered = buffered
        self._release = release
        self._settle = settle
        self._check_at = 0.0

    async def run(self) -> None:
        """Do what the breaker's state calls for, until cancelled."""
        while True:
            match self._circuit.breaker.state:
                case State.OPEN:
                    await self._wait_out()
                case State.CLOSED if self._circuit.check_wanted:
                    await self._check()
                case _:
                    await self._circuit.changed()

    async def _wait_out(self) -> None:
        await self._release(self._trials.keep_unordered(self._buffered(), now=self._clock.monotonic()))
        await self._settle_put_off()
        await asyncio.sleep(self._circuit.rest)
        self._circuit.cooled_down()
        reached = await self._reaches()
        self._trials.expire(now=self._clock.monotonic())
        await self._settle_put_off()
        self._circuit.probed(reached=reached)

    async def _settle_put_off(self) -> None:
        while self._trials.put_off:
            await self._settle(self._trials.put_off.pop(), Unavailable(self._circuit.breaker.reason))

    async def _check(self) -> None:
        """Ask about a worker that was unavailable while the breaker is closed, at most once per cool-down."""
        if (pause := self._check_at - self._clock.monotonic()) > 0:
            await self._pause(pause)
            return
        self._circuit.check_wanted = False
        self._check_at = self._clock.monotonic() + self._circuit.breaker.settings.cooldown
        reached = True
        with suppress(TimeoutError):
            async with asyncio.timeout(None) as self._circuit.checking:
                reached = await self._reaches()
        self._circuit.checking = None
        # Nothing to decide where the count has opened the breaker meanwhile, or an answer came.
        if self._circuit.breaker.state is State.CLOSED and self._circuit.breaker.failures:
            self._circuit.probed(reached=reached)

    async def _reaches(self) -> bool:
        return self._probe is None or await self._probe.probe()

    async def _pause(self, seconds: float) -> None:
        """Sleep, but not beyond the next change."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._circuit.changed()
