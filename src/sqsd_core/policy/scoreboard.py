"""What the daemon is doing and has done: the tasks in flight and the totals that a monitor shows."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqsd_core.message import Message, MessageId, ReceiptHandle
from sqsd_core.outcome import Outcome
from sqsd_core.policy.admission import Closure
from sqsd_core.policy.breaker import Breaker


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One delivery in flight."""

    message_id: MessageId
    receipt: ReceiptHandle = field(repr=False)
    #: Unix time, seconds
    started_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The scoreboard of one moment."""

    #: sorted by start
    tasks: Sequence[Task]
    #: finished invocations by the name of their outcome (``Succeeded``, ``Failed``, …)
    outcomes: Mapping[str, int]
    #: receives that the queue answered, and those of them that brought nothing
    receives: int
    empty_receives: int
    received: int
    #: deliveries that were not run, as their message was done before or is running here
    duplicates: int
    #: deliveries that were left alone, as their message is running elsewhere
    held_elsewhere: int
    #: messages whose deletion the queue confirmed, and those where it was given up
    deleted: int
    undeleted: int
    #: running jobs that a drain cut off
    cut_off: int
    slots: int
    buffered: int
    breaker: Breaker
    #: whether the daemon has been asked to stop
    draining: bool
    #: whether it receives, or would if there were a free slot
    ready: bool
    #: every reason not to receive that holds now, the oldest first
    closures: Sequence[Closure] = ()


class Scoreboard:
    """Counts as the flow reports; every method is a few dictionary operations."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.receives = 0
        self.empty_receives = 0
        self.received = 0
        self.duplicates = 0
        self.held_elsewhere = 0
        self.deleted = 0
        self.undeleted = 0
        self.cut_off = 0
        self._started: dict[ReceiptHandle, tuple[MessageId, float]] = {}

    def answered(self, messages: int) -> None:
        """Count a receive that brought so many messages."""
        self.receives += 1
        self.received += messages
        if not messages:
            self.empty_receives += 1

    def started(self, message: Message, *, at: float) -> None:
        """Put a task on the board; ``at`` is Unix time in seconds."""
        self._started[message.receipt] = (message.id, at)

    def ended(self, message: Message, outcome: Outcome | None) -> None:
        """Take the task off; ``outcome`` is None where it was cut off by the end of a drain."""
        self._started.pop(message.receipt, None)
        if outcome is None:
            self.cut_off += 1
        else:
            self.outcomes[type(outcome).__name__] += 1

    @property
    def tasks(self) -> Sequence[Task]:
        """The tasks in flight, sorted by start."""
        tasks = [
            Task(message_id=message_id, receipt=receipt, started_at=at)
            for receipt, (message_id, at) in self._started.items()
        ]
        return sorted(tasks, key=lambda task: task.started_at)
