"""Gives back what did not run: one task, so that many releases become few calls and no station waits for them."""

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
        self._waiting: list[Delivery] = []
        self._added = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, delivery: Delivery) -> None:
        """Let everybody see the message soon; never waits."""
        self._heartbeat.leaves(delivery)
        self._waiting.append(delivery)
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
                deliveries, self._waiting = self._waiting, []
                await self._release(deliveries)

    async def hide(self, deliveries: Sequence[Delivery], seconds: float) -> None:
        """Let the messages be visible again in ``seconds`` from now."""
        for delivery in deliveries:
            await self._heartbeat.stop(delivery)
        await self._locks.release([delivery.lock for delivery in deliveries])
        for delivery in deliveries:
            self._acknowledger.hide(delivery, seconds)

    async def _release(self, deliveries: Sequence[Delivery]) -> None:
        now = self._clock.monotonic()
        for delivery in deliveries:
            if delivery.message.group_id is not None:
                self._comebacks.released(delivery.message, now=now)
        try:
            await self.hide(deliveries, 0.0)
        except asyncio.CancelledError:
            self._waiting.extend(deliveries)
            raise
