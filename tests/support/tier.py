"""A local tier in this process, in virtual time: queue, switches, ledger and a daemon in front of a job."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from random import Random

from sqsd_adapters.dev.invoker import WatchedInvoker
from sqsd_adapters.dev.ledger import Ledger
from sqsd_adapters.dev.life import Life
from sqsd_adapters.dev.tier import Tier
from sqsd_adapters.invoker.callable import CallableInvoker
from sqsd_adapters.lock_store.memory import MemoryLockStore
from sqsd_adapters.queue.embedded.faults import Faults
from sqsd_adapters.queue.embedded.sqs import EmbeddedSqs
from sqsd_adapters.queue.embedded.stored import Sending
from sqsd_adapters.testing.fakes import LoopClock
from sqsd_adapters.testing.harness import running
from sqsd_core import Daemon, DaemonOptions, Message, Plan

QUEUE, DEAD_LETTERS = "jobs", "jobs-dlq"


def make_tier(*, queue: str = QUEUE, limit: int = 1_000, budget: int = 1 << 20) -> Tier:
    """A tier with one queue and its dead-letter queue."""
    clock = LoopClock()
    ledger = Ledger(clock=clock, limit=limit, budget=budget)
    tier = Tier(sqs=EmbeddedSqs(clock=clock, journal=ledger), faults=Faults(), ledger=ledger, clock=clock)
    tier.make_queue(queue)
    return tier


@asynccontextmanager
async def tier_with(job: Callable[[Message], object], *, slots: int = 1, queue: str = QUEUE) -> AsyncIterator[Tier]:
    """A tier whose daemon runs during the block; receives wait for a second, and a retry comes after one."""
    tier = make_tier(queue=queue)
    view = tier.open_queue(queue)
    clock = LoopClock()
    async with CallableInvoker(target=job) as invoker:
        plan = Plan.of_one(
            queue=view,
            invoker=WatchedInvoker(invoker=invoker, ledger=tier.ledger),
            lock_store=tier.watch_locks(MemoryLockStore(clock=clock)),
            options=DaemonOptions(
                slots=slots, wait_time=1.0, error_visibility_timeout=1.0, error_visibility_timeout_max=1.0
            ),
        )
        daemon = Daemon(plan=plan, clock=clock, random=Random(0).random, instance="test")
        async with running(daemon):
            yield tier
            tier.clear_faults()


def send(tier: Tier, body: str = "hello", *, queue: str = QUEUE) -> Life:
    """Send a message, and return its life."""
    life = tier.ledger.find(tier.send(queue, Sending(body=body)))
    assert life is not None
    return life


async def until(tier: Tier, condition: Callable[[], bool]) -> None:
    """Wait for a condition that a change of the ledger brings about."""
    while not condition():
        await tier.ledger.changed(since=tier.ledger.version, within=60)


def steps(life: Life) -> list[str]:
    return [step.what for step in life.steps]
