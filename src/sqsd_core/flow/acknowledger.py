"""Sends deletions and visibility changes back to the queue, in batches, several at once."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

from sqsd_core.errors import QueueError
from sqsd_core.flow.delivery import Delivery
from sqsd_core.message import ReceiptHandle
from sqsd_core.policy.batching import Batching, Entry
from sqsd_core.policy.scoreboard import Scoreboard
from sqsd_core.ports.clock import Clock
from sqsd_core.ports.queue import MAX_BATCH, FailedEntry, Queue, VisibilityChange

T = TypeVar("T")

LINGER = 0.005  # seconds: what an entry waits for company; 0.206 calls a message at 5 ms, 0.62 without
SIDE_BY_SIDE = 64  # batches of a lane under way
RECEIPT_GRACE = 300.0  # seconds: a receipt often deletes beyond its visibility timeout, if nobody received since
FINISH_PAUSE = 0.05  # seconds between looks at what is still under way

logger = logging.getLogger(__name__)

Send = Callable[[Sequence[T]], Awaitable[Sequence[FailedEntry]]]


class _Lane(Generic[T]):
    """The batches of one kind of entry: collected, sent side by side, tried again."""

    def __init__(
        self,
        *,
        send: Send[T],
        receipt: Callable[[T], ReceiptHandle],
        done: Callable[[int], None],
        given_up: Callable[[T, str], None],
        clock: Clock,
        random: Callable[[], float],
    ) -> None:
        self._send = send
        self._receipt = receipt
        self._done = done
        self._given_up = given_up
        self._clock = clock
        self._random = random
        self._batching: Batching[T] = Batching(size=MAX_BATCH, linger=LINGER)
        self._under_way = 0
        self._group: asyncio.TaskGroup | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timer_due = 0.0

    def __len__(self) -> int:
        return len(self._batching) + self._under_way * MAX_BATCH

    def open(self, group: asyncio.TaskGroup) -> None:
        self._group = group

    def close(self) -> None:
        self._group = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def add(self, item: T, *, good_until: float) -> None:
        now = self._clock.monotonic()
        if self._batching.add(item, now=now, good_until=good_until):
            self._pump(now)
        elif self._timer is None or self._timer_due > now + LINGER:
            self._arm(now)

    async def flush(self) -> None:
        """Send everything that is due, and wait for the answers."""
        async with asyncio.TaskGroup() as group:
            while batch := self._batching.take(now=self._clock.monotonic(), flush=True):
                group.create_task(self._carry_out(batch), name="acknowledger-flush")

    def _pump(self, now: float) -> None:
        while self._group is not None and self._under_way < SIDE_BY_SIDE:
            if not (batch := self._batching.take(now=now)):
                self._arm(now)
                return
            self._under_way += 1
            self._group.create_task(self._carry_out_and_pump(batch), name="acknowledger-batch")

    def _arm(self, now: float) -> None:
        due = self._batching.next_due()
        if due is None or self._group is None:
            return
        if self._timer is not None:
            if self._timer_due <= due:
                return
            self._timer.cancel()
        self._timer_due = due
        self._timer = asyncio.get_running_loop().call_later(max(0.0, due - now), self._wake)

    def _wake(self) -> None:
        self._timer = None
        self._pump(self._clock.monotonic())

    async def _carry_out_and_pump(self, batch: list[Entry[T]]) -> None:
        try:
            await self._carry_out(batch)
        finally:
            self._under_way -= 1
        self._pump(self._clock.monotonic())

    async def _carry_out(self, batch: list[Entry[T]]) -> None:
        try:
            failures = await self._send([entry.item for entry in batch])
        except QueueError as error:
            self._retry(batch, str(error))
            return
        except asyncio.CancelledError:
            # Whether it took place is unknown; both operations may be repeated.
            self._retry(batch, "cancelled")
            raise
        if failures:
            self._sort_out(batch, failures)
        self._done(len(batch) - len(failures))

    def _sort_out(self, batch: list[Entry[T]], failures: Sequence[FailedEntry]) -> None:
        failed = {failure.receipt: failure for failure in failures}
        for entry in batch:
            failure = failed.get(self._receipt(entry.item))
            if failure is None:
                continue
            if failure.retryable:
                self._retry([entry], failure.code)
            else:
                self._given_up(entry.item, failure.code)

    def _retry(self, batch: list[Entry[T]], reason: str) -> None:
        now = self._clock.monotonic()
        random = self._random()  # one for all: what failed together comes back as a batch
        for entry in batch:
            if not self._batching.failed(entry, now=now, random=random):
                self._given_up(entry.item, reason)


class _Hiding(NamedTuple):
    delivery: Delivery
    change: VisibilityChange


class Acknowledger:
    """Two lanes: deletions, and visibility changes of what comes back."""

    def __init__(self, *, queue: Queue, clock: Clock, random: Callable[[], float], scoreboard: Scoreboard) -> None:
        self._queue = queue
        self._scoreboard = scoreboard
        self._clock = clock
        self._deletes: _Lane[Delivery] = _Lane(
            send=self._send_deletes,
            receipt=lambda delivery: delivery.receipt,
            done=self._deleted,
            given_up=self._delete_given_up,
            clock=clock,
            random=random,
        )
        self._hides: _Lane[_Hiding] = _Lane(
            send=self._send_hides,
            receipt=lambda hiding: hiding.change.receipt,
            done=lambda _: None,
            given_up=self._hide_given_up,
            clock=clock,
            random=random,
        )

    def __len__(self) -> int:
        """Entries that the queue has not confirmed, rounded up to whole batches."""
        return len(self._deletes) + len(self._hides)

    def delete(self, delivery: Delivery) -> None:
        self._deletes.add(delivery, good_until=delivery.invisible_until + RECEIPT_GRACE)

    def hide(self, delivery: Delivery, seconds: float) -> None:
        """Make the message visible again in ``seconds`` from now."""
        change = VisibilityChange(receipt=delivery.receipt, timeout=seconds)
        self._hides.add(_Hiding(delivery, change), good_until=delivery.invisible_until)

    async def run(self) -> None:
        """Carry out what is added, until cancelled; what is left then waits for ``finish``."""
        async with asyncio.TaskGroup() as group:
            self._deletes.open(group)
            self._hides.open(group)
            try:
                await asyncio.Event().wait()
            finally:  # before the group is left, which takes no more tasks from then on
                self._deletes.close()
                self._hides.close()

    async def finish(self, *, within: float) -> int:
        """Try until nothing is left or ``within`` seconds are over; returns how many entries were left."""
        try:
            async with asyncio.timeout(within):
                while len(self):
                    await self._hides.flush()
                    await self._deletes.flush()
                    if len(self):
                        await asyncio.sleep(FINISH_PAUSE)
        except TimeoutError:
            logger.warning("acknowledgements left undone", extra={"entries": len(self)})
        return len(self)

    async def _send_deletes(self, deliveries: Sequence[Delivery]) -> Sequence[FailedEntry]:
        return await self._queue.delete([delivery.receipt for delivery in deliveries])

    async def _send_hides(self, hidings: Sequence[_Hiding]) -> Sequence[FailedEntry]:
        return await self._queue.change_visibility([hiding.change for hiding in hidings])

    def _deleted(self, count: int) -> None:
        self._scoreboard.deleted += count

    def _delete_given_up(self, delivery: Delivery, reason: str) -> None:
        # Accepted: the message comes back; while it is remembered as done it is deleted then, and not run.
        self._scoreboard.undeleted += 1
        logger.warning("delete given up", extra={"message_id": delivery.message.id, "reason": reason})

    def _hide_given_up(self, hiding: _Hiding, reason: str) -> None:
        # Accepted: the message comes back when its visibility timeout ends.
        fields = {"message_id": hiding.delivery.message.id, "reason": reason}
        logger.warning("visibility change given up", extra=fields)
