"""The tasks in flight and the totals that a monitor shows."""

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
    """The scoreboard at one moment."""

    #: sorted by start
    tasks: Sequence[Task]
    #: finished invocations by the name of their outcome (``Succeeded``, ``Failed``, …)
    outcomes: Mapping[str, int]
    #: receives that the queue answered, and how many of them were empty
    receives: int
    empty_receives: int
    received: int
    #: deliveries not run because their message is done, or is running here
    duplicates: int
    #: deliveries left alone because their message is running elsewhere
    held_elsewhere: int
    #: messages whose deletion was confirmed, and those whose deletion was given up
    deleted: int
    undeleted: int
    #: running jobs that a drain cancelled
    cut_off: int
    slots: int
    buffered: int
    breaker: Breaker
    #: whether the daemon has been asked to stop
    draining: bool
    #: whether messages are received, or would be if a slot were free
    ready: bool
    #: every reason not to receive that holds now, the oldest first
    closures: Sequence[Closure] = ()


class Scoreboard:
    """Counts what the flow reports; each method takes a few dictionary operations."""

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
        """Count a receive that returned ``messages`` messages."""
        self.receives += 1
        self.received += messages
        if not messages:
            self.empty_receives += 1

    def started(self, message: Message, *, at: float) -> None:
        """Put a task on the board; ``at`` is Unix time in seconds."""
        self._started[message.receipt] = (message.id, at)

    def ended(self, message: Message, outcome: Outcome | None) -> None:
        """Take the task off the board; ``outcome`` is None if a drain cancelled it."""
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
