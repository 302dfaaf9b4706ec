"""FIFO queues: one of a group at a time, in order, whatever fails; groups side by side."""

import asyncio
from collections import defaultdict
from contextlib import AsyncExitStack
from dataclasses import replace
from random import Random

import pytest

from sqsd_adapters.lock_store.memory import MemoryLockStore
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import LoopClock, ScriptedInvoker
from sqsd_adapters.testing.harness import make_daemon, running, until
from sqsd_core.errors import QueueUnavailable
from sqsd_core.flow.options import DaemonOptions
from sqsd_core.flow.source.redrive import RECENT
from sqsd_core.message import Message
from sqsd_core.outcome import Failed, Outcome, Retained, RetryLater, Succeeded, Unavailable
from sqsd_core.policy.locking import Claim, Lock
from sqsd_core.ports.queue import QueueDescription
from tests.support.troubled_queue import TroubledQueue


def fifo_queue() -> EmbeddedQueue:
    return EmbeddedQueue(clock=LoopClock(), name="jobs.fifo")


class DescribedQueue(TroubledQueue):
    """Says another limit than it has."""

    def __init__(self, inner: EmbeddedQueue, *, max_receive_count: int) -> None:
        super().__init__(inner)
        self.max_receive_count = max_receive_count

    async def describe(self) -> QueueDescription:
        return replace(await super().describe(), max_receive_count=self.max_receive_count)


class OrderedJob:
    """Checks while it runs: order within each group, one of a group at a time."""

    def __init__(self, inner: ScriptedInvoker) -> None:
        self._inner = inner
        self._running: set[str] = set()
        self.succeeded: defaultdict[str, list[int]] = defaultdict(list)
        self.violations: list[str] = []

    async def invoke(self, message: Message) -> Outcome:
        group = message.group_id or ""
        number = int(message.body.split("-")[1])
        if group in self._running:
            self.violations.append(f"{message.body} beside another of its group")
        if number != len(self.succeeded[group]):
            self.violations.append(f"{message.body} after {self.succeeded[group]}")
        self._running.add(group)
        try:
            outcome = await self._inner.invoke(message)
        finally:
            self._running.discard(group)
        if isinstance(outcome, Succeeded):
            self.succeeded[group].append(number)
        return outcome


def send(queue: EmbeddedQueue, group: str, count: int) -> None:
    for number in range(count):
        queue.send(f"{group}-{number}", group_id=group)


async def test_when_the_third_of_eight_fails_the_rest_waits_for_its_retry() -> None:
    queue = fifo_queue()
    send(queue, "a", 8)
    invoker = ScriptedInvoker({"a-2": [Failed("status 500"), Succeeded()]}, duration=0.1)
    daemon = make_daemon(queue=queue, invoker=invoker, options=DaemonOptions(slots=8))

    async with running(daemon):
        await until(lambda: len(invoker.finished) == 3)
        await until(lambda: queue.visible == 0 and daemon.snapshot().buffered == 0, within=0.5)
        await until(lambda: queue.is_empty)

    assert invoker.bodies == ["a-0", "a-1", "a-2", "a-2", *(f"a-{number}" for number in range(3, 8))]


async def test_what_is_released_has_lost_no_more_than_a_receive() -> None:
    queue = fifo_queue()
    send(queue, "a", 3)
    invoker = ScriptedInvoker({"a-0": [Failed("status 500"), Succeeded()]})

    async with running(make_daemon(queue=queue, invoker=invoker, options=DaemonOptions(slots=3))):
        await until(lambda: queue.is_empty)

    assert max(message.receive_count for message in invoker.invoked) == 2


async def test_a_stuck_group_does_not_hold_up_the_others() -> None:
    queue = fifo_queue()
    send(queue, "stuck", 10)
    send(queue, "a", 10)
    send(queue, "b", 10)
    job = OrderedJob(ScriptedInvoker(duration=lambda message: 30.0 if message.group_id == "stuck" else 0.1))
    daemon = make_daemon(queue=queue, invoker=job, options=DaemonOptions(slots=4))

    async with running(daemon):
        await until(lambda: len(job.succeeded["a"]) == len(job.succeeded["b"]) == 10, within=5.0)
        await until(lambda: queue.is_empty, within=400.0)

    assert job.violations == []


async def test_a_message_that_runs_elsewhere_holds_back_its_followers() -> None:
    queue = fifo_queue()
    send(queue, "a", 3)
    clock = LoopClock()
    locks = MemoryLockStore(clock=clock)
    (peeked,) = await queue.receive(max_messages=1, wait=0.0, visibility=0.0)
    assert await locks.acquire([Lock(peeked.id, "another")], lease=15.0) == [Claim.ACQUIRED]
    job = OrderedJob(ScriptedInvoker())
    daemon = make_daemon(
        queue=queue, invoker=job, lock_store=locks, options=DaemonOptions(slots=3, visibility_timeout=10.0)
    )

    async with running(daemon):
        await until(lambda: queue.is_empty)

    assert (job.violations, job.succeeded["a"]) == ([], [0, 1, 2])


TROUBLE = (
    Failed("status 500"),
    RetryLater(1.5),
    Retained(),
    Unavailable("connection refused"),
)


@pytest.mark.parametrize("block", range(10))
async def test_a_hundred_random_histories_keep_order_and_lose_nothing(block: int) -> None:
    for seed in range(block * 100, block * 100 + 100):
        await random_history(Random(seed))


async def random_history(random: Random) -> None:
    queue = fifo_queue()
    groups = {group: random.randint(1, 12) for group in "abcd"[: random.randint(1, 4)]}
    sent = [f"{group}-{number}" for group, count in groups.items() for number in range(count)]
    for body in random.sample(sent, len(sent)):
        group = body[0]
        queue.send(f"{group}-{sum(1 for sending in queue.bodies if sending[0] == group)}", group_id=group)
    script: dict[str, list[Outcome]] = {
        body: [*random.choices(TROUBLE, k=random.randint(1, 2)), Succeeded()]
        for body in random.sample(sent, len(sent) // 3)
    }
    job = OrderedJob(ScriptedInvoker(script, duration=lambda _: random.choice([0.0, 0.3, 2.0, 12.0])))
    troubled = TroubledQueue(queue)
    for operation in ("receive", "change_visibility"):
        troubled.fail(operation, QueueUnavailable(), times=random.randint(0, 2))
    options = DaemonOptions(
        slots=random.randint(1, 6), receivers=random.randint(1, 3), visibility_timeout=10.0, wait_time=1.0
    )

    async with running(make_daemon(queue=troubled, invoker=job, options=options)):
        await until(lambda: queue.is_empty, within=3_600.0, step=1.0)

    assert job.violations == []
    assert {group: len(numbers) for group, numbers in job.succeeded.items()} == groups


@pytest.mark.parametrize("max_receive_count", [2, 4, 10])
async def test_what_waits_behind_poison_does_not_become_a_dead_letter_with_it(max_receive_count: int) -> None:
    queue = EmbeddedQueue(clock=LoopClock(), name="jobs.fifo", max_receive_count=max_receive_count)
    send(queue, "a", 5)
    invoker = ScriptedInvoker({"a-0": [Failed("status 500")]}, duration=1.0)

    async with running(make_daemon(queue=queue, invoker=invoker, options=DaemonOptions(slots=5))):
        await until(lambda: queue.is_empty, within=10_000.0)

    assert queue.dead_letters == ["a-0"]
    assert invoker.bodies == ["a-0"] * max_receive_count + ["a-1", "a-2", "a-3", "a-4"]
    assert max(message.receive_count for message in invoker.invoked[max_receive_count:]) <= max_receive_count // 2 + 1


async def test_after_a_last_try_that_fails_those_behind_it_run_without_another_receive() -> None:
    queue = EmbeddedQueue(clock=LoopClock(), name="jobs.fifo", max_receive_count=1)
    send(queue, "a", 4)
    invoker = ScriptedInvoker({"a-0": [Failed("status 500")], "a-2": [Retained()]}, duration=0.1)

    async with running(make_daemon(queue=queue, invoker=invoker, options=DaemonOptions(slots=4))):
        await until(lambda: queue.is_empty, within=100.0)

    assert invoker.bodies == ["a-0", "a-1", "a-2", "a-3"]
    assert queue.dead_letters == ["a-0", "a-2"]


async def test_where_the_limit_was_raised_meanwhile_nothing_overtakes_the_retry() -> None:
    queue = EmbeddedQueue(clock=LoopClock(), name="jobs.fifo", max_receive_count=9)
    described = DescribedQueue(queue, max_receive_count=1)
    invoker = ScriptedInvoker({"a-0": [Failed("status 500"), Succeeded()]}, duration=0.1)

    async with running(make_daemon(queue=described, invoker=invoker, options=DaemonOptions(slots=4))):
        await asyncio.sleep(2 * RECENT)
        described.max_receive_count = 9
        send(queue, "a", 3)
        await until(lambda: queue.is_empty, within=100.0)

    assert invoker.bodies == ["a-0", "a-0", "a-1", "a-2"]


@pytest.mark.parametrize("max_receive_count", [1, 2, 3, 4, 5])
async def test_behind_poison_each_follower_runs_however_many_daemons_receive(max_receive_count: int) -> None:
    queue = EmbeddedQueue(clock=LoopClock(), name="jobs.fifo", max_receive_count=max_receive_count)
    send(queue, "a", 5)
    invoker = ScriptedInvoker({"a-0": [Failed("status 500")]}, duration=1.0)

    async with AsyncExitStack() as stack:
        for name in ("one", "two", "three"):
            options = DaemonOptions(slots=5, receivers=2)
            daemon = make_daemon(queue=queue, invoker=invoker, options=options, instance=name)
            await stack.enter_async_context(running(daemon))
        await until(lambda: queue.is_empty, within=10_000.0)

    assert queue.dead_letters == ["a-0"]
    assert invoker.bodies == ["a-0"] * max_receive_count + ["a-1", "a-2", "a-3", "a-4"]


async def test_a_message_that_is_retried_for_long_leaves_the_other_groups_their_pace() -> None:
    queue = fifo_queue()
    send(queue, "stuck", 10)
    script: dict[str, list[Outcome]] = {"stuck-0": [Failed("status 500"), RetryLater(600.0), Succeeded()]}
    invoker = ScriptedInvoker(script, duration=0.1)
    asked = TroubledQueue(queue)

    async with running(make_daemon(queue=asked, invoker=invoker, options=DaemonOptions(slots=20))):
        await until(lambda: len(invoker.finished) == 2)
        for group in range(20):
            queue.send(f"g{group}-0", group_id=f"g{group}")
        asked.calls.clear()
        await until(lambda: len(invoker.finished) == 22, within=1.0)

    assert asked.calls["receive"] <= 4
