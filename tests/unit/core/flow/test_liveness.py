"""A liveness probe over hours: it finds a daemon that works no more, and never one that has a reason."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import LoopClock, ScriptedInvoker, ScriptedProbe
from sqsd_adapters.testing.harness import make_daemon, running
from sqsd_core import Daemon, DaemonOptions, Invoker, Message, Outcome, Probe, QueueUnavailable, Share, Succeeded
from sqsd_core.outcome import Unavailable
from sqsd_core.policy.breaker import State
from sqsd_core.policy.liveness import Liveness
from sqsd_core.ports.queue import Queue
from tests.support.several import daemon_of, filled, queue_plan, worker_plan
from tests.support.troubled_queue import TroubledQueue

HOUR = 3_600.0
PERIOD = 10.0  # seconds between two probes
STALLED = "messages are visible and a slot is free, but nothing is received"
OVERDUE = "an invocation runs far beyond its time limit"


def filled_queue(count: int = 5) -> EmbeddedQueue:
    queue = EmbeddedQueue(clock=LoopClock(), name="jobs")
    for number in range(count):
        queue.send(f"m{number}")
    return queue


@asynccontextmanager
async def probed(daemon: Daemon) -> AsyncIterator[list[str]]:
    """Run the daemon and look every ten seconds; what the looks said is added to the list."""
    said: list[str] = []

    async def look() -> None:
        liveness = Liveness()
        while True:
            now = asyncio.get_running_loop().time()
            said.extend(liveness.look(daemon.snapshot(), depths=daemon.depths(), now=now))
            await asyncio.sleep(PERIOD)

    async with running(daemon):
        looking = asyncio.create_task(look())
        yield said
        looking.cancel()


def daemon_on(queue: Queue, job: Invoker, *, probe: Probe | None = None, **options: Any) -> Daemon:
    return make_daemon(queue=queue, invoker=job, probe=probe, options=DaemonOptions(**options))


async def test_receives_that_never_end_are_found_within_ten_minutes() -> None:
    queue = filled_queue(0)
    troubled = TroubledQueue(queue)
    daemon = daemon_on(troubled, ScriptedInvoker(), drain_timeout=1.0)
    async with probed(daemon) as said:
        await asyncio.sleep(60.0)
        troubled.delay["receive"] = 24 * HOUR
        await asyncio.sleep(30.0)  # the poll under way ends
        queue.send("late")
        await asyncio.sleep(300.0)
        assert said == []
        await asyncio.sleep(300.0)
        assert set(said) == {STALLED}


class DeafJob:
    """Swallows the cancellation at its time limit, and goes on."""

    async def invoke(self, message: Message) -> Outcome:
        ends = asyncio.get_running_loop().time() + HOUR
        while (left := ends - asyncio.get_running_loop().time()) > 0:
            try:
                await asyncio.sleep(left)
            except asyncio.CancelledError:
                continue
        return Succeeded()


async def test_a_job_that_swallows_its_cancellation_is_found_after_twice_its_time_limit() -> None:
    queue = filled_queue()
    async with probed(daemon_on(queue, DeafJob(), invoker_timeout=60.0)) as said:
        await asyncio.sleep(170.0)
        assert said == []
        await asyncio.sleep(30.0)
        assert set(said) == {OVERDUE}


async def replaced(daemon: Daemon, job: Invoker, queue: Queue, *, worker: str = "web", limit: float) -> None:
    """Reload: another worker with its own time limit takes the queue."""
    if worker in daemon.crew.workers:
        daemon.crew.set_aside(worker)
    daemon.crew.add_worker(worker_plan(worker, job, invoker_timeout=limit))
    await daemon.crew.stop_queue("orders")
    daemon.crew.add_queue(queue_plan("orders", queue, worker=worker))


@pytest.mark.parametrize("worker", ["web", "other"])
async def test_a_job_keeps_the_time_limit_under_which_it_began(worker: str) -> None:
    queue = filled({"orders": 1})["orders"]
    long = ScriptedInvoker(duration=HOUR)
    daemon = daemon_of([worker_plan("web", long, invoker_timeout=2 * HOUR)], [queue_plan("orders", queue)])
    async with probed(daemon) as said:
        await asyncio.sleep(10.0)
        await replaced(daemon, ScriptedInvoker(), queue, worker=worker, limit=30.0)
        await asyncio.sleep(0.9 * HOUR)
        assert len(daemon.snapshot().tasks) == 1
        assert said == []


async def test_a_job_that_began_after_a_reload_is_judged_by_the_new_time_limit() -> None:
    queue = filled({"orders": 1})["orders"]
    daemon = daemon_of(
        [worker_plan("web", ScriptedInvoker(duration=HOUR), invoker_timeout=2 * HOUR)], [queue_plan("orders", queue)]
    )
    async with probed(daemon) as said:
        await asyncio.sleep(10.0)
        await replaced(daemon, DeafJob(), queue, limit=30.0)
        queue.send("late")
        await asyncio.sleep(200.0)
        assert set(said) == {f"orders: {OVERDUE}"}


async def test_an_outage_of_sqs_is_no_reason() -> None:
    queue = filled_queue()
    troubled = TroubledQueue(queue)
    troubled.fail("receive", QueueUnavailable("no answer"), times=10_000)
    async with probed(daemon_on(troubled, ScriptedInvoker())) as said:
        await asyncio.sleep(2 * HOUR)
        assert said == []


async def test_a_worker_that_is_away_for_hours_is_no_reason() -> None:
    queue = filled_queue()
    job = ScriptedInvoker({f"m{number}": [Unavailable("refused", unsent=True)] for number in range(5)})
    async with probed(daemon_on(queue, job, probe=ScriptedProbe(reachable=False))) as said:
        await asyncio.sleep(2 * HOUR)
        assert said == []


async def test_a_trial_that_takes_long_is_no_reason() -> None:
    queue = filled_queue(20)
    probe = ScriptedProbe(reachable=False)
    refused: dict[str, list[Outcome]] = {
        f"m{number}": [Unavailable("refused", unsent=True), Succeeded()] for number in range(20)
    }

    def duration(message: Message) -> float:
        return HOUR if message.receive_count > 1 else 0.0

    job = ScriptedInvoker(refused, duration=duration)
    daemon = daemon_on(queue, job, probe=probe, slots=4, invoker_timeout=2 * HOUR)
    async with probed(daemon) as said:
        await asyncio.sleep(120.0)
        probe.answer(reachable=True)
        await asyncio.sleep(0.9 * HOUR)
        assert daemon.snapshot().breaker.state is State.TRIAL
        assert queue.visible
        assert said == []


@pytest.mark.parametrize("slots", [1, 4])
async def test_long_jobs_within_their_time_limit_are_no_reason(slots: int) -> None:
    queue = filled_queue(8)
    daemon = daemon_on(queue, ScriptedInvoker(duration=HOUR), slots=slots, invoker_timeout=2 * HOUR)
    async with probed(daemon) as said:
        await asyncio.sleep(3 * HOUR)
        assert said == []


async def test_an_empty_queue_is_no_reason() -> None:
    queue = filled_queue(0)
    async with probed(daemon_on(queue, ScriptedInvoker())) as said:
        await asyncio.sleep(2 * HOUR)
        assert said == []


async def test_long_pauses_between_receives_are_no_reason() -> None:
    queue = filled_queue(50)
    async with probed(daemon_on(queue, ScriptedInvoker(), interval=HOUR / 2, max_messages=1)) as said:
        await asyncio.sleep(3 * HOUR)
        assert queue.visible
        assert said == []


async def test_a_queue_that_never_gets_its_turn_is_no_reason() -> None:
    queues = filled({"first": 2_000, "second": 5})
    daemon = daemon_of(
        [worker_plan("web", ScriptedInvoker(duration=5.0), slots=4, share=Share.STRICT)],
        [queue_plan(name, queue) for name, queue in queues.items()],
    )
    async with probed(daemon) as said:
        await asyncio.sleep(1_500.0)
        assert len(queues["second"].bodies) == 5
        assert said == []
