"""INVOKER_ADAPTIVE in a daemon: a worker that takes only so many messages at once, and says so."""

import asyncio
import logging
from collections.abc import Sequence

import pytest

from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import LoopClock, ScriptedInvoker
from sqsd_adapters.testing.harness import make_daemon, running, until
from sqsd_core import Daemon, DaemonOptions, Message, Rate, Reason
from sqsd_core.outcome import Failed, Interrupted, Outcome, RetryLater, Succeeded, Unavailable
from sqsd_core.policy.breaker import State

OPTIONS = DaemonOptions(slots=64, adaptive=True, error_visibility_timeout=1.0, error_visibility_timeout_max=2.0)


class Crowded:
    """Takes ``capacity`` jobs of a tenth of a second at once, and turns away what comes beyond."""

    def __init__(self, capacity: int, *, refusal: Outcome) -> None:
        self.capacity = capacity
        self.running = self.done = self.refused = 0
        self._refusal = refusal

    async def invoke(self, message: Message) -> Outcome:
        del message
        if self.running >= self.capacity:
            self.refused += 1
            await asyncio.sleep(0.005)
            return self._refusal
        self.running += 1
        try:
            await asyncio.sleep(0.1)
        finally:
            self.running -= 1
        self.done += 1
        return Succeeded()


def in_use(daemon: Daemon) -> int:
    return daemon.snapshot().workers[""].usable


async def watch(daemon: Daemon, seconds: float) -> Sequence[int]:
    """The slots in use at each tenth of a second."""
    seen = []
    for _ in range(int(10 * seconds)):
        await asyncio.sleep(0.1)
        seen.append(in_use(daemon))
    return seen


@pytest.mark.parametrize("refusal", [Failed("status 429", full=True), RetryLater(2.0, "status 429", full=True)])
async def test_the_slots_in_use_follow_what_the_worker_can_take(queue: EmbeddedQueue, refusal: Outcome) -> None:
    for number in range(40_000):
        queue.send(str(number))
    job = Crowded(10, refusal=refusal)
    daemon = make_daemon(queue=queue, invoker=job, options=OPTIONS)

    async with running(daemon):
        await asyncio.sleep(10.0)
        job.done = job.refused = 0
        assert max(await watch(daemon, 60.0)) <= 11
        assert job.done > 0.65 * 60.0 * 10 / 0.1
        assert job.refused < 0.01 * job.done

        job.capacity = 30
        await asyncio.sleep(30.0)
        job.done = 0
        assert max(await watch(daemon, 60.0)) <= 31
        assert job.done > 0.65 * 60.0 * 30 / 0.1
        daemon.drain()


async def test_receives_follow_the_slots_in_use(queue: EmbeddedQueue) -> None:
    for number in range(5_000):
        queue.send(str(number))
    job = Crowded(4, refusal=Failed("status 429", full=True))
    daemon = make_daemon(queue=queue, invoker=job, options=OPTIONS)

    async with running(daemon):
        await asyncio.sleep(10.0)
        for _ in range(100):
            await asyncio.sleep(0.1)
            now = daemon.snapshot()
            assert len(now.tasks) <= in_use(daemon) + 3  # what ran before a cut goes on
            assert now.buffered <= 10
        daemon.drain()


async def test_a_time_limit_that_ends_jobs_halves_the_slots(queue: EmbeddedQueue) -> None:
    for number in range(500):
        queue.send(str(number))
    options = DaemonOptions(slots=64, adaptive=True, invoker_timeout=5.0)
    daemon = make_daemon(queue=queue, invoker=ScriptedInvoker(duration=60.0), options=options)

    async with running(daemon):
        await asyncio.sleep(5.5)
        assert in_use(daemon) == 32
        await asyncio.sleep(5.0)
        assert in_use(daemon) == 16
        daemon.drain()
        daemon.drain()


@pytest.mark.parametrize(
    ("outcome", "slots"),
    [
        (Failed("status 500"), 8),
        (RetryLater(9.0), 8),
        (Interrupted("the connection ended"), 8),
        (Unavailable("status 502"), 8),
        (Failed("status 429", full=True), 4),
        (RetryLater(9.0, "status 429", full=True), 4),
        (Unavailable("status 503", full=True), 4),
    ],
)
async def test_only_a_worker_that_is_full_gets_fewer_slots(queue: EmbeddedQueue, outcome: Outcome, slots: int) -> None:
    queue.send("first")
    job = ScriptedInvoker({"first": [outcome]}, duration=0.1)
    daemon = make_daemon(queue=queue, invoker=job, options=DaemonOptions(slots=8, adaptive=True))

    async with running(daemon):
        await until(lambda: bool(job.finished))
        await asyncio.sleep(0.01)
        assert in_use(daemon) == slots
        daemon.drain()


@pytest.mark.parametrize(
    ("outcome", "slots"),
    [(Unavailable("status 502"), 4), (Failed("no body", invoked=False), 4), (Failed("status 500"), 5)],
)
async def test_an_outage_earns_no_slots(queue: EmbeddedQueue, outcome: Outcome, slots: int) -> None:
    for number in range(400):
        queue.send("first" if not number else str(number))
    bodies: dict[str, Sequence[Outcome]] = {str(number): [outcome] for number in range(400)}
    job = ScriptedInvoker({**bodies, "first": [Failed("status 429", full=True)]}, duration=0.5)
    options = DaemonOptions(slots=8, adaptive=True, breaker_failures=1_000)
    daemon = make_daemon(queue=queue, invoker=job, options=options)

    async with running(daemon):
        await asyncio.sleep(3.2)
        assert in_use(daemon) == slots
        daemon.drain()


async def test_each_cut_is_logged_and_every_slot_taken_is_one_of_those_in_use(
    queue: EmbeddedQueue, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(100):
        queue.send(str(number))
    job = Crowded(1, refusal=Failed("status 429", full=True))
    daemon = make_daemon(queue=queue, invoker=job, options=DaemonOptions(slots=2, adaptive=True))

    with caplog.at_level(logging.WARNING):
        async with running(daemon):
            await until(lambda: in_use(daemon) == 1)
            await until(lambda: len(daemon.snapshot().tasks) == 1, step=0.001)
            assert Reason.SLOTS_BUSY in {closure.reason for closure in daemon.snapshot().closures}
            daemon.drain()

    (record,) = [each for each in caplog.records if each.message == "worker is full, using fewer slots"]
    assert (record.slots, record.reason) == (1, "status 429")  # type: ignore[attr-defined]


async def test_a_worker_that_answers_503_opens_the_breaker_as_ever(queue: EmbeddedQueue) -> None:
    for number in range(100):
        queue.send(str(number))
    job = Crowded(0, refusal=Unavailable("status 503", full=True))
    daemon = make_daemon(queue=queue, invoker=job, options=DaemonOptions(slots=64, adaptive=True))

    async with running(daemon):
        await until(lambda: daemon.snapshot().breaker.state is State.OPEN, within=1.0)
        assert 1 <= in_use(daemon) <= 32
        job.capacity = 100
        await until(lambda: daemon.snapshot().breaker.state is State.CLOSED)
        await until(lambda: queue.is_empty, within=120.0)
        daemon.drain()


async def test_the_rate_and_the_slots_in_use_hold_together(queue: EmbeddedQueue) -> None:
    for number in range(5_000):
        queue.send(str(number))
    job = Crowded(3, refusal=Failed("status 429", full=True))
    options = DaemonOptions(slots=32, adaptive=True, rate=Rate(starts=20))
    daemon = make_daemon(queue=queue, invoker=job, options=options)

    async with running(daemon):
        await asyncio.sleep(10.0)
        job.done = job.refused = 0
        await asyncio.sleep(30.0)
        assert job.done + job.refused == pytest.approx(20 * 30, abs=8)
        assert job.refused < 10
        daemon.drain()


async def test_without_it_all_slots_stay_in_use(queue: EmbeddedQueue) -> None:
    queue.send("first")
    job = ScriptedInvoker({"first": [Failed("status 429", full=True)]})
    daemon = make_daemon(queue=queue, invoker=job, options=DaemonOptions(slots=8))

    async with running(daemon):
        await until(lambda: bool(job.finished))
        assert daemon.snapshot().workers[""].in_use is None
        assert in_use(daemon) == 8
        daemon.drain()


async def test_slots_come_back_though_the_wall_clock_was_set_back(queue: EmbeddedQueue) -> None:
    for number in range(40_000):
        queue.send(str(number))
    clock, job = LoopClock(), Crowded(10, refusal=Failed("status 429", full=True))
    daemon = make_daemon(queue=queue, invoker=job, clock=clock, options=OPTIONS)

    async with running(daemon):
        await asyncio.sleep(10.0)
        assert in_use(daemon) <= 11
        clock.jump, job.capacity = -3_600.0, 64
        await asyncio.sleep(60.0)
        assert in_use(daemon) == 64
        daemon.drain()
