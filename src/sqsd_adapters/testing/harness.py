"""Runs a daemon inside a test: the real flow, with the queue, the job and the locks of the test."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from inspect import iscoroutinefunction
from random import Random

from sqsd_adapters.conforming import demand, demand_job, demand_kind, demand_observers
from sqsd_adapters.invoker.callable import CallableInvoker
from sqsd_adapters.job import Job
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
from sqsd_core.ports.observer import Ending, Observer
from sqsd_core.ports.queue import Queue
from sqsd_core.seconds import seconds

MINUTE = 60.0  # seconds

#: retries come at once
AT_ONCE = DaemonOptions(wait_time=1.0, error_visibility_timeout=0.0, error_visibility_timeout_max=0.0)


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
    """Make a daemon; without arguments it has a memory lock store, a seeded random and the default options.

    Raises:
        TypeError: an argument is not of its kind.
    """
    options = DaemonOptions() if options is None else options
    clock = LoopClock() if clock is None else clock
    lock_store = MemoryLockStore(clock=clock) if lock_store is None else lock_store
    demand_kind("options", options, DaemonOptions)
    demand("queue", queue, Queue)
    demand("invoker", invoker, Batched if options.batch_size > 1 else Invoker)
    demand("lock_store", lock_store, LockStore)
    demand("clock", clock, Clock)
    if probe is not None:
        demand("probe", probe, Probe)
    demand_observers(observers)
    return Daemon(
        plan=Plan.of_one(queue=queue, invoker=invoker, lock_store=lock_store, probe=probe, options=options),
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
    demand_kind("daemon", daemon, Daemon)
    try:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(daemon.run(), name="daemon")
            yield task
            if not daemon.snapshot().draining:
                daemon.drain()
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from (errors if len(errors.exceptions) > 1 else None)


async def until(condition: Callable[[], bool], *, within: float = 60.0, step: float | None = None) -> None:
    """Wait for a condition; ``within`` and ``step`` are seconds of loop time.

    It is checked every ``step`` seconds. By default that is 0.01 in the first minute, and then a hundredth of the time
    since the beginning, so that hours of virtual time take no minutes::

        await until(lambda: queue.is_empty)

    Raises:
        TypeError: the condition is not a function, or is an async one.
        TimeoutError: it was not true ``within`` so many seconds.
    """
    if not callable(condition):
        raise TypeError(f"condition: expected a function, got {condition!r}: write `lambda:` before it")
    if iscoroutinefunction(condition):
        raise TypeError("condition: expected a function that is not async")
    try:
        async with asyncio.timeout(within) as limit:
            await _true(condition, step)
    except TimeoutError:
        if not limit.expired():  # the condition itself has raised it
            raise
        raise TimeoutError(f"the condition was not true within {within:g} s") from None


async def _true(condition: Callable[[], bool], step: float | None) -> None:
    loop = asyncio.get_running_loop()
    begin = loop.time()
    while not condition():
        elapsed = loop.time() - begin
        seldom = 0.01 if elapsed < MINUTE else 0.01 * elapsed
        await asyncio.sleep(seldom if step is None else step)


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
        TypeError: an argument is not of its kind.
        ConfigurationError: the job is neither callable nor an Invoker, or cannot be called with a message.
        TimeoutError: messages are still in the queue after ``within`` seconds; it says how the last job ended that did
            not succeed.
    """
    options = AT_ONCE if options is None else options
    _demand_work(queue, job, options, observers)
    within, trouble = seconds(within, name="within"), _Trouble()
    async with AsyncExitStack() as stack:
        daemon = make_daemon(
            queue=queue,
            invoker=await _invoker(job, stack, batches=options.batch_size > 1),
            options=options,
            lock_store=lock_store,
            observers=(*observers, trouble),
        )
        async with running(daemon):
            await _emptied(queue, within, trouble)
            daemon.drain()
            daemon.drain()  # nothing is left to wait for but a long poll, which the second request ends
    return daemon.snapshot()


def _demand_work(queue: object, job: object, options: object, observers: object) -> None:
    """Refuse what is used before ``make_daemon`` could."""
    demand_kind("options", options, DaemonOptions)
    demand("queue", queue, Queue)
    if not hasattr(queue, "is_empty"):
        raise TypeError(f"queue: expected EmbeddedQueue, got {type(queue).__qualname__}, which has no is_empty")
    demand_job("job", job)
    demand_observers(observers)


class _Trouble(Observer):
    """Remembers how the last job ended that did not succeed."""

    last: Outcome | None = None

    def came_back(self, queue: str, message: Message, outcome: Outcome, ending: Ending) -> None:
        del queue, message, ending
        self.last = outcome


async def _emptied(queue: EmbeddedQueue, within: float, trouble: _Trouble) -> None:
    # with an open socket, each look costs the patience of virtual time
    step = 1.0 if isinstance(asyncio.get_running_loop(), VirtualTimeLoop) else 0.01
    try:
        await until(lambda: queue.is_empty, within=within, step=step)
    except TimeoutError:
        why = "no job has failed" if trouble.last is None else f"the last job that did not succeed: {trouble.last!r}"
        raise TimeoutError(f"messages are left after {within:g} s: {queue!r}; {why}") from None


async def _invoker(job: Job, stack: AsyncExitStack, *, batches: bool) -> CallableInvoker:
    # as in production, whoever made an instance opens it
    made = CallableInvoker(target=job, batches=batches, opens=isinstance(job, type))
    return await stack.enter_async_context(made)
