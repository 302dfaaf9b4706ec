"""Held messages stay invisible and locked, and short jobs cost nothing."""

import asyncio
import logging
from collections.abc import Sequence

import pytest

from sqsd_adapters.lock_store.memory import MemoryLockStore
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import LoopClock, ScriptedInvoker
from sqsd_adapters.testing.harness import make_daemon, running, until
from sqsd_core.errors import QueueUnavailable
from sqsd_core.flow.options import DaemonOptions
from sqsd_core.message import Message
from sqsd_core.outcome import Failed, Succeeded
from sqsd_core.ports.queue import FailedEntry, VisibilityChange
from tests.support.troubled_queue import TroubledQueue

HOUR = 3_600.0


async def test_a_job_longer_than_the_visibility_timeout_is_not_delivered_again(queue: EmbeddedQueue) -> None:
    queue.send("long")
    invoker = ScriptedInvoker(duration=1_000.0)
    options = DaemonOptions(slots=2, invoker_timeout=2_000.0, visibility_timeout=30.0)
    daemon = make_daemon(queue=queue, invoker=invoker, options=options)

    async with running(daemon):
        await until(lambda: queue.is_empty, within=1_100.0)

    assert len(invoker.invoked) == 1
    assert daemon.snapshot().received == 1


async def test_the_lock_lives_as_long_as_the_job(queue: EmbeddedQueue) -> None:
    queue.send("long")
    locks = MemoryLockStore(clock=LoopClock())
    invoker = ScriptedInvoker(duration=300.0)
    options = DaemonOptions(invoker_timeout=600.0, visibility_timeout=30.0)
    daemon = make_daemon(queue=queue, invoker=invoker, lock_store=locks, options=options)

    async with running(daemon):
        await asyncio.sleep(200.0)
        assert await locks.expire() == 0
        await until(lambda: queue.is_empty, within=200.0)


async def test_extensions_go_in_batches_and_only_when_due(queue: EmbeddedQueue) -> None:
    for number in range(25):
        queue.send(str(number))
    troubled = TroubledQueue(queue)
    options = DaemonOptions(slots=25, invoker_timeout=600.0, visibility_timeout=60.0)
    daemon = make_daemon(queue=troubled, invoker=ScriptedInvoker(duration=100.0), options=options)

    async with running(daemon):
        await until(lambda: queue.is_empty, within=200.0)

    assert [len(changes) for _, changes in troubled.changes] == [10, 10, 5] * 3
    assert troubled.changes[0][0] == pytest.approx(30.0, abs=6.1)


async def test_short_jobs_cost_no_extension(queue: EmbeddedQueue) -> None:
    for number in range(100):
        queue.send(str(number))
    troubled = TroubledQueue(queue)
    daemon = make_daemon(queue=troubled, invoker=ScriptedInvoker(duration=1.0), options=DaemonOptions(slots=5))

    async with running(daemon):
        await until(lambda: queue.is_empty)

    assert troubled.calls["change_visibility"] == 0


async def test_buffered_messages_are_held_as_well() -> None:
    queue = EmbeddedQueue(clock=LoopClock(), name="jobs.fifo")
    for number in range(5):
        queue.send(str(number), group_id="g")
    invoker = ScriptedInvoker(duration=50.0)
    options = DaemonOptions(slots=5, visibility_timeout=20.0)
    daemon = make_daemon(queue=queue, invoker=invoker, options=options)

    async with running(daemon):
        await until(lambda: queue.is_empty, within=400.0)

    assert [(message.body, message.receive_count) for message in invoker.invoked] == [(str(n), 1) for n in range(5)]


async def test_no_extension_overwrites_a_back_off(queue: EmbeddedQueue) -> None:
    queue.send("fails")
    troubled = TroubledQueue(queue)
    troubled.delay["change_visibility"] = 1.5
    invoker = ScriptedInvoker({"fails": [Failed("status 500"), Succeeded()]}, duration=5.5)
    options = DaemonOptions(visibility_timeout=10.0, wait_time=1.0)
    daemon = make_daemon(queue=troubled, invoker=invoker, options=options)

    async with running(daemon):
        await asyncio.sleep(5.2)
        troubled.delay.clear()
        await until(lambda: len(invoker.invoked) == 2, within=8.0)
        await until(lambda: queue.is_empty)

    timeouts = [change.timeout for _, changes in troubled.changes for change in changes]
    assert timeouts[:2] == [10.0, 2.0]


async def test_a_failed_extension_is_tried_again_before_the_timeout(queue: EmbeddedQueue) -> None:
    queue.send("long")
    troubled = TroubledQueue(queue)
    troubled.fail("change_visibility", QueueUnavailable(), times=3)
    invoker = ScriptedInvoker(duration=100.0)
    options = DaemonOptions(slots=2, invoker_timeout=600.0, visibility_timeout=30.0)
    daemon = make_daemon(queue=troubled, invoker=invoker, options=options)

    async with running(daemon):
        await until(lambda: queue.is_empty, within=200.0)

    assert len(invoker.invoked) == 1
    assert daemon.snapshot().received == 1


async def test_an_extension_without_an_answer_does_not_stop_the_heart(queue: EmbeddedQueue) -> None:
    queue.send("long")
    troubled = TroubledQueue(queue)
    troubled.delay["change_visibility"] = 1_000.0
    invoker = ScriptedInvoker(duration=40.0)
    options = DaemonOptions(slots=2, invoker_timeout=600.0, visibility_timeout=30.0)
    daemon = make_daemon(queue=troubled, invoker=invoker, options=options)

    async with running(daemon):
        await asyncio.sleep(20.0)
        troubled.delay.clear()
        await until(lambda: queue.is_empty, within=200.0)

    assert daemon.snapshot().received == 1


async def test_it_ends_at_the_twelve_hours_of_sqs(queue: EmbeddedQueue, caplog: pytest.LogCaptureFixture) -> None:
    queue.send("endless")
    troubled = TroubledQueue(queue)
    invoker = ScriptedInvoker(duration=lambda message: 13 * HOUR if message.receive_count == 1 else 0.0)
    options = DaemonOptions(slots=1, invoker_timeout=20 * HOUR, visibility_timeout=600.0)
    daemon = make_daemon(queue=troubled, invoker=invoker, options=options)

    async with running(daemon):
        await asyncio.sleep(13.5 * HOUR)
        assert queue.is_empty

    lost = [record for record in caplog.records if record.message == "message may be visible while its job runs"]
    assert len(lost) == 1
    assert lost[0].levelno == logging.WARNING
    assert troubled.changes
    assert all(time + change.timeout <= 12 * HOUR for time, changes in troubled.changes for change in changes)


async def test_many_messages_are_extended_in_time_though_the_queue_is_slow(queue: EmbeddedQueue) -> None:
    for number in range(200):
        queue.send(str(number))
    troubled = TroubledQueue(queue)
    troubled.delay["change_visibility"] = 0.5
    invoker = ScriptedInvoker(duration=30.0)
    options = DaemonOptions(slots=200, receivers=4, invoker_timeout=600.0, visibility_timeout=10.0)
    daemon = make_daemon(queue=troubled, invoker=invoker, options=options)

    async with running(daemon):
        await until(lambda: queue.is_empty, within=100.0)

    assert len(invoker.invoked) == daemon.snapshot().received == 200


async def test_one_batch_without_an_answer_does_not_hold_up_the_others(queue: EmbeddedQueue) -> None:
    class Stuck(TroubledQueue):
        async def change_visibility(self, changes: Sequence[VisibilityChange]) -> Sequence[FailedEntry]:
            self.changes.append((asyncio.get_running_loop().time(), changes))
            if any(change.receipt in self.broken for change in changes):
                await asyncio.sleep(1_000.0)
            return await self.inner.change_visibility(changes)

    for number in range(60):
        queue.send(str(number))
    stuck = Stuck(queue)
    options = DaemonOptions(slots=60, invoker_timeout=600.0, visibility_timeout=10.0)
    invoker = ScriptedInvoker(duration=8.0)
    daemon = make_daemon(queue=stuck, invoker=invoker, options=options)

    async with running(daemon):
        await until(lambda: invoker.running == 60)
        stuck.broken[invoker.invoked[0].receipt] = True
        await until(lambda: len(stuck.changes) >= 6)

    first = stuck.changes[0][0]
    assert [time - first for time, _ in stuck.changes[:6]] == [0.0] * 6


async def test_a_message_that_the_queue_extends_no_more_is_still_locked() -> None:
    # on a FIFO queue, since a standard one takes any receipt of the message for an extension
    queue = EmbeddedQueue(clock=LoopClock(), name="jobs.fifo")
    queue.send("long", group_id="g")
    locks = MemoryLockStore(clock=LoopClock())
    hindered = TroubledQueue(queue)
    # The last of these comes after the visibility timeout, and then the queue turns extensions away for good.
    hindered.fail("change_visibility", QueueUnavailable(), times=6)
    job = ScriptedInvoker(duration=60.0)
    options = DaemonOptions(invoker_timeout=600.0, visibility_timeout=10.0, wait_time=1.0)
    first = make_daemon(queue=hindered, invoker=job, lock_store=locks, instance="first", options=options)
    second = make_daemon(queue=queue, invoker=job, lock_store=locks, instance="second", options=options)

    async with running(first):
        await until(lambda: job.running == 1)
        async with running(second):
            await until(lambda: bool(job.finished), within=100.0)
            await until(lambda: queue.is_empty)

    assert len(job.invoked) == 1
    assert second.snapshot().held_elsewhere > 2


async def test_what_lost_its_visibility_in_the_buffer_is_not_started_but_received_again() -> None:
    class StallingClock(LoopClock):
        stalled = 0.0

        def monotonic(self) -> float:
            return super().monotonic() + self.stalled

    clock = StallingClock()
    queue = EmbeddedQueue(clock=LoopClock(), name="jobs.fifo")
    queue.send("first", group_id="g")
    queue.send("second", group_id="g")

    async def stall(message: Message) -> None:
        if message.body == "first":
            clock.stalled = 1_000.0  # as if the machine had slept

    invoker = ScriptedInvoker(before=stall)
    daemon = make_daemon(queue=queue, invoker=invoker, clock=clock, options=DaemonOptions(slots=2, wait_time=1.0))

    async with running(daemon):
        await until(lambda: queue.is_empty)

    assert [(message.body, message.receive_count) for message in invoker.invoked] == [("first", 1), ("second", 2)]
