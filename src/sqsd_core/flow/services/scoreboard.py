"""Counts what the flow reports."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

from sqsd_core.errors import QueueError
from sqsd_core.message import Message
from sqsd_core.outcome import Outcome, Succeeded
from sqsd_core.policy.figures import Figures
from sqsd_core.policy.scoreboard import Task
from sqsd_core.ports.observer import Ending, Observer

BULK = 256  # durations that are counted together, which costs a fraction of counting each

#: when a message was sent, and how often it was received
_deliveries = itemgetter(*map(Message._fields.index, ("sent_at", "receive_count")))


@dataclass(slots=True, kw_only=True)
class Durations:
    """What was timed of one queue and is not in its figures yet; seconds."""

    #: when messages were sent and how often they were received, and when their jobs began
    deliveries: list[tuple[float | None, int]] = field(default_factory=list)
    began: list[float] = field(default_factory=list)
    jobs: defaultdict[type[Outcome], list[float]] = field(default_factory=lambda: defaultdict(list))
    calls: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def ended(
        self, kind: type[Outcome], messages: Iterable[Message], began: Sequence[float], took: Sequence[float]
    ) -> None:
        """Note jobs with one outcome."""
        self.deliveries += map(_deliveries, messages)
        self.began += began
        self.jobs[kind] += took

    def move(self, figures: Figures) -> None:
        """Count all of them."""
        # the wait of a retry is its back-off
        figures.waits.observe_all(
            [
                began - sent_at
                for (sent_at, count), began in zip(self.deliveries, self.began, strict=True)
                if count == 1 and sent_at is not None
            ]
        )
        for kind, durations in self.jobs.items():
            figures.outcomes[kind.__name__] += len(durations)
            figures.durations[kind.__name__].observe_all(durations)
        for operation, durations in self.calls.items():
            figures.calls[operation].observe_all(durations)
        self.deliveries.clear()
        self.began.clear()
        self.jobs.clear()
        self.calls.clear()


class Scoreboard(Observer):
    """An observer that counts; each method takes a few dictionary operations."""

    def __init__(self) -> None:
        self._queues: dict[str, Figures] = {}
        self._durations: dict[str, Durations] = {}

    def open(self, queue: str) -> None:
        """Show the queue, with the figures that it had before if it was shown already."""
        self._queues.setdefault(queue, Figures())
        self._durations.setdefault(queue, Durations())

    def figures(self, running: Sequence[Task] = ()) -> Mapping[str, Figures]:
        """The figures of each queue at this moment; those who wait no more since they run count as well."""
        for queue, durations in self._durations.items():
            durations.move(self._queues[queue])
        figures = {queue: Figures.total([figures]) for queue, figures in self._queues.items()}
        for task in running:
            if task.sent_at is not None and task.receive_count == 1:
                figures[task.queue].waits.observe_all([task.started_at - task.sent_at])
        return figures

    def received(self, queue: str, messages: int) -> None:
        figures, durations = self._queues[queue], self._durations[queue]
        figures.receives += 1
        figures.received += messages
        if not messages:
            figures.empty_receives += 1
        if figures.receives % BULK == 0 or len(durations.began) > BULK:
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

    def succeeded(
        self, queue: str, messages: Sequence[Message], began: Sequence[float], durations: Sequence[float]
    ) -> None:
        self._durations[queue].ended(Succeeded, messages, began, durations)

    def came_back(self, queue: str, message: Message, outcome: Outcome, ending: Ending) -> None:
        self._durations[queue].ended(type(outcome), [message], [ending.began], [ending.duration])
        figures = self._queues[queue]
        if ending.last:
            figures.dead_letters += 1
        else:
            figures.retries += 1
        if reason := getattr(outcome, "reason", ""):
            figures.blame(reason)

    def cut_off(self, queue: str, message: Message, outcome: Outcome | None) -> None:
        del message
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
