"""The daemon's status: what the last minutes were like, why messages come back, how deep the queue is."""

import asyncio

from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import EPOCH, LoopClock, ScriptedInvoker
from sqsd_adapters.testing.harness import make_daemon, running, until
from sqsd_core.flow.options import DaemonOptions
from sqsd_core.outcome import Failed, Outcome, Retained, RetryLater
from sqsd_core.policy.figures import MAX_CAUSES, Figures
from tests.support.several import daemon_of, queue_plan, worker_plan


async def test_the_status_covers_the_last_five_minutes(queue: EmbeddedQueue) -> None:
    daemon = make_daemon(queue=queue, invoker=ScriptedInvoker(duration=0.5))

    async with running(daemon):
        await asyncio.sleep(15.0)
        queue.send("a")
        await asyncio.sleep(1.0)
        recent = daemon.status().recent[""]
        assert (recent.ended, recent.failed, recent.seconds) == (1, 0, 16.0)
        await asyncio.sleep(310.0)
        status = daemon.status()
        assert status.recent[""].ended == 0
        assert status.snapshot.outcomes == {"Succeeded": 1}
        assert (status.started_at, status.at) == (EPOCH, EPOCH + 326.0)


async def test_messages_that_come_back_are_counted_with_the_reason(queue: EmbeddedQueue) -> None:
    queue = EmbeddedQueue(clock=LoopClock(), name="jobs", max_receive_count=2)
    script: dict[str, list[Outcome]] = {
        "a": [Failed("status 500")],
        "b": [RetryLater(5.0), Failed("status 418")],
        "c": [Retained()],
    }
    for body in script:
        queue.send(body)
    daemon = make_daemon(queue=queue, invoker=ScriptedInvoker(script), options=DaemonOptions(slots=3))

    async with running(daemon):
        await until(lambda: len(queue.dead_letters) == 3, within=300.0)
        figures = daemon.snapshot().queues[""]

    assert (figures.retries, figures.dead_letters) == (3, 3)
    assert figures.causes == {"status 500": 2, "asked to retry later": 1, "status 418": 1}


async def test_a_task_tells_its_queue_its_age_and_its_receive_count(queue: EmbeddedQueue) -> None:
    queue.send("a")
    await queue.receive(max_messages=1, wait=0.0, visibility=0.0)
    job = ScriptedInvoker(duration=10.0)

    async with running(daemon := make_daemon(queue=queue, invoker=job)):
        await until(lambda: job.running == 1)
        (task,) = daemon.snapshot().tasks

    assert (task.receive_count, task.queue) == (2, "")
    assert task.sent_at is not None
    assert task.sent_at <= task.started_at


async def test_jobs_in_flight_are_shown_in_the_order_of_their_starts_until_they_end() -> None:
    queues = {"orders": EmbeddedQueue(clock=LoopClock()), "mails": EmbeddedQueue(clock=LoopClock())}
    daemon = daemon_of(
        [worker_plan("web", ScriptedInvoker({"fails": [Failed("status 500")]}, duration=10.0))],
        [queue_plan(name, queue) for name, queue in queues.items()],
    )
    sent = []

    async with running(daemon):
        for name, body in (("mails", "fails"), ("orders", "a"), ("mails", "b")):
            sent.append((name, queues[name].send(body)))
            await asyncio.sleep(3.0)
        assert [(task.queue, task.message_id) for task in daemon.snapshot().tasks] == sent
        await asyncio.sleep(2.0)  # the first has failed
        assert [(task.queue, task.message_id) for task in daemon.snapshot().tasks] == sent[1:]
        assert "receipt" not in repr(daemon.snapshot().tasks)


async def test_what_a_pause_keeps_and_what_waits_are_shown_by_queue() -> None:
    queue = EmbeddedQueue(clock=LoopClock(), name="jobs", max_receive_count=1)
    daemon = make_daemon(queue=queue, invoker=ScriptedInvoker())

    async with running(daemon):
        await asyncio.sleep(1.0)
        daemon.pause()
        queue.send("a")
        await asyncio.sleep(1.0)
        source = daemon.snapshot().sources[""]

    assert (source.kept, source.buffered, source.max_receive_count, source.locker_answers) == (1, 0, 1, True)


def test_only_so_many_reasons_are_counted_and_the_oldest_is_forgotten() -> None:
    figures = Figures()
    figures.blame("status 500")
    for number in range(MAX_CAUSES):
        figures.blame(f"error {number}" + "x" * 1_000)

    assert len(figures.causes) == MAX_CAUSES
    assert "status 500" not in figures.causes
    assert max(map(len, figures.causes)) == 300
