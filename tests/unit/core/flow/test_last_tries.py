"""A message on its last receive becomes a dead letter if it is released: a drain and a reload run it instead."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import LoopClock, ScriptedInvoker
from sqsd_adapters.testing.harness import make_daemon, running, until
from sqsd_core import Daemon
from sqsd_core.flow.options import DaemonOptions
from sqsd_core.message import Message
from sqsd_core.outcome import Outcome, Succeeded, Unavailable
from sqsd_core.policy.breaker import State
from sqsd_core.policy.rate import Rate
from tests.support.several import daemon_of, queue_plan, worker_plan
from tests.support.troubled_queue import TroubledQueue

REFUSED = Unavailable("connection refused", unsent=True)
OPTIONS = DaemonOptions(slots=2, wait_time=1.0, drain_timeout=20.0)


class Slowing(ScriptedInvoker):
    """Its jobs are quick, so that messages are buffered, until ``seconds`` says how long a job takes."""

    seconds = 0.02
    answer: Outcome | None = None

    def __init__(self) -> None:
        super().__init__(duration=lambda _: self.seconds)

    async def invoke(self, message: Message) -> Outcome:
        outcome = await super().invoke(message)
        return self.answer or outcome


def filled(count: int, *, name: str = "jobs", max_receive_count: int | None = 1) -> EmbeddedQueue:
    queue = EmbeddedQueue(clock=LoopClock(), name=name, max_receive_count=max_receive_count)
    for number in range(count):
        queue.send(f"m{number}", group_id=f"g{number % 7}" if name.endswith(".fifo") else None)
    return queue


def slow(queue: EmbeddedQueue) -> TroubledQueue:
    """The queue, with receives that take so long that the daemon buffers messages."""
    troubled = TroubledQueue(queue)
    troubled.delay["receive"] = 0.05
    return troubled


async def buffered(daemon: Daemon, invoker: Slowing, *, seconds: float) -> list[str]:
    """Wait until messages wait for a slot. From then on a job takes so many seconds. Returns what has run."""
    await until(lambda: daemon.snapshot().buffered >= 5)
    invoker.seconds = seconds
    return invoker.bodies


def now() -> float:
    return asyncio.get_running_loop().time()


@pytest.mark.parametrize("name", ["jobs", "jobs.fifo"])
async def test_a_drain_runs_what_is_on_its_last_receive(name: str) -> None:
    queue, invoker = filled(60, name=name), Slowing()
    daemon = make_daemon(queue=slow(queue), invoker=invoker, options=OPTIONS)

    async with running(daemon) as task:
        await buffered(daemon, invoker, seconds=1.0)
        daemon.drain()

    assert task.result() == 0
    assert queue.in_flight == 0
    assert len(invoker.finished) + len(queue.bodies) == 60
    await queue.receive(max_messages=10, wait=0.0, visibility=60.0)
    assert queue.dead_letters == []


async def test_a_drain_still_releases_what_has_another_receive() -> None:
    queue, invoker = filled(60, max_receive_count=2), Slowing()
    daemon = make_daemon(queue=slow(queue), invoker=invoker, options=OPTIONS)

    async with running(daemon):
        begun = await buffered(daemon, invoker, seconds=1.0)
        daemon.drain()

    assert invoker.bodies == begun
    assert queue.in_flight == 0


async def test_of_a_group_those_in_front_of_a_last_receive_run_too_and_those_behind_are_released() -> None:
    queue = EmbeddedQueue(clock=LoopClock(), name="jobs.fifo", max_receive_count=2)
    for body in ("m0", "m1"):
        queue.send(body, group_id="g")
    assert len(await queue.receive(max_messages=2, wait=0.0, visibility=0.0)) == 2
    queue.send("m2", group_id="g")
    invoker = ScriptedInvoker(duration=2.0)
    daemon = make_daemon(queue=queue, invoker=invoker, options=OPTIONS)

    async with running(daemon):
        await until(lambda: invoker.running == 1)
        daemon.drain()

    assert invoker.bodies == ["m0", "m1"]
    assert queue.bodies == ["m2"]
    assert queue.in_flight == 0


async def test_what_the_last_poll_brings_on_its_last_receive_runs() -> None:
    queue, invoker = filled(0), ScriptedInvoker()
    daemon = make_daemon(queue=queue, invoker=invoker)

    async with running(daemon):
        await asyncio.sleep(3.0)
        daemon.drain()
        await asyncio.sleep(2.0)
        queue.send("late")

    assert invoker.bodies == ["late"]
    assert queue.is_empty


@pytest.mark.parametrize("end", ["second request", "time"])
async def test_a_drain_that_is_cut_releases_what_has_not_started(end: str) -> None:
    queue, invoker = filled(60), Slowing()
    daemon = make_daemon(queue=slow(queue), invoker=invoker, options=OPTIONS)

    async with running(daemon) as task:
        begun = await buffered(daemon, invoker, seconds=600.0)
        began = now()
        daemon.drain()
        if end == "second request":
            await asyncio.sleep(2.0)
            daemon.drain()

    assert task.result() == 2
    assert len(invoker.bodies) <= len(begun) + 2
    assert queue.in_flight == 0
    assert now() - began == pytest.approx(2.0 if end == "second request" else 20.0, abs=1.5)


async def test_what_a_poll_brings_when_the_time_is_over_is_released() -> None:
    queue, invoker = filled(1), Slowing()
    invoker.seconds = 600.0
    daemon = make_daemon(queue=queue, invoker=invoker, options=replace(OPTIONS, wait_time=20.0, drain_timeout=5.0))

    async with running(daemon):
        await asyncio.sleep(3.0)
        daemon.drain()
        await asyncio.sleep(5.5)
        queue.send("late")

    assert invoker.bodies == ["m0"]
    assert queue.in_flight == 0


@pytest.mark.parametrize(("time", "runs"), [(5.0, 2), (0.01, 1)])
async def test_a_last_receive_that_waits_for_the_rate_runs_if_there_is_time(time: float, runs: int) -> None:
    queue, invoker = filled(2), ScriptedInvoker()
    options = replace(OPTIONS, rate=Rate(starts=1, seconds=60.0), drain_timeout=time, visibility_timeout=600.0)
    daemon = make_daemon(queue=queue, invoker=invoker, options=options)

    async with running(daemon):
        await until(lambda: daemon.snapshot().buffered == 1, within=80.0)
        daemon.drain()

    assert len(invoker.bodies) == runs
    assert queue.in_flight == 0


async def test_a_worker_that_becomes_unavailable_ends_the_drain_early() -> None:
    queue, invoker = filled(60), Slowing()
    daemon = make_daemon(queue=slow(queue), invoker=invoker, options=OPTIONS)

    async with running(daemon):
        await buffered(daemon, invoker, seconds=1.0)
        invoker.answer, began = REFUSED, now()
        daemon.drain()
        await until(lambda: daemon.snapshot().breaker.state is State.OPEN)

    assert queue.in_flight == 2  # those that have failed, for their back-off
    assert now() - began < 5.0


async def test_a_drain_during_a_pause_starts_nothing() -> None:
    queue, invoker = filled(60), Slowing()
    daemon = make_daemon(queue=slow(queue), invoker=invoker, options=OPTIONS)

    async with running(daemon):
        begun = await buffered(daemon, invoker, seconds=1.0)
        daemon.pause()

    assert invoker.bodies == begun
    assert queue.in_flight == 0


async def test_a_queue_that_leaves_runs_what_is_on_its_last_receive_beside_the_others() -> None:
    orders, films, invoker = filled(60), filled(0), Slowing()
    daemon = daemon_of(
        [worker_plan("web", invoker, slots=2)],
        [queue_plan("orders", slow(orders), wait_time=1.0), queue_plan("films", films, wait_time=1.0)],
    )

    async with running(daemon):
        await buffered(daemon, invoker, seconds=1.0)
        leaving = await daemon.crew.stop_queue("orders")
        films.send("film")
        await leaving.ended.wait()
        await until(lambda: films.is_empty)

    assert orders.in_flight == 0
    assert len(invoker.finished) + len(orders.bodies) == 61
    await orders.receive(max_messages=10, wait=0.0, visibility=60.0)
    assert orders.dead_letters == []


class Batches(ScriptedInvoker):
    """Notes how many messages each batch has."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []

    async def invoke_batch(self, messages: Sequence[Message]) -> Sequence[Outcome]:
        self.sizes.append(len(messages))
        return [Succeeded()] * len(messages)


async def test_a_batch_does_not_wait_for_more_messages_once_the_daemon_drains() -> None:
    queue, invoker = filled(3), Batches()
    options = DaemonOptions(slots=1, wait_time=1.0, batch_size=10, batch_window=300.0, visibility_timeout=600.0)
    daemon = make_daemon(queue=queue, invoker=invoker, options=options)

    async with running(daemon):
        await until(lambda: daemon.snapshot().buffered == 3)
        began = now()
        daemon.drain()

    assert invoker.sizes == [3]
    assert (queue.is_empty, queue.dead_letters) == (True, [])
    assert now() - began < 3.0
