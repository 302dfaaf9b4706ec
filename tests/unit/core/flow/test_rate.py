"""INVOKER_RATE in a daemon: when messages start, and that none is received long before."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from random import Random

import pytest

from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import EPOCH, ScriptedInvoker, ScriptedProbe
from sqsd_adapters.testing.harness import make_daemon, running, until
from sqsd_core import DaemonOptions, Message, Rate, Reason, Share
from sqsd_core.flow.plan import QueuePlan
from sqsd_core.outcome import Outcome, Unavailable
from sqsd_core.policy.breaker import State
from sqsd_core.ports.observer import Observer, Unrun
from tests.support.several import daemon_of, filled, queue_plan, worker_plan

MINUTE = Rate(starts=1, seconds=60.0)


class Times(Observer):
    """When messages were received and when they started, in seconds since the test began."""

    def __init__(self) -> None:
        self.begun = asyncio.get_running_loop().time()
        self.received_at: dict[str, float] = {}
        self.starts: list[float] = []
        self.waits: list[float] = []
        self.released_for: list[Unrun] = []

    @property
    def now(self) -> float:
        return asyncio.get_running_loop().time() - self.begun

    def arrived(self, queue: str, messages: Sequence[Message]) -> None:
        del queue
        self.received_at.update({message.receipt: self.now for message in messages})

    def started(self, queue: str, message: Message, at: float) -> None:
        del queue, at
        self.starts.append(self.now)
        self.waits.append(self.now - self.received_at[message.receipt])

    def released(self, queue: str, message: Message, why: Unrun) -> None:
        del queue, message
        self.released_for.append(why)

    def most_within(self, seconds: float) -> int:
        """The starts of the busiest window."""
        return max(sum(start <= other < start + seconds for other in self.starts) for start in self.starts)


def options(rate: Rate, *, slots: int = 16, wait_time: float = 20.0) -> DaemonOptions:
    return DaemonOptions(slots=slots, rate=rate, wait_time=wait_time)


@pytest.mark.parametrize(
    ("rate", "seconds"),
    [
        (Rate(starts=50), 20.0),
        (Rate(starts=3_000, seconds=60.0, burst=1), 20.0),
        (Rate(starts=500), 4.0),
        (Rate(starts=5, burst=20), 20.0),
        (Rate(starts=1), 100.0),
        (MINUTE, 1_000.0),
    ],
)
@pytest.mark.parametrize("duration", [0.0, 0.02])
async def test_so_many_start_and_no_more(queue: EmbeddedQueue, rate: Rate, seconds: float, duration: float) -> None:
    for number in range(3_000):
        queue.send(str(number))
    times = Times()
    daemon = make_daemon(
        queue=queue, invoker=ScriptedInvoker(duration=duration), options=options(rate), observers=[times]
    )

    async with running(daemon):
        await asyncio.sleep(seconds)
        daemon.drain()

    expected = rate.at_once + seconds / rate.interval
    assert 0.99 * expected - 1 <= len(times.starts) <= expected
    for window in (1.0, seconds / 4):
        assert times.most_within(window) <= rate.at_once + window / rate.interval + 1e-6


@pytest.mark.parametrize("rate", [MINUTE, Rate(starts=1), Rate(starts=50), Rate(starts=5, burst=20)])
async def test_no_message_is_received_long_before_it_starts(queue: EmbeddedQueue, rate: Rate) -> None:
    for number in range(1_000):
        queue.send(str(number))
    times = Times()
    daemon = make_daemon(queue=queue, invoker=ScriptedInvoker(), options=options(rate), observers=[times])

    async with running(daemon):
        await asyncio.sleep(100 * rate.interval)
        assert max(times.waits) < 1.5
        assert daemon.snapshot().buffered <= max(1, 2 / rate.interval)
        daemon.drain()


async def test_with_a_rare_token_the_queue_is_asked_when_it_is_near(queue: EmbeddedQueue) -> None:
    for number in range(100):
        queue.send(str(number))
    times = Times()
    daemon = make_daemon(queue=queue, invoker=ScriptedInvoker(), options=options(MINUTE), observers=[times])

    async with running(daemon):
        await asyncio.sleep(600.0 + 30.0)
        assert len(times.starts) == 11
        assert max(times.waits) < 0.2
        assert daemon.snapshot().buffered == 0
        assert daemon.snapshot().receives == 11
        assert queue.visible == 89
        daemon.drain()


async def test_receives_bring_the_messages_of_several_tokens(queue: EmbeddedQueue) -> None:
    for number in range(1_000):
        queue.send(str(number))
    daemon = make_daemon(queue=queue, invoker=ScriptedInvoker(), options=options(Rate(starts=50)))

    async with running(daemon):
        await asyncio.sleep(15.0)
        assert daemon.snapshot().received / daemon.snapshot().receives > 8
        daemon.drain()


async def test_a_message_that_comes_after_a_pause_starts_at_once(queue: EmbeddedQueue) -> None:
    times = Times()
    daemon = make_daemon(queue=queue, invoker=ScriptedInvoker(), options=options(MINUTE), observers=[times])

    async with running(daemon):
        await asyncio.sleep(600.0)
        queue.send("late")
        await until(lambda: bool(times.starts), within=1.0)
        assert daemon.snapshot().receives < 40
        daemon.drain()


async def test_while_no_token_is_there_the_daemon_is_ready_and_says_until_when(queue: EmbeddedQueue) -> None:
    queue.send("first")
    times = Times()
    daemon = make_daemon(queue=queue, invoker=ScriptedInvoker(), options=options(MINUTE), observers=[times])

    async with running(daemon):
        await until(lambda: bool(times.starts))
        await asyncio.sleep(15.0)
        (closure,) = daemon.snapshot().closures
        assert (closure.reason, str(closure)) == (Reason.RATE_LIMITED, "the rate limit is reached: 1/m")
        assert closure.since == pytest.approx(EPOCH + times.starts[0])
        assert closure.until == pytest.approx(EPOCH + times.starts[0] + 60.0)
        assert closure.healthy
        assert daemon.snapshot().ready
        assert daemon.snapshot().workers[""].rate == "1/m"
        await asyncio.sleep(45.0)
        assert not daemon.snapshot().closures
        daemon.drain()


async def test_messages_that_wait_for_a_token_are_released_at_once_when_the_daemon_drains(queue: EmbeddedQueue) -> None:
    for number in range(100):
        queue.send(str(number))
    times = Times()
    daemon = make_daemon(
        queue=queue, invoker=ScriptedInvoker(), options=options(Rate(starts=5, burst=1)), observers=[times]
    )

    async with running(daemon) as task:
        await until(lambda: daemon.snapshot().buffered >= 2)
        waiting, begun = daemon.snapshot().buffered, times.now
        daemon.drain()
        await task
        assert times.now - begun < 0.1

    assert times.released_for == [Unrun.DRAINED] * waiting
    assert queue.visible == 100 - len(times.starts)


async def test_a_pause_takes_no_token(queue: EmbeddedQueue) -> None:
    times = Times()
    daemon = make_daemon(
        queue=queue, invoker=ScriptedInvoker(), options=options(Rate(starts=1, seconds=10.0)), observers=[times]
    )

    async with running(daemon):
        for number in range(10):
            queue.send(str(number))
        await until(lambda: len(times.starts) == 2)
        daemon.pause()
        await asyncio.sleep(100.0)
        assert len(times.starts) == 2
        daemon.resume()
        await until(lambda: len(times.starts) == 3, within=0.5)
        daemon.drain()


# Several queues


def weighted(queues: Mapping[str, EmbeddedQueue], weights: Mapping[str, float]) -> list[QueuePlan]:
    return [queue_plan(name, queue, weight=weights[name]) for name, queue in queues.items()]


@pytest.mark.parametrize("rate", [MINUTE, Rate(starts=1), Rate(starts=50)])
async def test_queues_share_the_rate_by_weight(rate: Rate) -> None:
    queues = filled({"orders": 500, "mails": 500, "empty": 0})
    job, times = ScriptedInvoker(), Times()
    plans = weighted(queues, {"orders": 3.0, "mails": 1.0, "empty": 1.0})
    daemon = daemon_of([worker_plan("web", job, slots=8, rate=rate)], plans, observers=[times], drain_timeout=0.0)

    async with running(daemon):
        await asyncio.sleep(200 * rate.interval)

    seen = Counter(body.split()[0] for body in job.bodies)
    assert len(job.bodies) >= 198
    assert seen["orders"] == pytest.approx(150, abs=8)
    assert max(times.waits) < 3.0 + 2 * rate.interval


@pytest.mark.parametrize("rate", [MINUTE, Rate(starts=1), Rate(starts=50)])
async def test_with_strict_sharing_the_first_queue_gets_the_tokens_while_it_has_messages(rate: Rate) -> None:
    queues = filled({"high": 20, "middle": 0, "low": 100})
    job = ScriptedInvoker()
    plans = [queue_plan(name, queue) for name, queue in queues.items()]
    daemon = daemon_of([worker_plan("web", job, slots=8, share=Share.STRICT, rate=rate)], plans, drain_timeout=0.0)

    async with running(daemon):
        await until(lambda: len(job.bodies) >= 60, within=100 * rate.interval, step=rate.interval / 10)
        queues["high"].send("high again")
        await until(lambda: "high again" in job.bodies, within=4.0 + 3 * rate.interval)

    first = [body.split()[0] for body in job.bodies[:20]]
    assert first.count("high") >= 17


@pytest.mark.parametrize("share", list(Share))
async def test_with_rare_tokens_every_empty_queue_is_asked_and_none_too_early(
    share: Share,
) -> None:
    queues = filled({"a": 0, "b": 0, "c": 0, "d": 0})
    job, times = ScriptedInvoker(), Times()
    plans = [queue_plan(name, queue) for name, queue in queues.items()]
    daemon = daemon_of([worker_plan("web", job, share=share, rate=MINUTE)], plans, observers=[times], drain_timeout=0.0)

    async with running(daemon):
        await asyncio.sleep(120.0)
        assert all(figures.receives > 15 for figures in daemon.snapshot().queues.values())
        assert sum(figures.receives for figures in daemon.snapshot().queues.values()) < 140
        for name, queue in queues.items():
            queue.send(name)
        await until(lambda: len(job.bodies) == 4, within=200.0)
        assert max(times.waits) < 1.5
        assert sorted(job.bodies) == ["a", "b", "c", "d"]


async def test_queues_that_are_empty_cost_a_busy_one_no_token() -> None:
    queues = filled({**{f"empty-{number}": 0 for number in range(8)}, "busy": 100})
    job = ScriptedInvoker()
    plans = [queue_plan(name, queue) for name, queue in queues.items()]
    worker = worker_plan("web", job, share=Share.STRICT, rate=Rate(starts=1))
    daemon = daemon_of([worker], plans, drain_timeout=0.0)

    async with running(daemon):
        await asyncio.sleep(60.0)
        assert len(job.bodies) >= 59


@pytest.mark.parametrize("seed", range(12))
async def test_whatever_comes_and_whoever_pauses_nothing_is_left_waiting(seed: int) -> None:
    random = Random(seed)
    rate = Rate(starts=random.choice([1, 5, 50]), burst=random.choice([None, 1, 7]))
    queues = filled({str(number): 0 for number in range(random.randint(1, 5))})
    job = ScriptedInvoker(duration=random.choice([0.0, 0.3, 2.0]))
    plans = [queue_plan(name, queue) for name, queue in queues.items()]
    worker = worker_plan("web", job, slots=8, share=random.choice(list(Share)), rate=rate)
    daemon = daemon_of([worker], plans, drain_timeout=0.0)
    sent = 0

    async with running(daemon):
        for _ in range(30):
            await asyncio.sleep(random.choice([0.1, 3.0, 40.0]))
            name = random.choice(list(queues))
            (daemon.pause if random.random() < 0.3 else daemon.resume)(queue=random.choice(list(queues)))
            for _ in range(count := random.choice([1, 1, 2, 30])):
                queues[name].send(f"{name} {sent}")
                sent += 1
            daemon.resume()
            within = 8.0 + len(queues) + count * max(rate.interval, 2.0 / 8)
            await until(lambda: all(queue.is_empty for queue in queues.values()), within=within)

    assert Counter(job.bodies).total() == sent


@pytest.mark.parametrize("share", list(Share))
@pytest.mark.parametrize("quiet", [0.0, 95.0, 100.0])
async def test_long_jobs_delay_no_receive(share: Share, quiet: float) -> None:
    queues = filled({"a": 0, "b": 0})
    job = ScriptedInvoker(duration=10_000.0)
    plans = [queue_plan(name, queue) for name, queue in queues.items()]
    worker = worker_plan("web", job, slots=16, share=share, rate=Rate(starts=1, seconds=10.0))
    daemon = daemon_of([worker], plans, drain_timeout=0.0)

    async with running(daemon):
        await asyncio.sleep(quiet)
        for number in range(5):
            queues["a"].send(f"a {number}")
            queues["b"].send(f"b {number}")
        await until(lambda: len(job.bodies) == 10, within=95.0)
        daemon.drain()
        daemon.drain()


async def test_a_queue_that_leaves_takes_no_turn_with_it() -> None:
    queues = filled({"a": 0, "b": 50})
    job = ScriptedInvoker()
    plans = [queue_plan(name, queue) for name, queue in queues.items()]
    daemon = daemon_of([worker_plan("web", job, rate=Rate(starts=1))], plans, drain_timeout=0.0)

    async with running(daemon):
        for turn in range(8):
            await asyncio.sleep(2.3)
            (daemon.pause if turn % 2 else daemon.resume)(queue="a" if turn < 4 else "b")
        daemon.resume()
        before = len(job.bodies)
        await asyncio.sleep(10.0)
        assert len(job.bodies) - before >= 9


# The breaker


class Away:
    """Cannot be reached at first."""

    def __init__(self) -> None:
        self.away = True
        self.bodies: list[str] = []

    async def invoke(self, message: Message) -> Outcome:
        self.bodies.append(message.body)
        return Unavailable("connection refused", unsent=True) if self.away else await ScriptedInvoker().invoke(message)


@pytest.mark.parametrize("count", [1, 30])
@pytest.mark.parametrize("rate", [MINUTE, Rate(starts=2)])
async def test_the_trial_of_a_worker_takes_a_token_and_closes_the_breaker(count: int, rate: Rate) -> None:
    queues = filled({"a": count, "b": 0})
    job, probe = Away(), ScriptedProbe(reachable=False)
    plans = [queue_plan(name, queue) for name, queue in queues.items()]
    daemon = daemon_of([worker_plan("web", job, probe=probe, rate=rate)], plans, drain_timeout=0.0)

    async with running(daemon):
        await until(lambda: daemon.snapshot().breaker.state is State.OPEN, within=300.0)
        await asyncio.sleep(300.0)
        job.away = False
        probe.answer(reachable=True)
        await until(lambda: daemon.snapshot().breaker.state is State.CLOSED, within=60.0 + 3 * rate.interval)
        if count > 1:
            before = len(job.bodies)
            await asyncio.sleep(10 * rate.interval)
            assert 9 <= len(job.bodies) - before <= 12
