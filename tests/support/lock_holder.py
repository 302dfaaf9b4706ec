"""A process that uses a lock file as a daemon does: it locks messages, runs them, and says when.

Each line of its output is an event, a message and an instant: ``begin 7 12.5``. Instants are those of the monotonic
clock, which is the same for all processes. The first line is ``ready``; it begins when it reads a line.
"""

import asyncio
import os
import random
import sys
from dataclasses import dataclass, field

from sqsd_adapters.clock.system import SystemClock
from sqsd_adapters.lock_store.sqlite import SqliteLockStore
from sqsd_core.errors import LockStoreUnavailable
from sqsd_core.message import MessageId
from sqsd_core.policy.locking import Claim, Lock

QUEUE_URL = "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs"
RUNNERS = 8  # side by side in each process
DONE = 0.02  # of the runs; the others fail, and the message is run again

clock = SystemClock()


def say(event: str, *details: object) -> None:
    os.write(1, " ".join([event, *map(str, details), "\n"]).encode())


@dataclass(kw_only=True)
class Holder:
    store: SqliteLockStore
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


async def main(path: str, seconds: float, messages: int, lease: float) -> None:
    async with SqliteLockStore(path=path, queue_url=QUEUE_URL, clock=clock, timeout=5.0) as store:
        say("ready")
        await asyncio.to_thread(sys.stdin.readline)
        holder = Holder(store=store, messages=messages, lease=lease, until=clock.monotonic() + seconds)
        await asyncio.gather(*(holder.run(runner) for runner in range(RUNNERS)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])))
