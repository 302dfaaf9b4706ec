"""Three daemons enqueue 200 slots of a task, one of them is killed in the middle; time is stepped by the test."""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.queue.embedded.server import EmbeddedSqsServer
from sqsd_adapters.queue.embedded.sqs import EmbeddedSqs
from sqsd_adapters.testing.fakes import EPOCH
from sqsd_core.policy.periodic import SCHEDULED_TIME
from sqsd_core.utc import iso_utc
from tests.support.redis_server import RedisServer
from tests.support.stage import ROOT

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(180)]

SLOTS = 200
KILLED_AT = 100
LEASE = 5.0  # seconds; a daemon that is alive sends within it, however busy the machine
PATIENCE = 30.0  # seconds for a slot to arrive; that of the killed daemon needs a lease

Process = asyncio.subprocess.Process


@asynccontextmanager
async def scheduling(instance: str, *, queue_url: str, redis_url: str | None) -> AsyncIterator[Process]:
    settings = {
        "instance": instance,
        "queue_url": queue_url,
        "redis_url": redis_url,
        "now": EPOCH,
        "lease": LEASE,
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.scheduling_process", json.dumps(settings)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            assert await process.stdout.readline() == b"ready\n"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


class Stage:
    """The daemons, and the queue that they enqueue to."""

    def __init__(self, queue: EmbeddedQueue, processes: list[Process]) -> None:
        self._queue = queue
        self._processes = processes
        self.arrived: Counter[str] = Counter()

    async def step(self, minute: int) -> None:
        """Let it be half a second past the minute, for all daemons."""
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.write(f"{EPOCH + 60 * minute + 0.5}\n".encode())

    def kill(self) -> None:
        """Kill the first daemon, whatever it is doing."""
        self._processes.pop(0).kill()

    async def until_arrived(self, minute: int) -> None:
        slot = iso_utc(EPOCH + 60 * minute)
        async with asyncio.timeout(PATIENCE):
            while not self.arrived[slot]:
                await self.receive(wait=0.2)

    async def receive(self, *, wait: float) -> None:
        messages = await self._queue.receive(max_messages=10, wait=wait, visibility=300.0)
        self.arrived.update(str(message.attributes[SCHEDULED_TIME].value) for message in messages)
        await self._queue.delete([message.receipt for message in messages])


async def run_slots(stage: Stage) -> None:
    for minute in range(1, SLOTS + 1):
        await stage.step(minute)
        if minute == KILLED_AT:
            stage.kill()
        await stage.until_arrived(minute)
    await stage.receive(wait=LEASE + 1.0)  # what comes twice comes when a lease has ended


@asynccontextmanager
async def staged(name: str, redis_url: str | None) -> AsyncIterator[Stage]:
    sqs = EmbeddedSqs()
    queue = EmbeddedQueue(sqs=sqs, name=name)
    async with EmbeddedSqsServer(sqs=sqs) as server, AsyncExitStack() as stack:
        processes = [
            await stack.enter_async_context(scheduling(instance, queue_url=server.queue_url(name), redis_url=redis_url))
            for instance in ("one", "two", "three")
        ]
        yield Stage(queue, processes)


async def test_with_redis_each_slot_is_enqueued_once(tmp_path: Path) -> None:
    async with RedisServer(directory=tmp_path) as redis, staged("jobs", redis.url) as stage:
        await run_slots(stage)
    assert set(stage.arrived) == {iso_utc(EPOCH + 60 * minute) for minute in range(1, SLOTS + 1)}
    repeated = {slot: count for slot, count in stage.arrived.items() if count > 1}
    # Accepted: the daemon that was killed may have sent, and not yet said so.
    assert repeated in ({}, {iso_utc(EPOCH + 60 * KILLED_AT): 2})


async def test_on_a_fifo_queue_each_slot_is_enqueued_once_without_a_shared_lock_store() -> None:
    async with staged("jobs.fifo", None) as stage:
        await run_slots(stage)
    # That of the start is made up for: the queue knows whether it was enqueued.
    assert stage.arrived == Counter(iso_utc(EPOCH + 60 * minute) for minute in range(SLOTS + 1))


async def test_while_redis_is_away_nothing_is_enqueued_and_afterwards_the_slot_is_enqueued_once(
    tmp_path: Path,
) -> None:
    async with RedisServer(directory=tmp_path) as redis, staged("jobs", redis.url) as stage:
        await stage.step(1)
        await stage.until_arrived(1)
        await redis.kill()
        await stage.step(2)
        await stage.receive(wait=2.0)
        assert stage.arrived == Counter({iso_utc(EPOCH + 60): 1})
        await redis.start()
        await stage.until_arrived(2)
        await stage.receive(wait=LEASE + 1.0)
    assert stage.arrived == Counter({iso_utc(EPOCH + 60): 1, iso_utc(EPOCH + 120): 1})
