"""What goes back to the queue: in tens, several at once, tried again where that can help."""

import asyncio
import logging
from collections.abc import Sequence

import pytest

from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import LoopClock, ScriptedInvoker
from sqsd_adapters.testing.harness import make_daemon, running, until
from sqsd_core.errors import QueueUnavailable
from sqsd_core.flow.admission import Admission
from sqsd_core.flow.daemon import Daemon
from sqsd_core.flow.delivery import Delivery
from sqsd_core.flow.options import DaemonOptions
from sqsd_core.flow.source.acknowledger import Acknowledger
from sqsd_core.flow.source.confirmations import MAX_BACKLOG
from sqsd_core.flow.source.successes import Successes
from sqsd_core.flow.troubles import Troubles
from sqsd_core.flow.watchers import UNWATCHED
from sqsd_core.message import Message, ReceiptHandle
from sqsd_core.outcome import Failed, Outcome, Succeeded
from sqsd_core.policy.admission import Reason
from sqsd_core.policy.locking import Lock
from sqsd_core.ports.queue import FailedEntry
from tests.support.homes import RecordingHome
from tests.support.troubled_queue import TroubledQueue


def daemon_of(queue: TroubledQueue, invoker: ScriptedInvoker, *, slots: int = 30) -> Daemon:
    return make_daemon(queue=queue, invoker=invoker, options=DaemonOptions(slots=slots, wait_time=1.0, receivers=3))


def acknowledger_of(queue: TroubledQueue) -> Acknowledger:
    clock = LoopClock()
    return Acknowledger(
        queue=queue,
        admission=Admission(clock=clock),
        troubles=Troubles(clock=clock),
        clock=clock,
        random=lambda: 0.0,
        watchers=UNWATCHED,
        successes=Successes(name="", watchers=UNWATCHED),
    )


async def deliveries(queue: EmbeddedQueue, count: int) -> list[Delivery]:
    """Send and receive so many messages."""
    for number in range(count):
        queue.send(str(number))
    now = LoopClock().monotonic()
    return [
        Delivery(
            message=message,
            receipt=message.receipt,
            lock=Lock(message.id, "test"),
            received_at=now,
            invisible_until=now + 60.0,
            home=RecordingHome(),
        )
        for message in await queue.receive(max_messages=count, wait=0.0, visibility=60.0)
    ]


async def test_deletions_go_in_batches_of_ten(queue: EmbeddedQueue) -> None:
    for number in range(30):
        queue.send(str(number))
    troubled = TroubledQueue(queue)

    async with running(daemon_of(troubled, ScriptedInvoker(duration=1.0))):
        await until(lambda: queue.is_empty)

    assert sum(map(len, troubled.deletes)) == 30
    assert max(map(len, troubled.deletes)) == 10
    assert len(troubled.deletes) <= 5


async def test_only_the_entries_that_failed_are_tried_again(queue: EmbeddedQueue) -> None:
    for number in range(10):
        queue.send(str(number))
    troubled = TroubledQueue(queue)
    troubled.fail_entries(4)
    invoker = ScriptedInvoker(duration=1.0)
    daemon = daemon_of(troubled, invoker)

    async with running(daemon):
        await until(lambda: queue.is_empty)

    assert [len(batch) for batch in troubled.deletes] == [10, 4]
    assert len(invoker.invoked) == 10
    assert daemon.snapshot().deleted == 10


async def test_a_lost_answer_is_repeated_and_nothing_runs_twice(queue: EmbeddedQueue) -> None:
    for number in range(10):
        queue.send(str(number))
    troubled = TroubledQueue(queue)
    troubled.lose("delete", QueueUnavailable(), times=2)
    invoker = ScriptedInvoker(duration=1.0)
    daemon = daemon_of(troubled, invoker)

    async with running(daemon):
        await until(lambda: daemon.snapshot().deleted == 10)

    assert (len(invoker.invoked), queue.is_empty) == (10, True)


async def test_a_receipt_that_is_not_good_any_more_is_counted_and_given_up(
    queue: EmbeddedQueue, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    queue.send("spoilt")
    troubled = TroubledQueue(queue)

    class Spoiling:
        async def invoke(self, message: Message) -> Outcome:
            troubled.broken[message.receipt] = False
            return Succeeded()

    daemon = make_daemon(queue=troubled, invoker=Spoiling(), options=DaemonOptions(wait_time=1.0))
    async with running(daemon):
        await until(lambda: daemon.snapshot().undeleted == 1)

    given_up = [record for record in caplog.records if record.message == "DeleteMessage given up"]
    assert len(given_up) == 1
    assert not any("receipt" in str(vars(record)) for record in given_up)


async def test_a_back_off_that_is_given_up_names_its_message(
    queue: EmbeddedQueue, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    message_id = queue.send("deleted meanwhile")

    class Deleted:
        async def invoke(self, message: Message) -> Outcome:
            await queue.delete([message.receipt])
            return Failed("too late")

    async with running(make_daemon(queue=queue, invoker=Deleted(), options=DaemonOptions(wait_time=1.0))):
        await until(lambda: "ChangeMessageVisibility given up" in caplog.messages)

    [given_up] = [record for record in caplog.records if record.message == "ChangeMessageVisibility given up"]
    assert vars(given_up)["message_id"] == message_id
    assert "receipt" not in str(vars(given_up))


async def test_receiving_waits_while_deletions_pile_up(queue: EmbeddedQueue) -> None:
    for number in range(4_000):
        queue.send(str(number))
    troubled = TroubledQueue(queue)
    troubled.fail("delete", QueueUnavailable(), times=1_000_000)
    invoker = ScriptedInvoker()
    daemon = make_daemon(
        queue=troubled, invoker=invoker, options=DaemonOptions(slots=50, receivers=4, visibility_timeout=3_600.0)
    )

    async with running(daemon):
        await asyncio.sleep(120.0)
        assert 2_000 < len(invoker.invoked) < 3_000
        assert not daemon.snapshot().ready
        assert [closure.reason for closure in daemon.snapshot().closures] == [Reason.TOO_MANY_UNCONFIRMED]
        troubled.heal()
        await until(lambda: queue.is_empty, within=300.0, step=1.0)
        assert daemon.snapshot().ready

    assert len(invoker.invoked) == 4_000


async def test_failed_messages_go_back_in_batches_as_well(queue: EmbeddedQueue) -> None:
    for number in range(20):
        queue.send(str(number))
    troubled = TroubledQueue(queue)
    script: dict[str, list[Outcome]] = {str(number): [Failed("status 500"), Succeeded()] for number in range(20)}

    async with running(daemon_of(troubled, ScriptedInvoker(script, duration=1.0))):
        await until(lambda: queue.is_empty)

    assert sum(len(changes) for _, changes in troubled.changes) == 20
    assert len(troubled.changes) <= 4


async def test_receiving_goes_on_as_soon_as_the_backlog_is_small_enough(queue: EmbeddedQueue) -> None:
    for number in range(4_000):
        queue.send(str(number))
    troubled = TroubledQueue(queue)
    troubled.fail("delete", QueueUnavailable(), times=1_000_000)
    options = DaemonOptions(slots=50, receivers=4, visibility_timeout=3_600.0)
    daemon = make_daemon(queue=troubled, invoker=ScriptedInvoker(), options=options)

    async with running(daemon):
        await asyncio.sleep(120.0)
        received = troubled.calls["receive"]
        troubled.heal()
        await until(lambda: len(daemon.crew.sources[""].acknowledger) <= MAX_BACKLOG)
        await until(lambda: troubled.calls["receive"] > received, within=0.2)
        daemon.drain()
        daemon.drain()


async def test_what_is_added_while_the_batches_are_being_closed_waits_for_the_end(queue: EmbeddedQueue) -> None:
    first, second = await deliveries(queue, 2)

    class Reluctant(TroubledQueue):
        async def delete(self, receipts: Sequence[ReceiptHandle]) -> Sequence[FailedEntry]:
            try:
                return await super().delete(receipts)
            except asyncio.CancelledError:
                await asyncio.sleep(1.0)
                raise

    troubled = Reluctant(queue)
    troubled.delay["delete"] = 10.0
    acknowledger = acknowledger_of(troubled)
    running_it = asyncio.create_task(acknowledger.run())
    await asyncio.sleep(0.0)
    acknowledger.delete(first)
    await asyncio.sleep(1.0)
    running_it.cancel()
    await asyncio.sleep(0.5)
    acknowledger.delete(second)
    troubled.delay.clear()
    await asyncio.wait([running_it])

    assert await acknowledger.finish(within=5.0) == 0
    assert queue.is_empty


async def test_a_batch_that_was_taken_in_the_moment_of_the_end_is_not_lost(queue: EmbeddedQueue) -> None:
    acknowledger = acknowledger_of(TroubledQueue(queue))
    running_it = asyncio.create_task(acknowledger.run())
    await asyncio.sleep(0.0)

    ten = await deliveries(queue, 10)
    running_it.cancel()
    for delivery in ten:
        acknowledger.delete(delivery)  # the tenth fills a batch
    await asyncio.wait([running_it])

    assert await acknowledger.finish(within=5.0) == 0
    assert queue.is_empty


async def test_deletions_that_are_left_are_counted_one_by_one(queue: EmbeddedQueue) -> None:
    troubled = TroubledQueue(queue)
    troubled.delay["delete"] = 1_000.0
    acknowledger = acknowledger_of(troubled)
    first, second, third = await deliveries(queue, 3)
    running_it = asyncio.create_task(acknowledger.run())
    await asyncio.sleep(0.0)
    acknowledger.delete(first)
    acknowledger.delete(second)
    acknowledger.hide(third, 5.0)
    await asyncio.sleep(1.0)
    assert len(acknowledger) == 2
    running_it.cancel()
    await asyncio.wait([running_it])

    assert await acknowledger.finish(within=5.0) == 2


async def test_a_deletion_that_is_given_up_at_the_end_is_left_undone(queue: EmbeddedQueue) -> None:
    troubled = TroubledQueue(queue)
    acknowledger = acknowledger_of(troubled)
    [delivery] = await deliveries(queue, 1)
    troubled.broken[delivery.receipt] = False
    acknowledger.delete(delivery)

    assert await acknowledger.finish(within=5.0) == 1


async def test_a_duplicate_is_said_to_be_deleted_once_the_queue_has_confirmed(
    queue: EmbeddedQueue, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    troubled = TroubledQueue(queue)
    troubled.fail("delete", QueueUnavailable(), times=3)
    acknowledger = acknowledger_of(troubled)
    [delivery] = await deliveries(queue, 1)
    running_it = asyncio.create_task(acknowledger.run())
    await asyncio.sleep(0.0)

    acknowledger.delete_duplicate(delivery)
    await until(lambda: troubled.calls["delete"] == 3)
    assert "duplicate deleted" not in caplog.messages
    await until(lambda: queue.is_empty)
    running_it.cancel()
    await asyncio.wait([running_it])

    [line] = [record for record in caplog.records if record.message == "duplicate deleted"]
    assert vars(line)["message_id"] == delivery.message.id
