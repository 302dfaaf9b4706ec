"""What a daemon is made of: its workers, and the queues that feed them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Self

from sqsd_core.flow.loops import Service
from sqsd_core.flow.options import DaemonOptions, QueueOptions, WorkerOptions
from sqsd_core.ports.invoker import Invoker, Probe
from sqsd_core.ports.lock_store import LockStore
from sqsd_core.ports.observer import Observer
from sqsd_core.ports.queue import Queue


class Share(Enum):
    """How the queues of one worker share it."""

    #: turns in proportion to the queues' weights
    WEIGHTED = "weighted"
    #: the first queue that has a message, in the order of the plan
    STRICT = "strict"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerPlan:
    """One worker, whose adapters are open."""

    #: empty where there is one only
    name: str = ""
    #: None where each queue has an invoker of its own
    invoker: Invoker | None = None
    probe: Probe | None = None
    #: whether the probe must succeed before the first receive
    healthy_first: bool = False
    share: Share = Share.WEIGHTED
    options: WorkerOptions = field(default_factory=WorkerOptions)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePlan:
    """One queue, whose adapters are open."""

    #: of its table, for figures and the log; empty where there is one only
    name: str = ""
    queue: Queue
    lock_store: LockStore
    #: what operators call the lock store: ``redis``
    locker: str = ""
    #: the name of the worker that runs its messages
    worker: str = ""
    #: in place of the worker's, so that requests can say from which queue they come
    invoker: Invoker | None = None
    #: its share of the worker, against those of the other queues
    weight: float = 1.0
    #: returns once what must be true before the first receive is; raises QueueUnavailable to be called again, and any
    #: other SqsdError where it cannot become true
    demand: Callable[[], Awaitable[None]] | None = None
    #: run beside the queue, by the names of their tasks: until it leaves, or until the end of a drain
    services: Mapping[str, Service] = field(default_factory=dict)
    #: why no message can be invoked now, in a few words; empty while they can. Asked before each receive
    obstacle: Callable[[], str] | None = None
    #: is told of this queue's deletions alone, beside the observers of the daemon
    cleaner: Observer | None = None
    options: QueueOptions = field(default_factory=QueueOptions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Names are unique among the workers and among the queues; each queue names a worker of the plan."""

    workers: Sequence[WorkerPlan]
    #: in the order in which a worker with strict sharing takes their messages
    queues: Sequence[QueuePlan]
    #: seconds that running jobs get when the daemon drains; None: the longest time limit of a job
    drain_timeout: float | None = None

    @classmethod
    def of_one(
        cls,
        *,
        queue: Queue,
        invoker: Invoker,
        lock_store: LockStore,
        probe: Probe | None = None,
        services: Mapping[str, Service] | None = None,
        options: DaemonOptions,
    ) -> Self:
        """One queue with a worker of its own."""
        return cls(
            workers=[WorkerPlan(invoker=invoker, probe=probe, options=options)],
            queues=[QueuePlan(queue=queue, lock_store=lock_store, services=services or {}, options=options)],
            drain_timeout=options.drain_timeout,
        )
