"""Runs a daemon inside a test: the real flow, with the queue, the job and the locks of the test."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from random import Random
from typing import cast

from sqsd_adapters.invoker.callable import CallableInvoker
from sqsd_adapters.lock_store.memory import MemoryLockStore
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import LoopClock
from sqsd_core.flow.daemon import Daemon
from sqsd_core.flow.options import DaemonOptions
from sqsd_core.flow.plan import Plan
from sqsd_core.message import Message
from sqsd_core.policy.scoreboard import Snapshot
from sqsd_core.ports.clock import Clock
from sqsd_core.ports.invoker import Invoker, Probe
from sqsd_core.ports.lock_store import LockStore
from sqsd_core.ports.queue import Queue


def make_daemon(
    *,
    queue: Queue,
    invoker: Invoker,
    lock_store: LockStore | None = None,
    clock: Clock | None = None,
    probe: Probe | None = None,
    instance: str = "test",
    options: DaemonOptions | None = None,
) -> Daemon:
    """Make a daemon; without arguments it has a memory lock store, a seeded random and the default options."""
    clock = clock or LoopClock()
    return Daemon(
        plan=Plan.of_one(
            queue=queue,
            invoker=invoker,
            lock_store=lock_store or MemoryLockStore(clock=clock),
            probe=probe,
            options=options or DaemonOptions(),
        ),
        clock=clock,
        random=Random(0).random,
        instance=instance,
    )


@asynccontextmanager
async def running(daemon: Daemon) -> AsyncIterator[asyncio.Task[int]]:
    """Run the daemon during the block, then drain it. The result of the task is the number of cancelled jobs."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(daemon.run(), name="daemon")
        yield task
        if not daemon.snapshot().draining:
            daemon.drain()


async def until(condition: Callable[[], bool], *, within: float = 60.0, step: float = 0.01) -> None:
    """Wait for a condition, checked every ``step`` seconds; TimeoutError after ``within`` seconds of loop time."""
    async with asyncio.timeout(within):
        while not condition():  # noqa: ASYNC110 - any condition may be asked for
            await asyncio.sleep(step)


async def work_off(
    queue: EmbeddedQueue,
    job: Invoker | Callable[[Message], object],
    *,
    options: DaemonOptions | None = None,
    within: float = 60.0,
) -> Snapshot:
    """Run a daemon until the queue is empty, and return its last scoreboard.

    ``job`` is an Invoker, or a function that INVOKER could name.

    ::

        async def test_every_order_is_shipped() -> None:
            queue = EmbeddedQueue()
            queue.send('{"order": 7}')
            await work_off(queue, MyInvoker())
            assert shipped == [7]

    Raises:
        TimeoutError: messages are still in the queue after ``within`` seconds.
    """
    options = options or DaemonOptions(wait_time=1.0, error_visibility_timeout=0.0)
    async with AsyncExitStack() as stack:
        # a class has the method too, but is not an invoker
        made = hasattr(job, "invoke") and not isinstance(job, type)
        invoker = cast("Invoker", job) if made else await stack.enter_async_context(CallableInvoker(target=job))
        daemon = make_daemon(queue=queue, invoker=invoker, options=options)
        async with running(daemon):
            await until(lambda: queue.is_empty, within=within)
    return daemon.snapshot()
