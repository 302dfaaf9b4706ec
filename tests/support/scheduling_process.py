"""A process that enqueues a task of each minute, by a clock that its parent steps: each line on stdin is a time."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC
from typing import Any

from sqsd_adapters.clock.system import SystemClock
from sqsd_adapters.cron.expression import CronExpression
from sqsd_adapters.lock_store.memory import MemoryLockStore
from sqsd_adapters.lock_store.redis import RedisLockStore
from sqsd_core.flow.services.scheduler import Scheduler
from sqsd_core.policy.schedule import PeriodicTask
from sqsd_core.ports.lock_store import LockStore
from tests.support.moto import sqs_queue

LOOK_AGAIN = 0.05  # seconds of real time after which a slot that is not settled is tried again


class SteppedClock:
    """Wall time as the parent says; durations as they are."""

    def __init__(self, now: float) -> None:
        self._now = now
        self._stepped = asyncio.Event()
        self._real = SystemClock()

    def now(self) -> float:
        return self._now

    def monotonic(self) -> float:
        return self._real.monotonic()

    def step(self, now: float) -> None:
        self._now = now
        self._stepped.set()

    async def sleep(self, _: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_AGAIN):
                await self._stepped.wait()
        self._stepped.clear()


@asynccontextmanager
async def opened_store(settings: dict[str, Any], clock: SteppedClock) -> AsyncIterator[LockStore]:
    if settings["redis_url"] is None:
        yield MemoryLockStore(clock=clock)
        return
    async with RedisLockStore(url=settings["redis_url"], queue_url=settings["queue_url"], timeout=5.0) as store:
        yield store


async def follow(settings: dict[str, Any]) -> None:
    clock = SteppedClock(settings["now"])
    task = PeriodicTask(name="report", path="/report", schedule="*", expression=CronExpression("* * * * *"), zone=UTC)
    async with AsyncExitStack() as stack:
        queue = await stack.enter_async_context(sqs_queue(settings["queue_url"]))
        scheduler = Scheduler(
            sender=queue,
            lock_store=await stack.enter_async_context(opened_store(settings, clock)),
            clock=clock,
            sleep=clock.sleep,
            instance=settings["instance"],
            fifo=queue.name.endswith(".fifo"),
            lasting=False,
            tasks=[task],
            lease=settings["lease"],
        )
        run = asyncio.create_task(scheduler.run())
        await asyncio.sleep(0)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while line := await asyncio.to_thread(sys.stdin.readline):
            clock.step(float(line))
        run.cancel()
        await asyncio.wait([run])


if __name__ == "__main__":
    asyncio.run(follow(json.loads(sys.argv[1])))
