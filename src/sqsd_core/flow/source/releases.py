"""Gives back what does not run here: one task, so that many releases become few calls and no station waits for them."""

import asyncio
from collections.abc import Sequence

from sqsd_core.flow.delivery import Delivery
from sqsd_core.flow.source.acknowledger import Acknowledger
from sqsd_core.flow.source.heartbeat import Heartbeat
from sqsd_core.flow.source.locks import Locks
from sqsd_core.policy.comebacks import Comebacks
from sqsd_core.ports.clock import Clock


class Releases:
    """Deliveries on their way back to the queue.

    A lock is released before its message becomes visible, or the next receiver would take the retry for a duplicate.
    """

    def __init__(
        self, *, acknowledger: Acknowledger, heartbeat: Heartbeat, locks: Locks, comebacks: Comebacks, clock: Clock
    ) -> None:
        self._acknowledger = acknowledger
        self._heartbeat = heartbeat
        self._locks = locks
        self._comebacks = comebacks
        self._clock = clock
        #: each with the seconds until it is visible again
        self._waiting: list[tuple[Delivery, float]] = []
        self._added = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, delivery: Delivery, seconds: float = 0.0) -> None:
        """Let the message be visible again in ``seconds``, or soon; never waits."""
        self._heartbeat.leaves(delivery)
        self._waiting.append((delivery, seconds))
        self._added.set()

    async def run(self) -> None:
        """Release what is added, until cancelled; what is left then waits for ``finish``."""
        while True:
            await self._added.wait()
            await self.finish()

    async def finish(self) -> None:
        """Release everything that was added."""
        async with self._one_at_a_time:
            self._added.clear()
            while self._waiting:
                waiting, self._waiting = self._waiting, []
                await self._release(waiting)

    async def hide(self, deliveries: Sequence[Delivery], seconds: float) -> None:
        """Let the messages be visible again in ``seconds`` from now."""
        await self._let_go(deliveries)
        for delivery in deliveries:
            self._acknowledger.hide(delivery, seconds)

    async def _release(self, waiting: Sequence[tuple[Delivery, float]]) -> None:
        now = self._clock.monotonic()
        for delivery, _ in waiting:
            if delivery.message.group_id is not None:
                self._comebacks.released(delivery.message, now=now)
        try:
            await self._let_go([delivery for delivery, _ in waiting])
        except asyncio.CancelledError:
            self._waiting.extend(waiting)
            raise
        for delivery, seconds in waiting:
            self._acknowledger.hide(delivery, seconds)

    async def _let_go(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            await self._heartbeat.stop(delivery)
        await self._locks.release([delivery.lock for delivery in deliveries])
