"""Counts what the flow reports, and knows the tasks in flight."""

from collections.abc import Sequence

from sqsd_core.errors import QueueError
from sqsd_core.message import Message, MessageId, ReceiptHandle
from sqsd_core.outcome import Outcome
from sqsd_core.policy.scoreboard import Figures, Task
from sqsd_core.ports.observer import Ending, Observer


class Scoreboard(Observer):
    """An observer that counts; each method takes a few dictionary operations."""

    def __init__(self) -> None:
        self.queues: dict[str, Figures] = {}
        self._started: dict[ReceiptHandle, tuple[MessageId, float, str]] = {}

    def open(self, queue: str) -> None:
        """Show the queue, with the figures that it had before if it was shown already."""
        self.queues.setdefault(queue, Figures())

    @property
    def tasks(self) -> Sequence[Task]:
        """The tasks in flight, sorted by start."""
        tasks = [
            Task(message_id=message_id, receipt=receipt, started_at=at, queue=queue)
            for receipt, (message_id, at, queue) in self._started.items()
        ]
        return sorted(tasks, key=lambda task: task.started_at)

    def received(self, queue: str, messages: int) -> None:
        figures = self.queues[queue]
        figures.receives += 1
        figures.received += messages
        if not messages:
            figures.empty_receives += 1

    def duplicate(self, queue: str, message: Message) -> None:
        del message
        self.queues[queue].duplicates += 1

    def held_elsewhere(self, queue: str, message: Message) -> None:
        del message
        self.queues[queue].held_elsewhere += 1

    def started(self, queue: str, message: Message, at: float) -> None:
        self._started[message.receipt] = (message.id, at, queue)
        if message.receive_count == 1 and message.sent_at is not None:
            self.queues[queue].waits.observe(max(0.0, at - message.sent_at))  # clocks differ

    def settled(self, queue: str, message: Message, outcome: Outcome, ending: Ending) -> None:
        del message
        self.queues[queue].durations[type(outcome).__name__].observe(ending.duration)

    def ended(self, queue: str, message: Message, outcome: Outcome | None) -> None:
        self._started.pop(message.receipt, None)
        figures = self.queues[queue]
        if outcome is None:
            figures.cut_off += 1
        else:
            figures.outcomes[type(outcome).__name__] += 1

    def called(self, queue: str, operation: str, duration: float, error: QueueError | None) -> None:
        figures = self.queues[queue]
        figures.calls[operation].observe(duration)
        if error is not None:
            figures.failed_calls[operation] += 1

    def acknowledged(self, queue: str, messages: int) -> None:
        self.queues[queue].deleted += messages

    def undeleted(self, queue: str, message: Message) -> None:
        del message
        self.queues[queue].undeleted += 1
