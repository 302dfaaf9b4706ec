"""One task extends the visibility and the lock lease of all held messages, in batches, and only when due."""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from sqsd_core.errors import QueueError, QueueRefused
from sqsd_core.flow.delivery import Delivery
from sqsd_core.flow.source.confirmations import VISIBILITY_REFUSED
from sqsd_core.flow.source.locks import Locks
from sqsd_core.flow.troubles import Troubles
from sqsd_core.limits import MAX_BATCH, MAX_VISIBILITY
from sqsd_core.ports.clock import Clock
from sqsd_core.ports.queue import FailedEntry, Queue, VisibilityChange

if TYPE_CHECKING:
    from sqsd_core.message import MessageId

WHEN = 0.5  # of the visibility timeout: early enough for several tries, late enough to cost short jobs nothing
AGAIN = 0.1  # of the visibility timeout: after a failed extension, and the look-ahead that fills batches
BOUND = 0.2  # of the visibility timeout: an extension that takes longer is tried again
SIDE_BY_SIDE = 16  # batches under way: of 2,000 messages the last must not wait until it is too late


class Heartbeat:
    """Holds messages from ``hold`` to ``let_go``."""

    def __init__(self, *, queue: Queue, locks: Locks, troubles: Troubles, clock: Clock, visibility: float) -> None:
        self._queue = queue
        self._locks = locks
        self._troubles = troubles
        self._clock = clock
        self._visibility = visibility
        #: held deliveries and when each is due, in monotonic seconds
        self._due: dict[Delivery, float] = {}
        self._held: dict[MessageId, Delivery] = {}
        #: those of them that the queue extends no more: the lock alone keeps others from running them as well
        self._exposed: set[Delivery] = set()
        #: those that go back to the queue without having run
        self._leaving: set[Delivery] = set()
        self._beating: set[Delivery] = set()
        self._beat_over = asyncio.Event()
        self._room = asyncio.Semaphore(SIDE_BY_SIDE)

    def __len__(self) -> int:
        return len(self._due)

    @property
    def held(self) -> Iterable[Delivery]:
        """All that are held, whether their jobs run or wait."""
        return self._due

    @property
    def by_message(self) -> "Mapping[MessageId, Delivery]":
        """The same by message, as a live view."""
        return self._held

    def hold(self, delivery: Delivery) -> None:
        self._due[delivery] = delivery.received_at + self._visibility * WHEN
        self._held[delivery.message.id] = delivery

    def keeps(self, message_id: "MessageId") -> bool:
        """Whether a message is held here, and not about to be released."""
        held = self._held.get(message_id)
        return held is not None and held not in self._leaving

    def leaves(self, delivery: Delivery) -> None:
        """Note that it will be released, so that another delivery of its message may run."""
        self._leaving.add(delivery)

    def adopt(self, again: Delivery) -> bool:
        """Go on with the receipt of a second delivery of a message that is held here; False when it is not."""
        held = self._held.get(again.message.id)
        if held is None:
            return False
        self._exposed.discard(held)
        held.receipt = again.receipt
        held.received_at = again.received_at
        held.invisible_until = again.invisible_until
        self._due[held] = again.received_at + self._visibility * WHEN
        return True

    def let_go(self, delivery: Delivery) -> None:
        """Stop extending it; an extension under way may still arrive."""
        self._due.pop(delivery, None)
        if self._leaving:
            self._leaving.discard(delivery)
        if self._exposed:
            self._exposed.discard(delivery)
        message_id = delivery.message.id
        if self._held.get(message_id) is delivery:
            del self._held[message_id]

    async def stop(self, delivery: Delivery) -> None:
        """Stop extending it, and return when no extension under way can overwrite a back-off."""
        self.let_go(delivery)
        while delivery in self._beating:
            await self._beat_over.wait()

    async def run(self) -> None:
        """Extend what is due, until cancelled."""
        while True:
            now = self._clock.monotonic()
            # What is held from now on is due after this at the earliest, so nothing needs to wake us.
            latest = now + self._visibility * WHEN
            next_due = min(self._due.values(), default=latest)
            await asyncio.sleep(max(0.0, min(next_due, latest) - now))
            await self._extend_due()

    async def _extend_due(self) -> None:
        horizon = self._clock.monotonic() + self._visibility * AGAIN
        due = [delivery for delivery, at in self._due.items() if at <= horizon]
        async with asyncio.TaskGroup() as group:
            for start in range(0, len(due), MAX_BATCH):
                group.create_task(self._beat(due[start : start + MAX_BATCH]), name="heartbeat-batch")

    async def _beat(self, due: list[Delivery]) -> None:
        async with self._room:
            batch = [delivery for delivery in due if delivery in self._due]
            self._beating.update(batch)
            try:
                await self._extend(batch)
            finally:
                self._beating.difference_update(batch)
                self._beat_over.set()
                self._beat_over.clear()

    async def _extend(self, batch: list[Delivery]) -> None:
        if not batch:
            return
        now = self._clock.monotonic()
        changes = {delivery: self._change(delivery, now) for delivery in batch if delivery not in self._exposed}
        alive = {delivery: change for delivery, change in changes.items() if change.timeout >= 1.0}
        for delivery in changes.keys() - alive.keys():
            self._lost(delivery, "12 hours since the receive")
        for delivery in self._exposed.intersection(batch):
            self._postpone(delivery, now + self._visibility * WHEN)
        # The lease first: even if the extension fails, no other daemon must run the message.
        for lock in await self._locks.renew([delivery.lock for delivery in batch]):
            if lock.message_id in self._held:  # not done here meanwhile
                self._troubles.note("lock lost while the job runs", message_id=lock.message_id)
        if not alive:
            return
        try:
            async with asyncio.timeout(self._visibility * BOUND):
                failures = await self._queue.change_visibility(list(alive.values()))
        except (QueueError, TimeoutError) as error:
            refused = isinstance(error, QueueRefused)
            self._try_again(list(alive), str(error) or "no answer", refused=refused)
            return
        self._note(alive, {failure.receipt: failure for failure in failures}, now)

    def _change(self, delivery: Delivery, now: float) -> VisibilityChange:
        left = MAX_VISIBILITY - delivery.held(now) - 1.0  # the request takes time as well
        return VisibilityChange(receipt=delivery.receipt, timeout=min(self._visibility, left))

    def _note(self, changes: dict[Delivery, VisibilityChange], failed: dict[str, FailedEntry], now: float) -> None:
        for delivery, change in changes.items():
            failure = failed.get(change.receipt)
            if change.receipt != delivery.receipt or delivery not in self._due:
                continue  # adopted meanwhile, with a time of its own, or let go
            if failure is None:
                delivery.invisible_until = now + change.timeout
                self._postpone(delivery, now + change.timeout * WHEN)
            elif failure.retryable or failure.refused:
                self._try_again([delivery], failure.code, refused=failure.refused)
            else:
                self._lost(delivery, failure.code)

    def _try_again(self, deliveries: Sequence[Delivery], reason: str, *, refused: bool) -> None:
        now = self._clock.monotonic()
        for delivery in deliveries:
            self._postpone(delivery, now + self._visibility * AGAIN)
        self._troubles.note(
            VISIBILITY_REFUSED if refused else "ChangeMessageVisibility failed",
            level=logging.ERROR if refused else logging.WARNING,
            times=len(deliveries),
            message_id=deliveries[-1].message.id,
            reason=reason,
        )

    def _postpone(self, delivery: Delivery, due: float) -> None:
        if delivery in self._due:
            self._due[delivery] = due

    def _lost(self, delivery: Delivery, reason: str) -> None:
        # Accepted: the job goes on, and the message may be received elsewhere meanwhile.
        self._exposed.add(delivery)
        self._postpone(delivery, self._clock.monotonic() + self._visibility * WHEN)
        self._troubles.note("message may be visible while its job runs", message_id=delivery.message.id, reason=reason)
