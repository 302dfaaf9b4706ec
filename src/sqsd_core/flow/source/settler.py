"""Applies a disposition: acknowledge, hide or leave, and complete or release the lock."""

from collections.abc import Callable, Sequence
from typing import assert_never

from sqsd_core.flow.delivery import Delivery
from sqsd_core.flow.source.acknowledger import Acknowledger
from sqsd_core.flow.source.heartbeat import Heartbeat
from sqsd_core.flow.source.locks import Locks
from sqsd_core.flow.source.redrive import Redrive
from sqsd_core.flow.source.releases import Releases
from sqsd_core.flow.watchers import Watchers
from sqsd_core.flow.worker.feed import Feed
from sqsd_core.message import Message
from sqsd_core.outcome import Outcome, Succeeded
from sqsd_core.policy.comebacks import Comebacks
from sqsd_core.policy.settlement import (
    DELETE,
    Delete,
    Disposition,
    Hide,
    Leave,
    RetryPolicy,
    decide,
    pause_after_failure,
)
from sqsd_core.ports.clock import Clock
from sqsd_core.ports.invoker import Invoker
from sqsd_core.ports.observer import Unrun
from sqsd_core.ports.queue import QueueDescription


class Settler:
    """The home of the deliveries of one queue."""

    def __init__(
        self,
        *,
        acknowledger: Acknowledger,
        heartbeat: Heartbeat,
        locks: Locks,
        releases: Releases,
        redrive: Redrive,
        clock: Clock,
        random: Callable[[], float],
        retry: RetryPolicy,
        comebacks: Comebacks,
        feed: Feed,
        invoker: Invoker,
        watchers: Watchers,
    ) -> None:
        self._acknowledger = acknowledger
        self._heartbeat = heartbeat
        self._locks = locks
        self._releases = releases
        self._redrive = redrive
        self._clock = clock
        self._random = random
        self._retry = retry
        self._comebacks = comebacks
        self._feed = feed
        self.invoker = invoker
        self._watchers = watchers
        self.name = feed.name

    def learn(self, description: QueueDescription) -> None:
        """Take the limit of receives that the queue has."""
        self._redrive.learn(description.max_receive_count)
        self._comebacks.allow(description.max_receive_count)
        self._watchers.described(self.name, description)

    @property
    def max_receive_count(self) -> int | None:
        return self._redrive.max_receive_count

    async def settle(self, delivery: Delivery, outcome: Outcome, behind: Sequence[Delivery] = ()) -> float | None:
        """Do what the outcome asks for; the queue confirms later. Returns seconds until it is visible again."""
        # the first row of the policy's table: to ask for it would take 4,000 instructions per message
        disposition = DELETE if isinstance(outcome, Succeeded) else self._decide(delivery, outcome)
        match disposition:
            case Delete():
                await self._locks.complete([delivery.lock])
                self._delete(delivery)
                return None
            case Hide(seconds=seconds):
                self._put_off(delivery.message, until=self._clock.monotonic() + seconds, ran=behind)
                await self._releases.hide([delivery, *behind], seconds)
                return seconds
            case Leave():
                self._put_off(delivery.message, until=delivery.invisible_until, ran=behind)
                await self._leave([delivery, *behind])
                return max(0.0, delivery.invisible_until - self._clock.monotonic())
            case _:
                assert_never(disposition)

    async def delete(self, deliveries: Sequence[Delivery]) -> None:
        """Delete messages of one batch that succeeded."""
        await self._locks.complete([delivery.lock for delivery in deliveries])
        for delivery in deliveries:
            self._delete(delivery)

    def put_back(self, delivery: Delivery) -> None:
        """Let everybody see a message whose end was told already."""
        delivery.began = 0.0
        self._releases.add(delivery)

    def put_off(self, delivery: Delivery) -> None:
        """Let everybody see a message after a back-off that was held for its worker."""
        now = self._clock.monotonic()
        seconds = pause_after_failure(
            receive_count=delivery.message.receive_count,
            held=delivery.held(now),
            retry=self._retry,
            random=self._random(),
        )
        self._put_off(delivery.message, until=now + seconds, ran=())
        self._releases.add(delivery, seconds)

    def release(self, delivery: Delivery, why: Unrun) -> None:
        """Let everybody see a message that did not run."""
        self._watchers.released(self.name, delivery.message, why)
        self.put_back(delivery)

    def cut_short(self, delivery: Delivery, outcome: Outcome | None) -> None:
        """Note a delivery whose task is being cancelled: a success is still deleted, anything else is released."""
        if isinstance(outcome, Succeeded):
            self._heartbeat.let_go(delivery)
            self._acknowledger.delete(delivery)
        else:
            self.release(delivery, Unrun.CUT_OFF)

    def delete_duplicate(self, delivery: Delivery) -> None:
        """Delete a message that succeeded before."""
        if delivery.message.group_id is not None:
            self._comebacks.over(delivery.message, now=self._clock.monotonic())
        self._acknowledger.delete_duplicate(delivery)

    def is_last(self, message: Message) -> bool:
        """Whether SQS moves the message to the dead-letter queue instead of delivering it again."""
        return self._redrive.is_last(message)

    async def makes_way(self, message: Message) -> bool:
        """Whether messages wait behind this one, which has failed, and may start since it was its last try."""
        group = message.group_id
        if group is None or not self._feed.ordering.behind(group):
            return False
        return await self._redrive.is_surely_last(message)

    def _decide(self, delivery: Delivery, outcome: Outcome) -> Disposition:
        return decide(
            outcome,
            receive_count=delivery.message.receive_count,
            held=delivery.held(self._clock.monotonic()),
            retry=self._retry,
            random=self._random(),
        )

    def _delete(self, delivery: Delivery) -> None:
        self._heartbeat.let_go(delivery)
        self._acknowledger.succeeded(delivery)
        if delivery.message.group_id is not None:
            self._comebacks.over(delivery.message, now=self._clock.monotonic())

    async def _leave(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            await self._heartbeat.stop(delivery)
        await self._locks.release([delivery.lock for delivery in deliveries])

    def _put_off(self, message: Message, *, until: float, ran: Sequence[Delivery]) -> None:
        """Note when a group comes back; ``ran`` are those behind its message that were in the same batch."""
        if message.group_id is not None:
            waiting = self._feed.ordering.behind(message.group_id)
            behind = [delivery.message for delivery in (*ran, *waiting)]
            self._comebacks.put_off(message, until=until, behind=behind)
