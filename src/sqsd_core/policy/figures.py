"""The figures of a queue: counts, and histograms of durations."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from functools import partial
from typing import Any, Self

from sqsd_core.policy.histogram import Histogram

#: seconds, from below a long poll to SQS's longest back-off of days
WAITS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3_600.0, 21_600.0, 86_400.0)
#: seconds, from a function in this process to a job of hours
DURATIONS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 3_600.0)
#: seconds, from SQS's usual answer to its longest poll and what retries add
CALLS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.5, 60.0)

MAX_CAUSES = 50  # reasons that are counted apart, per queue
MAX_CAUSE = 300  # characters of a reason

Histograms = defaultdict[str, Histogram]


@dataclass(slots=True, kw_only=True)
class Figures:
    """The counts of one queue, or the sums of all queues."""

    # a new figure is a field here, its count below and its exposition

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
    #: messages that come back for another try, and those that SQS moves to the dead-letter queue instead
    retries: int = 0
    dead_letters: int = 0
    #: invocations that did not succeed, by reason: the latest ``MAX_CAUSES`` reasons, the most recent last
    causes: Counter[str] = field(default_factory=Counter)
    #: calls to the queue that failed, by operation
    failed_calls: Counter[str] = field(default_factory=Counter)
    #: seconds from the sending of a message to its first invocation; a retry is not counted
    waits: Histogram = field(default_factory=partial(Histogram, bounds=WAITS))
    #: seconds of the invocations, by the name of their outcome
    durations: Histograms = field(default_factory=lambda: defaultdict(partial(Histogram, bounds=DURATIONS)))
    #: seconds of the calls to the queue, failed ones included, by operation (``ReceiveMessage``, …)
    calls: Histograms = field(default_factory=lambda: defaultdict(partial(Histogram, bounds=CALLS)))

    @classmethod
    def total(cls, parts: Iterable["Figures"], **own: Any) -> Self:  # noqa: ANN401 - the fields of a subclass
        """The sums of all parts."""
        total = cls(**own)
        for part in parts:
            total._add(part)
        return total

    def blame(self, reason: str) -> None:
        """Count a reason why an invocation did not succeed."""
        reason = reason[:MAX_CAUSE]
        self.causes[reason] = self.causes.pop(reason, 0) + 1
        if len(self.causes) > MAX_CAUSES:
            del self.causes[next(iter(self.causes))]

    def _add(self, part: "Figures") -> None:
        self.outcomes.update(part.outcomes)
        self.causes.update(part.causes)
        self.failed_calls.update(part.failed_calls)
        self.waits.add(part.waits)
        for mine, its in ((self.durations, part.durations), (self.calls, part.calls)):
            for name, histogram in its.items():
                mine[name].add(histogram)
        for figure in _COUNTS:
            setattr(self, figure, getattr(self, figure) + getattr(part, figure))


_COUNTS = tuple(figure.name for figure in fields(Figures) if figure.type is int)
