"""The batches of one kind of entry on their way to the queue: collected, sent side by side, tried again."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from sqsd_core.errors import QueueError
from sqsd_core.message import ReceiptHandle
from sqsd_core.policy.batching import Batching, Entry
from sqsd_core.ports.clock import Clock
from sqsd_core.ports.queue import MAX_BATCH, FailedEntry

T = TypeVar("T")

LINGER = 0.005  # seconds: what an entry waits for company; 0.206 calls a message at 5 ms, 0.62 without
SIDE_BY_SIDE = 64  # batches under way

Send = Callable[[Sequence[T]], Awaitable[Sequence[FailedEntry]]]


class Lane(Generic[T]):
    """Reports what was carried out to ``done``, and what never will be to ``given_up``."""

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
