"""A pause: nothing is received or started, what runs goes on, and no message loses a receive that it needs."""

import asyncio
from collections import Counter
from random import Random

import pytest

from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import EPOCH, LoopClock, ScriptedInvoker, ScriptedProbe
from sqsd_adapters.testing.harness import make_daemon, running, until
from sqsd_core.errors import UnknownQueue
from sqsd_core.flow.daemon import Daemon
from sqsd_core.flow.options import DaemonOptions
from sqsd_core.outcome import Failed, Outcome, Succeeded, Unavailable
from sqsd_core.policy.admission import Closure, Reason
from sqsd_core.policy.breaker import State
from tests.support.several import daemon_of, filled, queue_plan, worker_plan
from tests.support.troubled_queue import TroubledQueue
from tests.unit.core.flow.test_fifo import OrderedJob, send

HOUR = 3_600.0


def pauses(daemon: Daemon) -> list[Closure]:
    return [closure for closure in daemon.snapshot().closures if closure.reason is Reason.PAUSED]


def holding(*, max_receive_count: int | None = None, name: str = "jobs") -> EmbeddedQueue:
    return EmbeddedQueue(clock=LoopClock(), name=name, max_receive_count=max_receive_count)


async def test_nothing_is_received_during_a_pause_and_the_running_job_goes_on(queue: EmbeddedQueue) -> None:
    queue.send("before")
    troubled, job = TroubledQueue(queue), ScriptedInvoker(duration=10.0)
    daemon = make_daemon(queue=troubled, invoker=job)

    async with running(daemon):
        await until(lambda: job.running == 1)
        daemon.pause()
        queue.send("after")
        await asyncio.sleep(HOUR)
        assert [message.body for message in job.finished] == ["before"]
        assert troubled.calls["receive"] == 1
        daemon.resume()
        await until(lambda: queue.is_empty, within=11.0)

    assert Counter(message.receive_count for message in job.invoked) == {1: 2}


async def test_a_pause_is_a_reason_with_its_start_and_the_daemon_stays_ready(queue: EmbeddedQueue) -> None:
    daemon = make_daemon(queue=queue, invoker=ScriptedInvoker())

    async with running(daemon):
        await asyncio.sleep(5.0)
        daemon.pause()
        await asyncio.sleep(5.0)
        daemon.pause()

        assert pauses(daemon) == [Closure(reason=Reason.PAUSED, since=EPOCH + 5.0)]
        assert daemon.snapshot().ready


async def test_a_pause_ends_by_itself_after_its_seconds_and_says_when(queue: EmbeddedQueue) -> None:
    job = ScriptedInvoker()
    daemon = make_daemon(queue=queue, invoker=job)

    async with running(daemon):
        daemon.pause(seconds=600.0)
        queue.send("a")
        await asyncio.sleep(599.0)
        (pause,) = pauses(daemon)
        assert (pause.until, pause.why) == (EPOCH + 600.0, "until 2026-01-01T00:10:00Z")
        assert not job.invoked
        await asyncio.sleep(2.0)
        assert job.bodies == ["a"]
        assert not pauses(daemon)


async def test_another_pause_replaces_the_end_of_the_first(queue: EmbeddedQueue) -> None:
    daemon = make_daemon(queue=queue, invoker=ScriptedInvoker())

    async with running(daemon):
        daemon.pause(seconds=10.0)
        daemon.pause()
        await asyncio.sleep(HOUR)
        assert [pause.until for pause in pauses(daemon)] == [None]
        daemon.pause(seconds=10.0)
        await asyncio.sleep(11.0)
        assert not pauses(daemon)


def slow_to_answer(queue: EmbeddedQueue) -> TroubledQueue:
    """A queue whose answers take so long that messages are buffered."""
    troubled = TroubledQueue(queue)
    troubled.delay["receive"] = 0.2
    return troubled


async def test_messages_that_wait_for_a_slot_go_back_to_other_consumers(queue: EmbeddedQueue) -> None:
    for number in range(60):
        queue.send(f"m{number}")
    job = ScriptedInvoker(duration=0.02)
    daemon = make_daemon(queue=slow_to_answer(queue), invoker=job, options=DaemonOptions(slots=2))

    async with running(daemon):
        await until(lambda: daemon.snapshot().buffered >= 5)
        started = len(job.invoked)
        daemon.pause()
        await asyncio.sleep(1.0)
        assert len(job.finished) == started
        assert (queue.visible, daemon.snapshot().buffered) == (60 - started, 0)
        daemon.resume()
        await until(lambda: queue.is_empty)

    assert max(Counter(job.bodies).values()) == 1


@pytest.mark.parametrize("name", ["jobs", "jobs.fifo"])
async def test_a_message_on_its_last_receive_is_kept_and_runs_afterwards(name: str) -> None:
    queue = holding(max_receive_count=1, name=name)
    for number in range(60):
        queue.send(f"m{number}", group_id=f"g{number}" if name.endswith(".fifo") else None)
    job = ScriptedInvoker(duration=0.02)
    daemon = make_daemon(
        queue=slow_to_answer(queue), invoker=job, options=DaemonOptions(slots=2, visibility_timeout=30.0)
    )

    async with running(daemon):
        await until(lambda: daemon.snapshot().buffered >= 5)
        started = len(job.invoked)
        daemon.pause()
        await asyncio.sleep(10 * HOUR)
        assert len(job.finished) == started
        daemon.resume()
        await until(lambda: queue.is_empty)

    assert not queue.dead_letters
    assert Counter(job.bodies) == {f"m{number}": 1 for number in range(60)}


async def test_what_the_poll_under_way_brings_does_not_start() -> None:
    queue, job = holding(max_receive_count=1), ScriptedInvoker()
    daemon = make_daemon(queue=queue, invoker=job)

    async with running(daemon):
        await asyncio.sleep(1.0)
        daemon.pause()
        queue.send("a")
        await asyncio.sleep(60.0)
        assert not job.invoked
        daemon.resume()
        await until(lambda: queue.is_empty, within=1.0)

    assert (job.bodies, queue.dead_letters) == (["a"], [])


@pytest.mark.parametrize("name", ["jobs", "jobs.fifo"])
async def test_a_drain_gives_back_at_once_what_a_pause_keeps(name: str) -> None:
    queue, job = holding(name=name, max_receive_count=1), ScriptedInvoker(duration=50.0)
    fifo = name.endswith(".fifo")
    queue.send("a", group_id="a" if fifo else None)
    daemon = make_daemon(queue=queue, invoker=job, options=DaemonOptions(slots=2))

    async with running(daemon):
        await until(lambda: job.running == 1)
        daemon.pause()
        queue.send("b", group_id="b" if fifo else None)
        await asyncio.sleep(30.0)
        assert (queue.visible, queue.in_flight, job.running) == (0, 2, 1)
        daemon.drain()
        await asyncio.sleep(1.0)
        assert (queue.visible, job.running) == (1, 1)

    assert len(job.finished) == 1


async def test_a_pause_and_a_resume_during_a_drain_change_nothing(queue: EmbeddedQueue) -> None:
    for number in range(10):
        queue.send(f"m{number}")
    job = ScriptedInvoker(duration=5.0)
    daemon = make_daemon(queue=queue, invoker=job, options=DaemonOptions(slots=4))

    async with running(daemon):
        await until(lambda: job.running == 4)
        daemon.drain()
        daemon.pause(seconds=1.0)
        daemon.resume()

    assert (len(job.finished), queue.visible) == (4, 6)


@pytest.mark.parametrize("back", [True, False], ids=["back before the resume", "back after the resume"])
async def test_a_message_that_an_outage_holds_is_not_tried_during_a_pause_and_costs_no_receive(*, back: bool) -> None:
    queue, probe = holding(max_receive_count=1), ScriptedProbe(False)
    queue.send("a")
    script: dict[str, list[Outcome]] = {"a": [Unavailable("connection refused", unsent=True)], "": []}
    job = ScriptedInvoker(script)
    daemon = make_daemon(queue=queue, invoker=job, probe=probe)

    async with running(daemon):
        await until(lambda: daemon.snapshot().breaker.state is not State.CLOSED)
        await asyncio.sleep(120.0)
        daemon.pause()
        probe.answer(back)
        await asyncio.sleep(600.0)
        assert job.bodies == ["a"]
        daemon.resume()
        if not back:
            await asyncio.sleep(600.0)
            assert job.bodies == ["a"]
            probe.answer(True)
        script.clear()
        await until(lambda: queue.is_empty, within=120.0)

    assert [message.receive_count for message in job.invoked] == [1, 1]


async def test_what_a_pause_keeps_does_not_start_while_the_breaker_is_open() -> None:
    queue, probe = holding(max_receive_count=2), ScriptedProbe(False)
    script: dict[str, list[Outcome]] = {"a": [Unavailable("connection refused", unsent=True)], "": []}
    job = ScriptedInvoker(script, duration=5.0)
    queue.send("a")
    daemon = make_daemon(queue=queue, invoker=job, probe=probe, options=DaemonOptions(slots=2))

    async with running(daemon):
        await until(lambda: job.running == 1)
        queue.send("b")
        await queue.receive(max_messages=1, wait=0.0, visibility=0.0)
        daemon.pause()
        await asyncio.sleep(60.0)
        assert daemon.snapshot().breaker.state is not State.CLOSED
        daemon.resume()
        await asyncio.sleep(60.0)
        assert job.bodies == ["a"]
        probe.answer(True)
        script.clear()
        await until(lambda: queue.is_empty, within=120.0)

    assert not queue.dead_letters


async def test_a_running_message_without_a_receive_to_spare_that_meets_an_outage_during_a_pause_is_kept() -> None:
    queue, probe = holding(max_receive_count=2), ScriptedProbe(False)
    queue.send("a")
    await queue.receive(max_messages=1, wait=0.0, visibility=0.0)
    script: dict[str, list[Outcome]] = {"a": [Unavailable("connection refused", unsent=True)], "": []}
    job = ScriptedInvoker(script, duration=5.0)
    daemon = make_daemon(queue=queue, invoker=job, probe=probe)

    async with running(daemon):
        await until(lambda: job.running == 1)
        daemon.pause()
        await asyncio.sleep(600.0)
        assert (job.bodies, list(queue.dead_letters)) == (["a"], [])
        script.clear()
        probe.answer(True)
        daemon.resume()
        await until(lambda: queue.is_empty, within=120.0)

    assert (len(job.finished), list(queue.dead_letters)) == (2, [])


async def test_what_waits_behind_a_running_message_of_its_group_is_not_kept() -> None:
    queue = holding(name="jobs.fifo")
    send(queue, "a", 2)
    await queue.receive(max_messages=2, wait=0.0, visibility=0.0)
    job = OrderedJob(ScriptedInvoker({"a-0": [Failed("status 500"), Succeeded()]}, duration=10.0))
    daemon = make_daemon(queue=queue, invoker=job, options=DaemonOptions(slots=2, error_visibility_timeout=60.0))

    async with running(daemon):
        await until(lambda: daemon.snapshot().buffered == 1)
        daemon.pause(seconds=20.0)
        await until(lambda: queue.is_empty, within=300.0)

    assert (job.violations, job.succeeded) == ([], {"a": [0, 1]})


async def test_one_queue_pauses_and_the_others_of_its_worker_go_on() -> None:
    queues = filled({"orders": 500, "mails": 500})
    job = ScriptedInvoker(duration=0.1)
    daemon = daemon_of([worker_plan("web", job, slots=4)], [queue_plan(name, queue) for name, queue in queues.items()])

    async with running(daemon):
        await asyncio.sleep(1.0)
        daemon.pause(queue="orders")
        await asyncio.sleep(1.0)
        orders = [body for body in job.bodies if body.startswith("orders")]
        await until(lambda: queues["mails"].is_empty, within=14.0)
        assert [body for body in job.bodies if body.startswith("orders")] == orders
        assert [(pause.where, pause.reason) for pause in pauses(daemon)] == [("orders", Reason.PAUSED)]
        daemon.resume(queue="orders")
        await until(lambda: queues["orders"].is_empty, within=14.0)

    assert max(Counter(job.bodies).values()) == 1


async def test_all_queues_pause_and_each_may_be_resumed_by_itself() -> None:
    queues = filled({"orders": 3, "mails": 3})
    job = ScriptedInvoker()
    daemon = daemon_of([worker_plan("web", job)], [queue_plan(name, queue) for name, queue in queues.items()])

    async with running(daemon):
        daemon.pause()
        await asyncio.sleep(60.0)
        assert not job.invoked
        daemon.resume(queue="mails")
        await until(lambda: queues["mails"].is_empty)
        await asyncio.sleep(60.0)
        assert Counter(body.split()[0] for body in job.bodies) == {"mails": 3}
        daemon.resume()
        await until(lambda: queues["orders"].is_empty)


async def test_a_queue_that_joins_while_all_are_paused_is_paused_until_the_same_end() -> None:
    queues = filled({"orders": 3, "mails": 3})
    job = ScriptedInvoker()
    daemon = daemon_of([worker_plan("web", job)], [queue_plan("orders", queues["orders"])])

    async with running(daemon):
        daemon.pause(seconds=600.0)
        await asyncio.sleep(300.0)
        daemon.crew.add_queue(queue_plan("mails", queues["mails"]))
        await asyncio.sleep(299.0)
        assert not job.invoked
        await until(lambda: all(queue.is_empty for queue in queues.values()), within=5.0)


async def test_a_queue_that_is_paused_stays_so_when_its_settings_are_read_again() -> None:
    queues = filled({"orders": 0})
    job = ScriptedInvoker()
    daemon = daemon_of([worker_plan("web", job)], [queue_plan("orders", queues["orders"])])

    async with running(daemon):
        await asyncio.sleep(1.0)
        daemon.pause(queue="orders")
        queues["orders"].send("orders 3")
        await daemon.crew.stop_queue("orders")
        daemon.crew.add_queue(queue_plan("orders", queues["orders"]))
        await asyncio.sleep(60.0)
        assert not job.invoked
        daemon.resume(queue="orders")
        await until(lambda: queues["orders"].is_empty)


async def test_a_queue_that_was_resumed_while_all_are_paused_stays_so_when_its_settings_are_read_again() -> None:
    queues = filled({"orders": 0, "mails": 0})
    job = ScriptedInvoker()
    daemon = daemon_of([worker_plan("web", job)], [queue_plan(name, queue) for name, queue in queues.items()])

    async with running(daemon):
        await asyncio.sleep(1.0)
        daemon.pause()
        daemon.resume(queue="orders")
        queues["orders"].send("orders 3")
        await daemon.crew.stop_queue("orders")
        daemon.crew.add_queue(queue_plan("orders", queues["orders"]))
        await until(lambda: queues["orders"].is_empty)
        assert [pause.where for pause in pauses(daemon)] == ["mails"]
        daemon.pause()
        await daemon.crew.stop_queue("orders")
        daemon.crew.add_queue(queue_plan("orders", queues["orders"]))
        assert len(pauses(daemon)) == 2
        daemon.resume()


async def test_a_queue_goes_by_its_own_name_as_well_and_an_unknown_one_is_an_error() -> None:
    daemon = make_daemon(queue=holding(name="orders"), invoker=ScriptedInvoker())

    async with running(daemon):
        daemon.pause(queue="orders")
        assert pauses(daemon)
        with pytest.raises(UnknownQueue, match="no queue is called 'mails'; the queues are orders"):
            daemon.resume(queue="mails")


@pytest.mark.parametrize("seed", range(15))
async def test_however_often_it_is_paused_each_message_runs_once_and_groups_keep_their_order(seed: int) -> None:
    random = Random(seed)
    queue = holding(name="jobs.fifo", max_receive_count=3)
    for group in "abcdef":
        send(queue, group, 20)
    script: dict[str, list[Outcome]] = {
        f"{group}-{number}": [Failed("500"), Succeeded()] for group in "ab" for number in (3, 9)
    }
    inner = ScriptedInvoker(script, duration=lambda _: random.choice([0.01, 0.2, 2.0]))
    job = OrderedJob(inner)
    daemon = make_daemon(queue=queue, invoker=job, options=DaemonOptions(slots=3, error_visibility_timeout=0.0))

    async with running(daemon):
        while not queue.is_empty:
            await asyncio.sleep(random.uniform(0.0, 2.0))
            daemon.pause(seconds=random.choice([None, 0.1, 100.0]))
            await asyncio.sleep(random.uniform(0.0, 5.0))
            daemon.resume()

    assert job.violations == []
    assert {group: len(done) for group, done in job.succeeded.items()} == dict.fromkeys("abcdef", 20)
    assert not queue.dead_letters
