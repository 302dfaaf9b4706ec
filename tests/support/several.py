"""A daemon with several queues on several workers, in virtual time."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from sqsd_adapters.lock_store.memory import MemoryLockStore
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import LoopClock
from sqsd_core import Daemon, Invoker, Plan, Probe, QueueOptions, QueuePlan, Share, WorkerOptions, WorkerPlan
from sqsd_core.ports.observer import Observer
from sqsd_core.ports.queue import Queue

#: few messages are held beyond the slots, so that shares show soon
OPTIONS = QueueOptions(visibility_timeout=600.0, error_visibility_timeout=2.0)


def queue_plan(name: str, queue: Queue, *, worker: str = "web", weight: float = 1.0, **options: Any) -> QueuePlan:
    return QueuePlan(
        name=name,
        queue=queue,
        lock_store=MemoryLockStore(clock=LoopClock()),
        worker=worker,
        weight=weight,
        options=QueueOptions(**options) if options else OPTIONS,
    )


def worker_plan(
    name: str,
    invoker: Invoker,
    *,
    slots: int = 4,
    share: Share = Share.WEIGHTED,
    probe: Probe | None = None,
    **options: Any,
) -> WorkerPlan:
    return WorkerPlan(
        name=name, invoker=invoker, probe=probe, share=share, options=WorkerOptions(slots=slots, **options)
    )


def daemon_of(
    workers: Sequence[WorkerPlan],
    queues: Sequence[QueuePlan],
    *,
    observers: Sequence[Observer] = (),
    drain_timeout: float | None = None,
) -> Daemon:
    return Daemon(
        plan=Plan(workers=workers, queues=queues, drain_timeout=drain_timeout),
        clock=LoopClock(),
        random=Random(0).random,
        instance="test",
        observers=observers,
    )


def filled(
    counts: Mapping[str, int], *, fifo: bool = False, max_receive_count: int | None = None
) -> dict[str, EmbeddedQueue]:
    """Queues with so many messages each, whose bodies name their queue."""
    queues = {}
    for name, count in counts.items():
        queue = EmbeddedQueue(
            clock=LoopClock(), name=f"{name}.fifo" if fifo else name, max_receive_count=max_receive_count
        )
        for number in range(count):
            queue.send(f"{name} {number}", group_id=str(number) if fifo else None)
        queues[name] = queue
    return queues
