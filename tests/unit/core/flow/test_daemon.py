"""The whole flow in virtual time, against the embedded queue: what a user relies on."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from sqsd_adapters.lock_store.memory import MemoryLockStore
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import LoopClock, ScriptedInvoker
from sqsd_adapters.testing.harness import make_daemon, running, until
from sqsd_core.errors import QueueNotFound, QueueRefused, QueueUnavailable
from sqsd_core.flow.options import DaemonOptions
from sqsd_core.message import Message
from sqsd_core.outcome import Failed, Interrupted, Outcome, Retained, RetryLater, Succeeded
from sqsd_core.policy.locking import Claim, Lock
from tests.support.bare_daemon import work_off
from tests.support.troubled_queue import TroubledQueue


def now() -> float:
    return asyncio.get_running_loop().time()


async def test_every_message_is_invoked_once_and_deleted(queue: EmbeddedQueue) -> None:
    bodies = [f"message {number}" for number in range(250)]
    for body in bodies:
        queue.send(body)
    invoker = ScriptedInvoker(duration=0.05)

    snapshot = await work_off(queue, invoker, options=DaemonOptions(slots=8))

    assert sorted(invoker.bodies) == sorted(bodies)
    assert invoker.most_running == 8
    assert (snapshot.deleted, snapshot.outcomes) == (250, {"Succeeded": 250})


async def test_a_failed_message_comes_back_after_the_back_off_and_is_no_duplicate(queue: EmbeddedQueue) -> None:
    queue.send("flaky")
    invoker = ScriptedInvoker({"flaky": [Failed("status 500"), Failed("status 500"), Succeeded()]})

    snapshot = await work_off(queue, invoker, options=DaemonOptions())

    assert [message.receive_count for message in invoker.invoked] == [1, 2, 3]
    assert snapshot.outcomes == {"Failed": 2, "Succeeded": 1}
    assert (snapshot.duplicates, snapshot.held_elsewhere) == (0, 0)
    assert now() >= 2.0


async def test_retry_later_hides_for_what_the_job_asks(queue: EmbeddedQueue) -> None:
    queue.send("later")
    invoker = ScriptedInvoker({"later": [RetryLater(30.0), Succeeded()]})

    await work_off(queue, invoker, options=DaemonOptions())

    assert 30.0 <= now() < 31.0 + 20.0


async def test_a_retained_message_comes_back_when_its_visibility_ends(queue: EmbeddedQueue) -> None:
    queue.send("mine")
    invoker = ScriptedInvoker({"mine": [Retained(), Succeeded()]})

    await work_off(queue, invoker, options=DaemonOptions(visibility_timeout=25.0))

    assert 25.0 <= now() < 46.0
    assert len(invoker.invoked) == 2


@pytest.mark.parametrize("last", [1, 3])
async def test_a_message_that_is_interrupted_on_its_last_receive_is_tried_once_more(last: int) -> None:
    queue = EmbeddedQueue(clock=LoopClock(), max_receive_count=last)
    queue.send("body")
    job = ScriptedInvoker({"body": [*[Failed("no")] * (last - 1), Interrupted("closed"), Succeeded()]})

    await work_off(queue, job, options=DaemonOptions(wait_time=1.0))

    assert [message.receive_count for message in job.invoked] == [*range(1, last), last, last]
    assert not queue.dead_letters


async def test_a_message_that_is_interrupted_again_on_its_last_receive_is_a_dead_letter() -> None:
    queue = EmbeddedQueue(clock=LoopClock(), max_receive_count=2)
    queue.send("body")
    job = ScriptedInvoker({"body": [Interrupted("closed")]})

    await work_off(queue, job, options=DaemonOptions(wait_time=1.0))

    assert [message.receive_count for message in job.invoked] == [1, 2, 2]
    assert list(queue.dead_letters) == ["body"]


async def test_a_message_that_always_fails_ends_in_the_dead_letter_queue() -> None:
    queue = EmbeddedQueue(clock=LoopClock(), max_receive_count=3)
    queue.send("poison")
    invoker = ScriptedInvoker({"poison": [Failed("status 500")]})

    await work_off(queue, invoker, options=DaemonOptions())

    assert queue.dead_letters == ["poison"]
    assert len(invoker.invoked) == 3


async def test_an_invocation_beyond_the_time_limit_fails_and_its_message_comes_back(queue: EmbeddedQueue) -> None:
    queue.send("slow")
    invoker = ScriptedInvoker(duration=lambda message: 100.0 if message.receive_count == 1 else 0.0)

    snapshot = await work_off(queue, invoker, options=DaemonOptions(invoker_timeout=5.0, visibility_timeout=600.0))

    assert snapshot.outcomes == {"Failed": 1, "Succeeded": 1}
    assert now() < 30.0


async def test_a_job_that_raises_or_exits_fails_alone(queue: EmbeddedQueue) -> None:
    class Rude:
        async def invoke(self, message: Message) -> Outcome:
            if message.receive_count == 1:
                raise SystemExit(3) if message.body == "exit" else ValueError(message.body)
            return Succeeded()

    for body in ("exit", "raise", "exit"):
        queue.send(body)

    snapshot = await work_off(queue, Rude(), options=DaemonOptions())

    assert snapshot.outcomes == {"Failed": 3, "Succeeded": 3}


async def test_a_redelivery_after_success_is_deleted_and_not_run(queue: EmbeddedQueue) -> None:
    queue.send("once")
    invoker = ScriptedInvoker()
    troubled = TroubledQueue(queue)
    troubled.fail("delete", QueueUnavailable(), times=1_000)
    daemon = make_daemon(queue=troubled, invoker=invoker, options=DaemonOptions(visibility_timeout=10.0))

    async with running(daemon):
        await until(lambda: daemon.snapshot().duplicates > 0)
        troubled.heal()
        await until(lambda: queue.is_empty)

    assert invoker.bodies == ["once"]


async def test_a_message_whose_visibility_was_lost_is_not_run_by_another_daemon(queue: EmbeddedQueue) -> None:
    queue.send("shared")
    locks = MemoryLockStore(clock=LoopClock())
    job = ScriptedInvoker(duration=35.0)
    options = DaemonOptions(visibility_timeout=10.0, wait_time=1.0)
    hindered = TroubledQueue(queue)
    hindered.fail("change_visibility", QueueUnavailable(), times=10_000)
    first = make_daemon(queue=hindered, invoker=job, lock_store=locks, instance="first", options=options)
    second = make_daemon(queue=queue, invoker=job, lock_store=locks, instance="second", options=options)

    async with running(first):
        await until(lambda: job.running == 1)
        async with running(second):
            await until(lambda: queue.is_empty)

    assert len(job.invoked) == 1
    assert second.snapshot().held_elsewhere >= 1


async def test_a_queue_that_does_not_exist_ends_the_daemon_at_start(queue: EmbeddedQueue) -> None:
    troubled = TroubledQueue(queue)
    troubled.fail("describe", QueueNotFound())

    with pytest.raises(QueueNotFound):
        await make_daemon(queue=troubled, invoker=ScriptedInvoker()).run()


async def test_refused_credentials_at_start_end_the_daemon(queue: EmbeddedQueue) -> None:
    troubled = TroubledQueue(queue)
    troubled.fail("describe", QueueRefused())
    troubled.fail("receive", QueueRefused("InvalidClientTokenId"))

    with pytest.raises(QueueRefused, match="InvalidClientTokenId"):
        await make_daemon(queue=troubled, invoker=ScriptedInvoker()).run()


async def test_a_role_that_may_receive_but_not_read_attributes_is_enough(queue: EmbeddedQueue) -> None:
    troubled = TroubledQueue(queue)
    troubled.fail("describe", QueueRefused("AccessDenied"))
    queue.send("hello")
    daemon = make_daemon(queue=troubled, invoker=ScriptedInvoker())

    async with running(daemon):
        await until(lambda: queue.is_empty)


async def test_a_refusal_later_is_waited_out(queue: EmbeddedQueue) -> None:
    troubled = TroubledQueue(queue)
    daemon = make_daemon(queue=troubled, invoker=ScriptedInvoker(), options=DaemonOptions(wait_time=1.0))

    async with running(daemon):
        await asyncio.sleep(5.0)
        troubled.fail("receive", QueueRefused("ExpiredToken"), times=3)
        queue.send("hello")
        await until(lambda: queue.is_empty)


async def test_a_queue_outage_is_met_with_pauses_one_log_line_a_minute_and_no_spin(
    queue: EmbeddedQueue, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    troubled = TroubledQueue(queue)
    troubled.fail("describe", QueueUnavailable())
    troubled.fail("receive", QueueUnavailable("refused"), times=100_000)
    queue.send("hello")
    daemon = make_daemon(queue=troubled, invoker=ScriptedInvoker(), options=DaemonOptions(slots=10, receivers=8))

    async with running(daemon):
        await asyncio.sleep(600.0)
        calls = troubled.calls["receive"]
        assert not daemon.snapshot().ready
        lines = [record for record in caplog.records if record.message == "queue unavailable"]
        troubled.heal()
        await until(lambda: queue.is_empty, within=31.0)
        assert daemon.snapshot().ready

    assert 600 / 31 <= calls <= 80
    assert 8 <= len(lines) <= 11
    assert any(record.message == "queue answers again" for record in caplog.records)


async def test_the_wall_clock_may_jump_a_day_either_way(queue: EmbeddedQueue) -> None:
    clock = LoopClock()
    for number in range(20):
        queue.send(str(number))
    invoker = ScriptedInvoker(duration=1.0)
    daemon = make_daemon(queue=queue, invoker=invoker, clock=clock, options=DaemonOptions(visibility_timeout=10.0))

    async with running(daemon):
        for jump in (86_400.0, -86_400.0, 0.0):
            await asyncio.sleep(2.0)
            clock.jump = jump
        await until(lambda: queue.is_empty)

    assert len(invoker.invoked) == 20
    assert daemon.snapshot().duplicates == 0


async def test_an_idle_daemon_polls_once_a_wait_time(queue: EmbeddedQueue) -> None:
    troubled = TroubledQueue(queue)
    daemon = make_daemon(queue=troubled, invoker=ScriptedInvoker(), options=DaemonOptions(slots=64, receivers=16))

    async with running(daemon):
        await asyncio.sleep(2_000.0)

    assert troubled.calls["receive"] == pytest.approx(100, abs=2)


async def test_the_interval_is_a_pause_between_receives(queue: EmbeddedQueue) -> None:
    troubled = TroubledQueue(queue)
    options = DaemonOptions(wait_time=0.0, interval=5.0)
    daemon = make_daemon(queue=troubled, invoker=ScriptedInvoker(), options=options)

    async with running(daemon):
        await asyncio.sleep(100.0)

    assert troubled.calls["receive"] == pytest.approx(20, abs=2)


async def test_the_state_reads_as_a_status_line(queue: EmbeddedQueue) -> None:
    daemon = make_daemon(queue=queue, invoker=ScriptedInvoker())

    async with running(daemon):
        await asyncio.sleep(1.0)
        assert repr(daemon) == (
            "<Daemon receiving, <Handoff 0 running, 0 buffered, 1 asked for>, "
            "<WorkerBreaker closed, 0 unavailable in a row>>"
        )


async def test_a_message_delivered_again_while_it_runs_here_is_deleted_with_its_latest_receipt(
    queue: EmbeddedQueue,
) -> None:
    queue.send("twice")
    invoker = ScriptedInvoker(duration=15.0)
    hindered = TroubledQueue(queue)
    hindered.fail("change_visibility", QueueUnavailable(), times=30)
    daemon = make_daemon(
        queue=hindered, invoker=invoker, options=DaemonOptions(slots=2, visibility_timeout=10.0, wait_time=1.0)
    )

    async with running(daemon):
        await until(lambda: daemon.snapshot().received == 2)
        hindered.heal()
        await until(lambda: queue.is_empty)
        assert daemon.snapshot().received == 2

    assert len(invoker.invoked) == 1
    assert daemon.snapshot().duplicates == 1


async def test_short_polls_of_an_empty_queue_do_not_spin(queue: EmbeddedQueue) -> None:
    troubled = TroubledQueue(queue)
    daemon = make_daemon(queue=troubled, invoker=ScriptedInvoker(), options=DaemonOptions(wait_time=0.0))

    async with running(daemon):
        await asyncio.sleep(60.0)

    assert troubled.calls["receive"] <= 610


async def test_a_moment_of_trouble_costs_seconds_and_not_the_longest_pause(queue: EmbeddedQueue) -> None:
    for number in range(10_000):
        queue.send(str(number))
    troubled = TroubledQueue(queue)
    troubled.delay["receive"] = 0.015
    invoker = ScriptedInvoker(duration=0.1)
    daemon = make_daemon(queue=troubled, invoker=invoker, options=DaemonOptions(slots=64, receivers=16))

    async with running(daemon):
        await asyncio.sleep(3.0)
        troubled.fail("receive", QueueUnavailable(), times=1_000)
        await asyncio.sleep(0.05)
        troubled.heal()
        done = len(invoker.finished)
        await asyncio.sleep(5.0)
        # At most four seconds of pause (twice at most, for one moment), and then at full speed again.
        assert len(invoker.finished) - done > 640
        daemon.drain()
        daemon.drain()


async def test_receives_that_fail_side_by_side_are_one_failure(
    queue: EmbeddedQueue, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(2_000):
        queue.send(str(number))
    troubled = TroubledQueue(queue)
    troubled.delay["receive"] = 0.1
    invoker = ScriptedInvoker(duration=0.1)
    daemon = make_daemon(queue=troubled, invoker=invoker, options=DaemonOptions(slots=200, receivers=16))

    async with running(daemon):
        await until(lambda: troubled.calls["receive"] > 40)
        troubled.fail("receive", QueueUnavailable(), times=1_000)
        await asyncio.sleep(0.15)
        troubled.heal()
        await until(lambda: queue.is_empty)

    assert [vars(line)["failures"] for line in caplog.records if line.message == "queue answers again"] == [1]


async def test_a_job_that_meets_a_cancelled_task_of_its_own_fails_and_its_slot_lives_on(queue: EmbeddedQueue) -> None:
    class Tangled:
        async def invoke(self, message: Message) -> Outcome:
            if message.receive_count == 1:
                helper = asyncio.create_task(asyncio.sleep(1.0))
                helper.cancel()
                await helper
            return Succeeded()

    for number in range(3):
        queue.send(str(number))

    snapshot = await work_off(queue, Tangled(), options=DaemonOptions())

    assert snapshot.outcomes == {"Failed": 3, "Succeeded": 3}


@pytest.mark.parametrize(
    "answer",
    [lambda: None, lambda: True, lambda: RetryLater(float("nan"))],
    ids=["None", "True", "nan"],
)
async def test_an_answer_that_is_no_outcome_is_a_failure_and_not_the_end(
    queue: EmbeddedQueue, answer: Callable[[], Any]
) -> None:
    class Careless:
        async def invoke(self, message: Message) -> Outcome:
            outcome: Outcome = answer() if message.receive_count == 1 else Succeeded()
            return outcome

    queue.send("x")

    snapshot = await work_off(queue, Careless(), options=DaemonOptions())

    assert snapshot.outcomes == {"Failed": 1, "Succeeded": 1}


async def test_a_loop_that_is_cancelled_from_within_ends_the_daemon_aloud(queue: EmbeddedQueue) -> None:
    class Leaking(TroubledQueue):
        async def receive(self, *, max_messages: int, wait: float, visibility: float) -> Sequence[Message]:
            if self.calls["receive"] == 1:
                raise asyncio.CancelledError
            return await super().receive(max_messages=max_messages, wait=wait, visibility=visibility)

    daemon = make_daemon(queue=Leaking(queue), invoker=ScriptedInvoker(), options=DaemonOptions(wait_time=1.0))

    with pytest.raises(RuntimeError, match="cancelled from within"):
        await daemon.run()


async def test_a_store_that_breaks_its_contract_ends_the_daemon_and_hides_nothing(queue: EmbeddedQueue) -> None:
    class Broken(MemoryLockStore):
        async def acquire(self, locks: Sequence[Lock], *, lease: float) -> Sequence[Claim]:
            raise ZeroDivisionError

    queue.send("x")
    daemon = make_daemon(queue=queue, invoker=ScriptedInvoker(), lock_store=Broken(clock=LoopClock()))

    with pytest.raises(ZeroDivisionError):
        await daemon.run()

    assert (queue.visible, queue.in_flight) == (1, 0)
