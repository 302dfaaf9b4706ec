"""INVOKER_RATE and INVOKER_ADAPTIVE where an invocation takes several messages: one token and one slot for all."""

import asyncio
from collections.abc import Sequence

import pytest

from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import LoopClock
from sqsd_adapters.testing.harness import make_daemon, running, until
from sqsd_core import DaemonOptions, Message, Observer, Rate, ReceiptHandle
from sqsd_core.outcome import Failed, Interrupted, Outcome, Succeeded, Unavailable
from tests.support.several import daemon_of, filled, queue_plan, worker_plan

FULL = Failed("status 429", full=True)
FAILED = Failed("status 500")


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


class Waits(Observer):
    """Seconds from the last receive of a message to its start."""

    def __init__(self) -> None:
        self.of_last_receives: list[float] = []
        self._arrived: dict[ReceiptHandle, float] = {}

    def arrived(self, queue: str, messages: Sequence[Message]) -> None:
        self._arrived.update((message.receipt, asyncio.get_running_loop().time()) for message in messages)

    def started(self, queue: str, message: Message, at: float) -> None:
        if message.receive_count == 2:
            self.of_last_receives.append(asyncio.get_running_loop().time() - self._arrived[message.receipt])


class FailingAtFirst(Batches):
    """Fails every message at its first receive, until it is told to stop."""

    failing = True

    async def invoke_batch(self, messages: Sequence[Message]) -> Sequence[Outcome]:
        outcomes = await super().invoke_batch(messages)
        return [
            FAILED if self.failing and message.receive_count == 1 else outcome
            for message, outcome in zip(messages, outcomes, strict=True)
        ]


async def test_messages_that_each_run_alone_do_not_wait_as_a_batch_for_their_tokens() -> None:
    queue = EmbeddedQueue(clock=LoopClock(), max_receive_count=2)
    for number in range(100):
        queue.send(str(number))
    job, waits = FailingAtFirst(), Waits()
    options = DaemonOptions(slots=8, rate=Rate(starts=1), batch_size=10, error_visibility_timeout=1.0)
    daemon = make_daemon(queue=queue, invoker=job, options=options, observers=[waits])

    async with running(daemon):
        await until(lambda: queue.is_empty, within=130.0)  # 10 batches and 100 messages, one per second
        job.failing = False
        for number in range(100):
            queue.send(str(number))
        await until(lambda: queue.is_empty, within=20.0)

    assert job.sizes.count(1) >= 100
    assert sum(waits.of_last_receives) / 100 < 2.0
    assert job.sizes[-5:-1] == [10] * 4  # the last has the rest
    assert not queue.dead_letters


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
