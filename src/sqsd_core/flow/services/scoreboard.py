"""Counts what the flow reports, and knows the tasks in flight."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

from sqsd_core.errors import QueueError
from sqsd_core.message import Message, ReceiptHandle
from sqsd_core.outcome import Outcome
from sqsd_core.policy.scoreboard import Figures, Task
from sqsd_core.ports.observer import Ending, Observer

BULK = 256  # durations that are counted together, which costs a fraction of counting each


@dataclass(slots=True, kw_only=True)
class Durations:
    """What was timed of one queue and is not in its figures yet; seconds."""

    waits: list[float] = field(default_factory=list)
    jobs: defaultdict[type[Outcome], list[float]] = field(default_factory=lambda: defaultdict(list))
    calls: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def move(self, figures: Figures) -> None:
        """Count all of them."""
        figures.waits.observe_all(self.waits)
        for kind, durations in self.jobs.items():
            figures.outcomes[kind.__name__] += len(durations)
            figures.durations[kind.__name__].observe_all(durations)
        for operation, durations in self.calls.items():
            figures.calls[operation].observe_all(durations)
        self.waits.clear()
        self.jobs.clear()
        self.calls.clear()


class Scoreboard(Observer):
    """An observer that counts; each method takes a few dictionary operations."""

    def __init__(self) -> None:
        self._queues: dict[str, Figures] = {}
        self._durations: dict[str, Durations] = {}
        self._started: dict[ReceiptHandle, tuple[Message, float, str]] = {}
        #: seconds that a job of each queue may run; and a job that began before the queue got another limit
        self._limits: dict[str, float] = {}
        self._own_limits: dict[ReceiptHandle, float] = {}

    def open(self, queue: str, *, time_limit: float = inf) -> None:
        """Show the queue, with the figures that it had before if it was shown already.

        Jobs in flight keep the time limit under which they began.
        """
        self._queues.setdefault(queue, Figures())
        self._durations.setdefault(queue, Durations())
        self._own_limits = {task.receipt: task.time_limit for task in self.tasks}
        self._limits[queue] = time_limit

    @property
    def queues(self) -> Mapping[str, Figures]:
        """The figures of each queue, which go on counting."""
        for queue, durations in self._durations.items():
            durations.move(self._queues[queue])
        return self._queues

    @property
    def tasks(self) -> Sequence[Task]:
        """The tasks in flight, sorted by start."""
        tasks = [
            Task(
                message_id=message.id,
                receipt=message.receipt,
                started_at=at,
                queue=queue,
                sent_at=message.sent_at,
                receive_count=message.receive_count,
                time_limit=self._own_limits.get(message.receipt, self._limits[queue]),
            )
            for message, at, queue in self._started.values()
        ]
        return sorted(tasks, key=lambda task: task.started_at)

    def received(self, queue: str, messages: int) -> None:
        figures, durations = self._queues[queue], self._durations[queue]
        figures.receives += 1
        figures.received += messages
        if not messages:
            figures.empty_receives += 1
        if figures.receives % BULK == 0 or len(durations.waits) > BULK:
            durations.move(figures)

    def called(self, queue: str, operation: str, duration: float, error: QueueError | None) -> None:
        self._durations[queue].calls[operation].append(duration)
        if error is not None:
            self._queues[queue].failed_calls[operation] += 1

    def duplicate(self, queue: str, message: Message) -> None:
        del message
        self._queues[queue].duplicates += 1

    def held_elsewhere(self, queue: str, message: Message) -> None:
        del message
        self._queues[queue].held_elsewhere += 1

    def started(self, queue: str, message: Message, at: float) -> None:
        self._started[message.receipt] = (message, at, queue)
        sent_at = message.sent_at
        if sent_at is not None and message.receive_count == 1:
            self._durations[queue].waits.append(at - sent_at)

    def settled(self, queue: str, message: Message, outcome: Outcome, ending: Ending) -> None:
        self._started.pop(message.receipt, None)
        self._durations[queue].jobs[type(outcome)].append(ending.duration)
        if ending.again is not None:
            _came_back(self._queues[queue], outcome, last=ending.last)

    def cut_off(self, queue: str, message: Message, outcome: Outcome | None) -> None:
        self._started.pop(message.receipt, None)
        figures = self._queues[queue]
        if outcome is None:
            figures.cut_off += 1
        else:
            figures.outcomes[type(outcome).__name__] += 1

    def acknowledged(self, queue: str, messages: int) -> None:
        self._queues[queue].deleted += messages

    def undeleted(self, queue: str, message: Message) -> None:
        del message
        self._queues[queue].undeleted += 1


def _came_back(figures: Figures, outcome: Outcome, *, last: bool) -> None:
    """Count a message that is not done."""
    if last:
        figures.dead_letters += 1
    else:
        figures.retries += 1
    if reason := getattr(outcome, "reason", ""):
        figures.blame(reason)
