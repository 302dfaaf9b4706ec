"""Carries out a disposition: acknowledge, hide or leave, and complete or release the lock."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import assert_never

from sqsd_core.flow.acknowledger import Acknowledger
from sqsd_core.flow.delivery import Delivery
from sqsd_core.flow.handoff import Handoff
from sqsd_core.flow.heartbeat import Heartbeat
from sqsd_core.flow.locks import Locks
from sqsd_core.message import Message
from sqsd_core.outcome import Outcome, Succeeded
from sqsd_core.policy.retries import Retries
from sqsd_core.policy.settlement import Delete, Hide, Leave, RetryPolicy, decide
from sqsd_core.ports.clock import Clock


class Settler:
    """The end of a delivery.

    A lock is released before its message becomes visible, or the next receiver would take the retry for a duplicate.
    """

    def __init__(
        self,
        *,
        acknowledger: Acknowledger,
        heartbeat: Heartbeat,
        locks: Locks,
        clock: Clock,
        random: Callable[[], float],
        retry: RetryPolicy,
        retries: Retries,
        handoff: Handoff,
    ) -> None:
        self._acknowledger = acknowledger
        self._heartbeat = heartbeat
        self._locks = locks
        self._clock = clock
        self._random = random
        self._retry = retry
        self._retries = retries
        self._handoff = handoff
        self._abandoned: list[Delivery] = []

    async def settle(self, delivery: Delivery, outcome: Outcome) -> float | None:
        """Do what the outcome asks for; the queue confirms later. Returns seconds until it is visible again."""
        now = self._clock.monotonic()
        disposition = decide(
            outcome,
            receive_count=delivery.message.receive_count,
            held=delivery.held(now),
            retry=self._retry,
            random=self._random(),
        )
        match disposition:
            case Delete():
                await self._locks.complete(delivery.lock)
                self._heartbeat.let_go(delivery)
                self._acknowledger.delete(delivery)
                if delivery.message.group_id is not None:
                    self._retries.over(delivery.message, now=now)
                return None
            case Hide(seconds=seconds):
                self._put_off(delivery.message, until=now + seconds)
                await self._hide([delivery], seconds)
                return seconds
            case Leave():
                self._put_off(delivery.message, until=delivery.invisible_until)
                await self._heartbeat.stop(delivery)
                await self._locks.release([delivery.lock])
                return max(0.0, delivery.invisible_until - now)
            case _:
                assert_never(disposition)

    async def release(self, deliveries: Sequence[Delivery]) -> None:
        """Give back what did not run: visible to everybody at once."""
        if not deliveries:
            return
        now = self._clock.monotonic()
        for delivery in deliveries:
            if delivery.message.group_id is not None:
                self._retries.released(delivery.message, now=now)
        try:
            await self._hide(deliveries, 0.0)
        except asyncio.CancelledError:
            self.abandon(deliveries)
            raise

    def abandon(self, deliveries: Iterable[Delivery]) -> None:
        """Note deliveries to release, where nothing can be awaited."""
        self._abandoned.extend(deliveries)

    async def release_abandoned(self) -> None:
        """Release what was noted."""
        if self._abandoned:
            abandoned, self._abandoned = self._abandoned, []
            await self.release(abandoned)

    def cut_short(self, delivery: Delivery, outcome: Outcome | None) -> None:
        """Note a delivery whose task is being cancelled: a success is still deleted, anything else is released."""
        if isinstance(outcome, Succeeded):
            self._heartbeat.let_go(delivery)
            self._acknowledger.delete(delivery)
        else:
            self.abandon([delivery])

    def delete_duplicate(self, delivery: Delivery) -> None:
        """Delete a message that was run to success before."""
        if delivery.message.group_id is not None:
            self._retries.over(delivery.message, now=self._clock.monotonic())
        self._acknowledger.delete_duplicate(delivery)

    def _put_off(self, message: Message, *, until: float) -> None:
        if message.group_id is not None:
            self._retries.put_off(message, until=until, behind=self._handoff.behind(message.group_id))

    async def _hide(self, deliveries: Sequence[Delivery], seconds: float) -> None:
        for delivery in deliveries:
            await self._heartbeat.stop(delivery)
        await self._locks.release([delivery.lock for delivery in deliveries])
        for delivery in deliveries:
            self._acknowledger.hide(delivery, seconds)
