"""What a monitor shows: the tasks in flight, and the figures of each queue, of each worker, of all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

from sqsd_core.message import MessageId, ReceiptHandle
from sqsd_core.policy.admission import OF_WORKER, Closure
from sqsd_core.policy.breaker import Breaker, State
from sqsd_core.policy.figures import Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One delivery in flight.

    ``started_at`` and ``sent_at`` are Unix time in seconds; ``sent_at`` is None if SQS did not send it. ``queue`` is
    the name of the queue's table; it is empty if there is only one queue. ``receive_count`` includes this delivery; it
    is 0 if it is not known. ``time_limit`` is the number of seconds that the invocation may take.
    """

    message_id: MessageId
    receipt: ReceiptHandle = field(repr=False)
    started_at: float
    queue: str = ""
    sent_at: float | None = None
    receive_count: int = 0
    #: seconds that it may run, as its worker had it when it began
    time_limit: float = inf


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerState:
    """One worker at one moment.

    ``slots``, ``running`` and ``buffered`` are numbers of jobs and messages. ``time_limit`` is the number of seconds
    that an invocation may take. ``held`` is the number of messages that wait, hidden, until the worker is available
    again.
    """

    slots: int
    running: int
    buffered: int
    breaker: Breaker
    time_limit: float = inf
    held: int = 0
    #: slots in use: fewer than ``slots`` while INVOKER_ADAPTIVE spares the worker; None: all of them
    in_use: int | None = None
    #: INVOKER_RATE, as it is written; empty without one
    rate: str = ""

    @property
    def usable(self) -> int:
        """Slots that messages may take now."""
        return self.slots if self.in_use is None else self.in_use


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """How many messages a queue holds, as SQS says; all counts are approximate.

    ``in_flight`` messages were received by any consumer, and not deleted. ``at`` is the Unix time of the answer, in
    seconds. ``trend`` is how the visible messages changed between the last two answers, per second; None after the
    first.
    """

    visible: int
    in_flight: int
    delayed: int
    at: float
    trend: float | None = None

    def age(self, now: float) -> float:
        """Seconds since the answer; ``now`` is Unix time, which may have been set back."""
        return max(0.0, now - self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """One queue at one moment.

    ``queue`` is its own name in SQS, and ``worker`` the name of the worker that it feeds. ``patience`` is the number of
    seconds that a receive and the pause after it take at most, while nothing is wrong. ``depth`` is None until the
    queue has answered with it. ``buffered`` messages wait for a slot, and a pause keeps ``kept`` messages.
    ``max_receive_count`` is the number of receives until SQS moves a message to the dead-letter queue; None without
    one, or if it is not known. ``locker`` is the kind of its lock store (``redis``, …), and ``locker_answers`` says
    whether that answers.
    """

    queue: str
    worker: str
    patience: float = 0.0
    depth: Depth | None = None
    buffered: int = 0
    kept: int = 0
    max_receive_count: int | None = None
    locker: str = ""
    locker_answers: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessState:
    """One process of several, at one moment.

    ``number`` counts from 1. ``pid`` is None while the process does not run. ``restarts`` is how often the parent
    restarted it.
    """

    number: int
    pid: int | None
    restarts: int
    ready: bool
    draining: bool
    slots: int
    running: int
    buffered: int


@dataclass(slots=True, kw_only=True)
class Snapshot(Figures):
    """The scoreboard at one moment; the figures are those of all queues, since the start.

    ``outcomes`` counts finished invocations by outcome: ``{"Succeeded": 9, "Failed": 1}``. ``waits``, ``durations`` and
    ``calls`` are histograms in seconds. ``tasks`` are the running jobs, the longest running first. ``closures`` are the
    reasons not to receive; ``ready`` means that none of them is a fault. ``queues``, ``sources`` and ``workers`` are by
    the names of their tables; with one queue the only name is the empty one.
    """

    #: sorted by start
    tasks: Sequence[Task]
    #: by the names of their tables; where there is one queue only, its name is empty
    queues: Mapping[str, Figures]
    workers: Mapping[str, WorkerState]
    #: the queues that are received from, by the same names
    sources: Mapping[str, SourceState] = field(default_factory=dict)
    #: whether the daemon has been asked to stop
    draining: bool
    #: whether messages are received from every queue, or would be if a slot were free
    ready: bool
    #: every reason not to receive that holds now: the daemon's, the workers', the queues'
    closures: Sequence[Closure] = ()
    #: by number; empty where there is one process only
    processes: Sequence[ProcessState] = ()

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
        """The breaker of the only worker, or of the worker whose breaker is furthest from closed."""
        return worst([worker.breaker for worker in self.workers.values()])

    def worker_of(self, queue: str) -> str:
        """The name of the worker that the queue feeds."""
        return self.sources[queue].worker if queue in self.sources else ""

    def closures_of(self, queue: str) -> Sequence[Closure]:
        """Every reason not to receive from this queue: its own, its worker's, the daemon's."""
        worker = self.worker_of(queue)
        return [
            closure
            for closure in self.closures
            if closure.where in {"", worker if closure.reason in OF_WORKER else queue}
        ]

    def shown(self, name: str) -> str:
        """The name of a queue or worker for people: its table's, or the queue's own if there is one of each."""
        return name or next((source.queue for source in self.sources.values()), "")


def worst(breakers: Sequence[Breaker]) -> Breaker:
    """The one that is worst off."""
    return min(breakers, key=lambda breaker: _WORST.index(breaker.state))


_WORST = (State.OPEN, State.PROBING, State.TRIAL, State.CLOSED)
