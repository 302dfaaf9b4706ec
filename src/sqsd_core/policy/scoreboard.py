"""What a monitor shows: the tasks in flight, and the figures of each queue, of each worker, of all."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Self

from sqsd_core.message import MessageId, ReceiptHandle
from sqsd_core.policy.admission import Closure
from sqsd_core.policy.breaker import Breaker, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One delivery in flight."""

    message_id: MessageId
    receipt: ReceiptHandle = field(repr=False)
    #: Unix time, seconds
    started_at: float
    #: the name of its table; empty where there is one queue only
    queue: str = ""


@dataclass(slots=True, kw_only=True)
class Figures:
    """What is counted of one queue, or of all; a new figure is a field here, its count below and its exposition."""

    #: finished invocations by the name of their outcome (``Succeeded``, ``Failed``, …)
    outcomes: Counter[str] = field(default_factory=Counter)
    #: receives that the queue answered, and how many of them were empty
    receives: int = 0
    empty_receives: int = 0
    received: int = 0
    #: deliveries not run because their message is done, or is running here
    duplicates: int = 0
    #: deliveries left alone because their message is running elsewhere
    held_elsewhere: int = 0
    #: messages whose deletion was confirmed, and those whose deletion was given up
    deleted: int = 0
    undeleted: int = 0
    #: running jobs that a drain cancelled
    cut_off: int = 0

    @classmethod
    def total(cls, parts: Iterable["Figures"], **own: Any) -> Self:  # noqa: ANN401 - the fields of a subclass
        """The sums of all parts."""
        total = cls(**own)
        for part in parts:
            total.outcomes.update(part.outcomes)
            for figure in _COUNTS:
                setattr(total, figure, getattr(total, figure) + getattr(part, figure))
        return total


_COUNTS = tuple(figure.name for figure in fields(Figures) if figure.name != "outcomes")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerState:
    """One worker at one moment."""

    slots: int
    running: int
    buffered: int
    breaker: Breaker


@dataclass(slots=True, kw_only=True)
class Snapshot(Figures):
    """The scoreboard at one moment; the figures are those of all queues."""

    #: sorted by start
    tasks: Sequence[Task]
    #: by the names of their tables; where there is one queue only, its name is empty
    queues: Mapping[str, Figures]
    workers: Mapping[str, WorkerState]
    #: whether the daemon has been asked to stop
    draining: bool
    #: whether messages are received from every queue, or would be if a slot were free
    ready: bool
    #: every reason not to receive that holds now: the daemon's, the workers', the queues'
    closures: Sequence[Closure] = ()

    @property
    def slots(self) -> int:
        """Invocations that may run side by side, in all workers."""
        return sum(worker.slots for worker in self.workers.values())

    @property
    def buffered(self) -> int:
        """Messages that wait for a slot."""
        return sum(worker.buffered for worker in self.workers.values())

    @property
    def breaker(self) -> Breaker:
        """The breaker of the only worker, or of the one that is worst off."""
        return min(
            (worker.breaker for worker in self.workers.values()), key=lambda breaker: _WORST.index(breaker.state)
        )


_WORST = (State.OPEN, State.PROBING, State.TRIAL, State.CLOSED)
