"""Runs a daemon inside a test: the real flow, with the queue, the job and the locks of the test."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from random import Random

from sqsd_adapters.invoker.callable import CallableInvoker
from sqsd_adapters.lock_store.memory import MemoryLockStore
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import LoopClock
from sqsd_adapters.testing.virtual_time import VirtualTimeLoop
from sqsd_core.flow.daemon import Daemon
from sqsd_core.flow.options import DaemonOptions
from sqsd_core.flow.plan import Plan
from sqsd_core.message import Message
from sqsd_core.outcome import Outcome
from sqsd_core.policy.scoreboard import Snapshot
from sqsd_core.ports.clock import Clock
from sqsd_core.ports.invoker import Batched, Invoker, Probe
from sqsd_core.ports.lock_store import LockStore
from sqsd_core.ports.observer import Observer
from sqsd_core.ports.queue import Queue

#: retries come at once
AT_ONCE = DaemonOptions(wait_time=1.0, error_visibility_timeout=0.0, error_visibility_timeout_max=0.0)

#: with a batch size above 1, a callable takes a list of messages
Job = (
    Invoker | Batched | Callable[[Message], object] | Callable[[list[Message]], object] | type[Invoker] | type[Batched]
)


def make_daemon(
    *,
    queue: Queue,
    invoker: Invoker,
    lock_store: LockStore | None = None,
    clock: Clock | None = None,
    probe: Probe | None = None,
    instance: str = "test",
    options: DaemonOptions | None = None,
    observers: Sequence[Observer] = (),
) -> Daemon:
    """Make a daemon; without arguments it has a memory lock store, a seeded random and the default options."""
    clock = LoopClock() if clock is None else clock
    return Daemon(
        plan=Plan.of_one(
            queue=queue,
            invoker=invoker,
            lock_store=MemoryLockStore(clock=clock) if lock_store is None else lock_store,
            probe=probe,
            options=DaemonOptions() if options is None else options,
        ),
        clock=clock,
        random=Random(0).random,
        instance=instance,
        observers=observers,
    )


@asynccontextmanager
async def running(daemon: Daemon) -> AsyncIterator[asyncio.Task[int]]:
    """Run the daemon during the block, then drain it. The result of the task is the number of cancelled jobs.

    An error of the block or of the daemon is raised unchanged.
    """
    try:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(daemon.run(), name="daemon")
            yield task
            if not daemon.snapshot().draining:
                daemon.drain()
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from (errors if len(errors.exceptions) > 1 else None)


async def until(condition: Callable[[], bool], *, within: float = 60.0, step: float = 0.01) -> None:
    """Wait for a condition, checked every ``step`` seconds; TimeoutError after ``within`` seconds of loop time."""
    async with asyncio.timeout(within):
        while not condition():  # noqa: ASYNC110 - any condition may be asked for
            await asyncio.sleep(step)


async def work_off(
    queue: EmbeddedQueue,
    job: Job,
    *,
    options: DaemonOptions | None = None,
    lock_store: LockStore | None = None,
    observers: Sequence[Observer] = (),
    within: float = 60.0,
) -> Snapshot:
    """Run a daemon until the queue is empty, and return its last scoreboard.

    ``job`` is anything that INVOKER could name: an Invoker, a function, or a class of either kind. Without ``options``,
    failed messages are retried at once. If a job asks for a later retry, ``work_off`` waits for that time, in real time
    or ``in_virtual_time``.

    ::

        async def test_every_order_is_shipped() -> None:
            queue = EmbeddedQueue()
            queue.send('{"order": 7}')
            await work_off(queue, MyInvoker())
            assert shipped == [7]

    Raises:
        TimeoutError: messages are still in the queue after ``within`` seconds.
    """
    options = AT_ONCE if options is None else options
    async with AsyncExitStack() as stack:
        daemon = make_daemon(
            queue=queue,
            invoker=await _invoker(job, stack, batches=options.batch_size > 1),
            options=options,
            lock_store=lock_store,
            observers=observers,
        )
        async with running(daemon):
            await _emptied(queue, within)
            daemon.drain()
            daemon.drain()  # nothing is left to wait for but a long poll, which the second request ends
    return daemon.snapshot()


async def _emptied(queue: EmbeddedQueue, within: float) -> None:
    # with an open socket, each look costs the patience of virtual time
    step = 1.0 if isinstance(asyncio.get_running_loop(), VirtualTimeLoop) else 0.01
    try:
        await until(lambda: queue.is_empty, within=within, step=step)
    except TimeoutError:
        raise TimeoutError(f"messages are left after {within:g} s: {queue!r}") from None


async def _invoker(job: Job, stack: AsyncExitStack, *, batches: bool) -> Invoker:
    # as in production, whoever made an instance opens it
    made = CallableInvoker(target=job, batches=batches, opens=isinstance(job, type))
    invoker = await stack.enter_async_context(made)
    loop = asyncio.get_running_loop()
    return _InRealTime(invoker, loop) if invoker.in_threads and isinstance(loop, VirtualTimeLoop) else invoker


class _InRealTime:
    """Lets no time pass by itself while a job runs in a thread."""

    def __init__(self, invoker: CallableInvoker, loop: VirtualTimeLoop) -> None:
        self._invoker = invoker
        self._loop = loop

    async def invoke(self, message: Message) -> Outcome:
        with self._loop.in_real_time():
            return await self._invoker.invoke(message)

    async def invoke_batch(self, messages: Sequence[Message]) -> Sequence[Outcome]:
        with self._loop.in_real_time():
            return await self._invoker.invoke_batch(messages)
