"""With a slow lock store, messages are received so early that the slots do not wait for locks."""

import asyncio
from collections.abc import Sequence

from sqsd_adapters.lock_store.memory import MemoryLockStore
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import LoopClock, ScriptedInvoker
from sqsd_adapters.testing.harness import make_daemon, running
from sqsd_core.flow.options import DaemonOptions
from sqsd_core.policy.locking import Claim, Lock

SLOTS, JOB, LOCKING = 16, 0.01, 0.02  # seconds


class Distant(MemoryLockStore):
    async def acquire(self, locks: Sequence[Lock], *, lease: float) -> Sequence[Claim]:
        await asyncio.sleep(LOCKING)
        return await super().acquire(locks, lease=lease)


async def test_slots_do_not_wait_for_the_locks(queue: EmbeddedQueue) -> None:
    for number in range(2_500):
        queue.send(str(number))
    invoker = ScriptedInvoker(duration=JOB)
    options = DaemonOptions(slots=SLOTS, receivers=8)
    async with running(
        make_daemon(queue=queue, invoker=invoker, lock_store=Distant(clock=LoopClock()), options=options)
    ):
        await asyncio.sleep(0.5)
        before = len(invoker.finished)
        await asyncio.sleep(0.5)
        finished = len(invoker.finished) - before

    assert finished > 0.95 * SLOTS * 0.5 / JOB
