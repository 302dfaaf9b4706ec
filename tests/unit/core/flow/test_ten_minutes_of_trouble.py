"""Whatever goes wrong for ten minutes, the log has at most one line per minute for each kind of trouble."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence

import pytest

from sqsd_adapters.lock_store.memory import MemoryLockStore
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import LoopClock, ScriptedInvoker, ScriptedProbe
from sqsd_adapters.testing.harness import make_daemon, running
from sqsd_core.errors import LockStoreUnavailable, QueueError, QueueRefused, QueueUnavailable
from sqsd_core.flow.options import DaemonOptions
from sqsd_core.message import Message
from sqsd_core.outcome import Failed, Unavailable
from sqsd_core.policy.locking import Lock
from tests.support.troubled_queue import TroubledQueue

MINUTES = 10
FOR_EVER = 1_000_000


class Flapping(MemoryLockStore):
    """Fails every third operation."""

    calls = 0

    async def renew(self, locks: Sequence[Lock], *, lease: float) -> Sequence[Lock]:
        self._count()
        return await super().renew(locks, lease=lease)

    async def complete(self, locks: Sequence[Lock], *, expire: float) -> None:
        self._count()
        await super().complete(locks, expire=expire)

    async def release(self, locks: Sequence[Lock]) -> None:
        self._count()
        await super().release(locks)

    def _count(self) -> None:
        self.calls += 1
        if self.calls % 3 == 0:
            raise LockStoreUnavailable("flapping")


def breaking(operation: str, error: QueueError) -> Callable[[TroubledQueue], None]:
    return lambda queue: queue.fail(operation, error, times=FOR_EVER)


def each_second_receive(queue: TroubledQueue) -> None:
    """An outage that begins and ends all the time."""
    inner = queue.receive

    async def receive(*, max_messages: int, wait: float, visibility: float) -> Sequence[Message]:
        if queue.calls["receive"] % 2:
            queue.fail("receive", QueueUnavailable("throttled"))
        return await inner(max_messages=max_messages, wait=wait, visibility=visibility)

    queue.receive = receive  # type: ignore[method-assign]  # for this test


FAULTS = {
    "receives fail": breaking("receive", QueueUnavailable("timed out")),
    "receives fail now and then": each_second_receive,
    "deletions fail": breaking("delete", QueueUnavailable("timed out")),
    "deletions are refused": breaking("delete", QueueRefused("AccessDenied")),
    "visibility changes fail": breaking("change_visibility", QueueUnavailable("timed out")),
    "visibility changes are refused": breaking("change_visibility", QueueRefused("AccessDenied")),
}


@pytest.mark.parametrize("required", [False, True])
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_each_kind_of_trouble_is_one_line_per_minute(
    queue: EmbeddedQueue, caplog: pytest.LogCaptureFixture, fault: Callable[[TroubledQueue], None], required: bool
) -> None:
    caplog.set_level(logging.INFO)
    for number in range(100):
        queue.send(str(number))
    troubled = TroubledQueue(queue)
    invoker = ScriptedInvoker(
        {str(number): [Failed("status 500")] for number in range(0, 100, 17)},
        duration=lambda message: 30.0 if int(message.body) % 5 == 0 else 0.1,
    )
    options = DaemonOptions(
        slots=50, receivers=4, wait_time=1.0, visibility_timeout=10.0, lock_expire=20.0, locker_required=required
    )
    store = Flapping(clock=LoopClock())
    daemon = make_daemon(queue=troubled, invoker=invoker, lock_store=store, options=options)

    async with running(daemon):
        await asyncio.sleep(5.0)
        fault(troubled)
        await asyncio.sleep(60.0 * MINUTES)

    lines = Counter(record.message for record in caplog.records if "job failed" not in record.message)
    assert {event: count for event, count in lines.items() if count > MINUTES + 2} == {}
    assert any(count > MINUTES / 2 for count in lines.values())


async def test_a_worker_that_is_down_is_one_line_per_minute(
    queue: EmbeddedQueue, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for number in range(50):
        queue.send(str(number))
    probe = ScriptedProbe(False)
    invoker = ScriptedInvoker({str(number): [Unavailable("connection refused")] for number in range(50)})
    options = DaemonOptions(slots=8, wait_time=1.0, breaker_failures=2)
    daemon = make_daemon(queue=queue, invoker=invoker, probe=probe, options=options)

    async with running(daemon):
        for _ in range(10 * MINUTES):
            await asyncio.sleep(6.0)
            probe.answer(not daemon.snapshot().breaker.openings % 2)  # it can be connected to now and then

    lines = Counter(record.message for record in caplog.records)
    said = {event: count for event, count in lines.items() if event.startswith("breaker")}
    assert said["breaker open, receiving stops"] > MINUTES / 2
    assert max(said.values()) <= MINUTES + 1
