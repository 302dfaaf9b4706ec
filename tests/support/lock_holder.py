"""A process that uses a lock store as a daemon does: it locks messages, runs them, and says when.

Each line of its output is an event, a message and an instant: ``begin 7 12.5``. Instants are those of the monotonic
clock, which is the same for all processes. The first line is ``ready``; it begins when it reads a line.
"""
# ruff: noqa: PLC0415 - the processes start side by side on a busy machine, so each imports its own vendor only

import asyncio
import os
import random
import sys
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqsd_adapters.clock.system import SystemClock
from sqsd_core.errors import LockStoreUnavailable
from sqsd_core.message import MessageId
from sqsd_core.policy.locking import Claim, Lock
from sqsd_core.ports.lock_store import LockStore

QUEUE_URL = "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs"
RUNNERS = 8  # side by side in each process
TIMEOUT = 5.0  # seconds per call; the processes share a busy machine
DONE = 0.02  # of the runs; the others fail, and the message is run again

clock = SystemClock()


def say(event: str, *details: object) -> None:
    os.write(1, " ".join([event, *map(str, details), "\n"]).encode())


@dataclass(kw_only=True)
class Holder:
    store: LockStore
    messages: int
    lease: float
    until: float
    dice: random.Random = field(default_factory=random.Random)

    async def run(self, runner: int) -> None:
        number = 0
        while clock.monotonic() < self.until:
            number += 1
            message = self.dice.randrange(self.messages)
            lock = Lock(MessageId(str(message)), f"{os.getpid()}-{runner}-{number}")
            try:
                await self._deliver(lock)
            except LockStoreUnavailable as error:
                say("unavailable", message, clock.monotonic(), error)
                await asyncio.sleep(0.05)

    async def _deliver(self, lock: Lock) -> None:
        (claim,) = await self.store.acquire([lock], lease=self.lease)
        if claim is not Claim.ACQUIRED:
            await asyncio.sleep(0.001)
            return
        say("begin", lock.message_id, clock.monotonic())
        await asyncio.sleep(self.dice.random() * 0.01)
        say("end", lock.message_id, clock.monotonic())
        if self.dice.random() < DONE:
            await self.store.complete([lock], expire=60.0)
            say("done", lock.message_id, clock.monotonic())
        else:
            await self.store.release([lock])


def store_at(kind: str, place: str) -> AbstractAsyncContextManager[LockStore]:
    """The store in a file, at the URL of a Redis, or in ``table@URL`` of an emulator."""
    made: AbstractAsyncContextManager[LockStore] = {"sqlite": _sqlite, "redis": _redis, "dynamodb": _dynamodb}[kind](
        place
    )
    return made


def _sqlite(path: str) -> Any:
    from sqsd_adapters.lock_store.sqlite import SqliteLockStore

    return SqliteLockStore(path=Path(path), queue_url=QUEUE_URL, clock=clock, timeout=TIMEOUT)


def _redis(url: str) -> Any:
    from sqsd_adapters.lock_store.redis import RedisLockStore

    return RedisLockStore(url=url, queue_url=QUEUE_URL, timeout=TIMEOUT)


def _dynamodb(place: str) -> Any:
    from aiobotocore.session import AioSession

    from sqsd_adapters.lock_store.dynamodb import DynamoDbLockStore

    def session() -> AioSession:
        made = AioSession()
        made.set_credentials("any", "any")
        return made

    table, _, url = place.partition("@")
    return DynamoDbLockStore(
        table=table,
        queue_url=QUEUE_URL,
        clock=clock,
        region="eu-west-1",
        endpoint_url=url,
        create=True,
        session=session,
        timeout=TIMEOUT,
    )


async def main(kind: str, place: str, seconds: float, messages: int, lease: float) -> None:
    async with store_at(kind, place) as store:
        say("ready")
        await asyncio.to_thread(sys.stdin.readline)
        holder = Holder(store=store, messages=messages, lease=lease, until=clock.monotonic() + seconds)
        await asyncio.gather(*(holder.run(runner) for runner in range(RUNNERS)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5])))
