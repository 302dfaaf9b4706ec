"""Stopping: nothing is hidden, nothing is lost, and it ends in bounded time."""

import asyncio
import logging
from collections.abc import Sequence

import pytest

from sqsd_adapters.lock_store.memory import MemoryLockStore
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import LoopClock, ScriptedInvoker
from sqsd_adapters.testing.harness import make_daemon, running, until
from sqsd_core.errors import QueueUnavailable
from sqsd_core.flow.drain import Drain
from sqsd_core.flow.options import DaemonOptions
from sqsd_core.policy.locking import Claim, Lock
from tests.support.troubled_queue import TroubledQueue, Unheard


class SlowToRelease(MemoryLockStore):
    """Its first release takes ten seconds."""

    releasing = 0

    async def release(self, locks: Sequence[Lock]) -> None:
        self.releasing += 1
        if self.releasing == 1:
            await asyncio.sleep(10.0)
        await super().release(locks)


def now() -> float:
    return asyncio.get_running_loop().time()


async def test_running_jobs_finish_and_what_has_not_started_is_visible_at_once(queue: EmbeddedQueue) -> None:
    for number in range(30):
        queue.send(f"a{number}", group_id=None)
    invoker = ScriptedInvoker(duration=5.0)
    daemon = make_daemon(queue=queue, invoker=invoker, options=DaemonOptions(slots=20))

    async with running(daemon) as task:
        await until(lambda: invoker.running == 20)
        daemon.drain()
        await asyncio.sleep(1.0)
        assert queue.visible == 10

    assert task.result() == 0
    assert len(invoker.finished) == 20
    assert len(queue.bodies) == 10
    assert now() < 6.1


async def test_buffered_messages_of_a_group_are_visible_within_a_second() -> None:
    queue = EmbeddedQueue(clock=LoopClock(), name="jobs.fifo")
    for number in range(10):
        queue.send(str(number), group_id="g")
    invoker = ScriptedInvoker(duration=30.0)
    daemon = make_daemon(queue=queue, invoker=invoker, options=DaemonOptions(slots=10))

    async with running(daemon):
        await until(lambda: invoker.running == 1)
        assert daemon.snapshot().buffered == 9
        daemon.drain()
        await asyncio.sleep(1.0)
        assert (daemon.snapshot().buffered, queue.in_flight) == (0, 1)


async def test_a_message_that_the_last_long_poll_brings_is_released_and_not_hidden(
    queue: EmbeddedQueue, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    invoker = ScriptedInvoker()
    daemon = make_daemon(queue=queue, invoker=invoker)

    async with running(daemon):
        await asyncio.sleep(3.0)
        daemon.drain()
        await asyncio.sleep(2.0)
        queue.send("late")

    assert (queue.visible, queue.in_flight) == (1, 0)
    assert invoker.invoked == []
    assert any(record.message == "waiting for the long poll to end" for record in caplog.records)


async def test_an_idle_drain_ends_with_its_long_poll(queue: EmbeddedQueue) -> None:
    daemon = make_daemon(queue=queue, invoker=ScriptedInvoker())

    async with running(daemon) as task:
        await asyncio.sleep(3.0)

    assert task.result() == 0
    assert now() == pytest.approx(1.0 + 20.0, abs=0.2)  # the first receive waits for a second


async def test_jobs_that_outlast_the_drain_are_cut_off_released_and_counted(queue: EmbeddedQueue) -> None:
    for number in range(4):
        queue.send(str(number))
    locks = MemoryLockStore(clock=LoopClock())
    invoker = ScriptedInvoker(duration=lambda message: 1.0 if message.body == "0" else 50.0)
    options = DaemonOptions(slots=4, drain_timeout=5.0)
    daemon = make_daemon(queue=queue, invoker=invoker, lock_store=locks, options=options)

    async with running(daemon) as task:
        await until(lambda: invoker.running == 4)
        daemon.drain()

    assert task.result() == 3
    assert (queue.visible, queue.in_flight) == (3, 0)
    assert now() < 5.5
    again = ScriptedInvoker()
    async with running(make_daemon(queue=queue, invoker=again, lock_store=locks, instance="next", options=options)):
        await until(lambda: queue.is_empty, within=1.0)
    assert len(again.finished) == 3


async def test_a_second_request_leaves_at_once(queue: EmbeddedQueue) -> None:
    for number in range(3):
        queue.send(str(number))
    invoker = ScriptedInvoker(duration=50.0)
    daemon = make_daemon(queue=queue, invoker=invoker, options=DaemonOptions(slots=2))

    async with running(daemon) as task:
        await until(lambda: invoker.running == 2)
        daemon.drain()
        await asyncio.sleep(1.0)
        daemon.drain()

    assert task.result() == 2
    assert (queue.visible, queue.in_flight) == (3, 0)
    assert now() < 1.5


@pytest.mark.parametrize("requests", [1, 2])
async def test_what_a_cut_releases_is_not_hidden_by_a_long_poll_that_is_cut_too(
    queue: EmbeddedQueue, requests: int
) -> None:
    invoker = ScriptedInvoker(duration=50.0)
    options = DaemonOptions(slots=2, drain_timeout=5.0 if requests == 1 else 40.0)
    daemon = make_daemon(queue=Unheard(queue), invoker=invoker, options=options)

    async with running(daemon) as task:
        await asyncio.sleep(1.0)
        queue.send("cut")
        await until(lambda: invoker.running == 1)
        await asyncio.sleep(1.0)
        asked = now()
        for _ in range(requests):
            daemon.drain()
            await asyncio.sleep(0.5)

    assert task.result() == 1
    assert (queue.visible, queue.in_flight) == (1, 0)
    assert now() - asked < (5.0 if requests == 1 else 0.5) + 1.5


async def test_a_request_before_the_first_receive_ends_the_daemon(queue: EmbeddedQueue) -> None:
    daemon = make_daemon(queue=queue, invoker=ScriptedInvoker())
    daemon.drain()

    assert await daemon.run() == 0
    assert now() < 0.1


@pytest.mark.parametrize("operation", ["receive", "describe"])
async def test_a_drain_interrupts_the_pause_of_an_outage(queue: EmbeddedQueue, operation: str) -> None:
    troubled = TroubledQueue(queue)
    troubled.fail(operation, QueueUnavailable(), times=1_000)
    troubled.fail("receive", QueueUnavailable(), times=1_000)
    daemon = make_daemon(queue=troubled, invoker=ScriptedInvoker())

    async with running(daemon):
        await asyncio.sleep(100.0)
        daemon.drain()
        before = now()

    assert now() - before < 0.1


async def test_deletes_that_fail_while_draining_are_tried_until_its_end(queue: EmbeddedQueue) -> None:
    queue.send("done")
    troubled = TroubledQueue(queue)
    troubled.fail("delete", QueueUnavailable(), times=5)
    invoker = ScriptedInvoker(duration=2.0)
    daemon = make_daemon(queue=troubled, invoker=invoker)

    async with running(daemon) as task:
        await until(lambda: invoker.running == 1)
        daemon.drain()

    assert task.result() == 0
    assert queue.is_empty


async def test_deletes_that_keep_failing_do_not_hold_up_the_drain(queue: EmbeddedQueue) -> None:
    queue.send("done")
    troubled = TroubledQueue(queue)
    troubled.fail("delete", QueueUnavailable(), times=1_000)
    invoker = ScriptedInvoker(duration=2.0)
    daemon = make_daemon(queue=troubled, invoker=invoker, options=DaemonOptions(drain_timeout=8.0))

    async with running(daemon):
        await until(lambda: invoker.running == 1)
        daemon.drain()
        before = now()

    assert now() - before < 20.0


async def test_cancelling_the_daemon_releases_what_it_holds(queue: EmbeddedQueue) -> None:
    queue.send("held")
    invoker = ScriptedInvoker(duration=50.0)
    task = asyncio.create_task(make_daemon(queue=queue, invoker=invoker).run())
    await until(lambda: invoker.running == 1)

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert (queue.visible, queue.in_flight) == (1, 0)


async def test_an_interrupted_wait_ends_without_an_error() -> None:
    drain = Drain()

    async def wait() -> str:
        with drain.interrupts():
            await asyncio.sleep(1_000.0)
            return "slept"
        return "interrupted"

    waiting = asyncio.create_task(wait())
    await asyncio.sleep(1.0)
    drain.request()

    assert await waiting == "interrupted"
    assert waiting.cancelling() == 0


async def test_a_cancellation_of_the_waiting_task_is_not_taken_for_the_drain() -> None:
    drain = Drain()

    async def wait() -> None:
        with drain.interrupts():
            await asyncio.sleep(1_000.0)

    waiting = asyncio.create_task(wait())
    await asyncio.sleep(1.0)
    drain.request()
    waiting.cancel()

    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_cancelling_the_daemon_releases_what_has_not_started_as_well(queue: EmbeddedQueue) -> None:
    for number in range(2_000):
        queue.send(str(number))
    slow = TroubledQueue(queue)
    slow.delay["receive"] = 0.015
    invoker = ScriptedInvoker(duration=0.005)
    daemon = make_daemon(queue=slow, invoker=invoker, options=DaemonOptions(slots=4))
    task = asyncio.create_task(daemon.run())
    # While nothing is being received, as a receive that is cut hides what it would have brought.
    await until(lambda: daemon.snapshot().buffered > 4 and not daemon.crew.sources[""].feed.receiving, step=0.001)

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert queue.in_flight == 0


async def test_followers_are_given_back_though_the_last_moment_cuts_their_receive() -> None:
    queue = EmbeddedQueue(clock=LoopClock(), name="jobs.fifo")
    for group in ("held", "free"):
        for number in range(2):
            queue.send(f"{group}-{number}", group_id=group)
    (peeked,) = await queue.receive(max_messages=1, wait=0.0, visibility=0.0)
    locks = SlowToRelease(clock=LoopClock())
    assert await locks.acquire([Lock(peeked.id, "another")], lease=1_000.0) == [Claim.ACQUIRED]
    invoker = ScriptedInvoker(duration=50.0)
    daemon = make_daemon(queue=queue, invoker=invoker, lock_store=locks, options=DaemonOptions(slots=10))
    task = asyncio.create_task(daemon.run())
    await until(lambda: locks.releasing > 0)

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert queue.in_flight == 1  # the one that runs elsewhere


async def test_a_drain_says_that_it_waits_for_jobs_and_not_for_a_poll_that_has_ended(
    queue: EmbeddedQueue, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for number in range(2):
        queue.send(str(number))
    invoker = ScriptedInvoker(duration=30.0)
    daemon = make_daemon(queue=queue, invoker=invoker, options=DaemonOptions(slots=2, drain_timeout=40.0))

    async with running(daemon):
        await until(lambda: invoker.running == 2)

    said = [record for record in caplog.records if record.message.startswith("waiting for")]
    assert [record.message for record in said] == ["waiting for running jobs to end"]
    assert (vars(said[0])["jobs"], vars(said[0])["at_most"]) == (2, 40.0)


async def test_deletions_that_are_left_are_counted_and_what_is_waited_for_is_said(
    queue: EmbeddedQueue, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    queue.send("a")
    troubled = TroubledQueue(queue)
    troubled.fail("delete", QueueUnavailable(), times=1_000)
    invoker = ScriptedInvoker()
    daemon = make_daemon(queue=troubled, invoker=invoker, options=DaemonOptions(wait_time=0.0, drain_timeout=3.0))

    async with running(daemon) as task:
        await until(lambda: len(invoker.finished) == 1)
        await asyncio.sleep(0.1)

    assert task.result() == 0
    assert daemon.unconfirmed >= 1
    assert [record.message for record in caplog.records if record.message.startswith("waiting for")] == [
        "waiting for unconfirmed deletions"
    ]


async def test_a_complete_drain_leaves_nothing_unconfirmed(queue: EmbeddedQueue) -> None:
    queue.send("a")
    invoker = ScriptedInvoker()
    daemon = make_daemon(queue=queue, invoker=invoker, options=DaemonOptions(wait_time=0.0))

    async with running(daemon):
        await until(lambda: len(invoker.finished) == 1)

    assert daemon.unconfirmed == 0
