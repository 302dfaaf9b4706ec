"""INVOKER_RATE and INVOKER_ADAPTIVE where an invocation takes several messages: one token and one slot for all."""

import asyncio
from collections.abc import Sequence

import pytest

from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.harness import make_daemon, running, until
from sqsd_core import DaemonOptions, Message, Rate
from sqsd_core.outcome import Failed, Interrupted, Outcome, Succeeded, Unavailable
from tests.support.several import daemon_of, filled, queue_plan, worker_plan

FULL = Failed("status 429", full=True)


class Batches:
    """Notes when batches began, and how many messages each had; takes ``capacity`` of them at once."""

    def __init__(self, *, capacity: int = 1_000, duration: float = 0.1) -> None:
        self.capacity = capacity
        self.running = self.refused = 0
        self.sizes: list[int] = []
        self.began: list[float] = []
        self.answer: list[Outcome] = []
        self._duration = duration

    async def invoke(self, message: Message) -> Outcome:
        raise AssertionError(f"{message!r} came outside a batch")

    async def invoke_batch(self, messages: Sequence[Message]) -> Sequence[Outcome]:
        self.sizes.append(len(messages))
        self.began.append(asyncio.get_running_loop().time())
        if self.running >= self.capacity:
            self.refused += 1
            await asyncio.sleep(0.005)
            return [FULL] * len(messages)
        self.running += 1
        await asyncio.sleep(self._duration)
        self.running -= 1
        return self.answer or [Succeeded()] * len(messages)


@pytest.mark.parametrize("rate", [Rate(starts=1), Rate(starts=20), Rate(starts=2, seconds=60.0)])
@pytest.mark.parametrize("size", [10, 25])
async def test_an_invocation_takes_one_token_and_its_batch_is_full(queue: EmbeddedQueue, rate: Rate, size: int) -> None:
    for number in range(3_000):
        queue.send(str(number))
    job, seconds = Batches(), 50 * rate.interval
    options = DaemonOptions(slots=8, rate=rate, batch_size=size, batch_window=1.0)
    daemon = make_daemon(queue=queue, invoker=job, options=options)

    async with running(daemon):
        await asyncio.sleep(seconds)
        assert daemon.snapshot().buffered <= max(2, 3 / rate.interval) * size
        daemon.drain()

    assert 48 <= len(job.began) <= rate.at_once + 50
    assert sum(job.sizes) > 0.9 * size * len(job.sizes)


async def test_queues_that_share_the_worker_share_its_tokens() -> None:
    queues = filled({"orders": 500, "mails": 500, "empty": 0})
    job = Batches()
    plans = [queue_plan(name, queue) for name, queue in queues.items()]
    worker = worker_plan("web", job, slots=8, rate=Rate(starts=1), batch_size=5)
    daemon = daemon_of([worker], plans, drain_timeout=0.0)

    async with running(daemon):
        await asyncio.sleep(60.0)
        received = {name: figures.received for name, figures in daemon.snapshot().queues.items()}
        daemon.drain()

    assert 58 <= len(job.began) <= 62
    assert received["orders"] > 50
    assert received["mails"] > 50


async def test_the_slots_in_use_follow_what_the_worker_can_take(queue: EmbeddedQueue) -> None:
    for number in range(30_000):
        queue.send(str(number))
    job = Batches(capacity=4)
    options = DaemonOptions(slots=32, adaptive=True, batch_size=5, error_visibility_timeout_max=2.0)
    daemon = make_daemon(queue=queue, invoker=job, options=options)

    async with running(daemon):
        await asyncio.sleep(10.0)
        job.refused, before = 0, len(job.began)
        for _ in range(200):
            await asyncio.sleep(0.1)
            assert daemon.snapshot().workers[""].usable <= 5
        assert job.refused < 0.05 * (len(job.began) - before)
        assert len(job.began) - before > 0.6 * 20 * 4 / 0.1
        daemon.drain()


@pytest.mark.parametrize(
    ("answer", "slots"),
    [
        ([Succeeded(), FULL, FULL], 4),
        ([Succeeded(), Failed("status 500"), Succeeded()], 8),
        ([Interrupted("gone")] * 3, 8),
        ([Unavailable("status 503", full=True)] * 3, 4),
    ],
)
async def test_a_batch_in_which_something_was_full_halves_the_slots_once(
    queue: EmbeddedQueue, answer: list[Outcome], slots: int
) -> None:
    for number in range(3):
        queue.send(str(number))
    job = Batches()
    job.answer = answer
    daemon = make_daemon(queue=queue, invoker=job, options=DaemonOptions(slots=8, adaptive=True, batch_size=3))

    async with running(daemon):
        await until(lambda: bool(job.began))
        await asyncio.sleep(0.15)
        assert job.sizes[0] == 3
        assert daemon.snapshot().workers[""].usable == slots
        daemon.drain()


class Long(Batches):
    """The first batch tells after three seconds that the worker is full; the others take a minute."""

    async def invoke_batch(self, messages: Sequence[Message]) -> Sequence[Outcome]:
        is_first = not self.began
        self._duration = 3.0 if is_first else 60.0
        outcomes = await super().invoke_batch(messages)
        return [FULL] * len(messages) if is_first else outcomes


async def test_slots_that_are_taken_away_while_a_batch_waits_for_its_window_are_not_used(queue: EmbeddedQueue) -> None:
    for number in range(30):
        queue.send(str(number))
    job = Long()
    options = DaemonOptions(slots=4, adaptive=True, batch_size=10, batch_window=10.0, visibility_timeout=300.0)
    daemon = make_daemon(queue=queue, invoker=job, options=options)

    async with running(daemon):
        await until(lambda: len(job.began) == 3)
        queue.send("early")
        await asyncio.sleep(30.0)
        assert daemon.snapshot().workers[""].usable == 2
        assert len(job.began) == 3
        await until(lambda: len(job.began) == 4)
        assert job.began[3] - job.began[0] == pytest.approx(60.0, abs=1.0)
