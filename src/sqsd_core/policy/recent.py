"""What happened in the last five minutes: marks of a queue's figures, and the difference to the oldest one."""

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import Self

from sqsd_core.policy.figures import DURATIONS, WAITS, Figures
from sqsd_core.policy.histogram import Histogram

STEP = 10.0  # seconds between two marks
KEPT = 30  # steps: five minutes

FAILURES = ("Failed", "Unavailable")


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """What ended between two marks."""

    ended: int
    #: of them, those that failed or did not reach the worker
    failed: int


@dataclass(slots=True, kw_only=True)
class Recent:
    """A queue, or several, in the time that the marks cover."""

    #: that time, in seconds
    seconds: float = 0.0
    ended: int = 0
    #: invocations that failed or did not reach the worker
    failed: int = 0
    waits: Histogram = field(default_factory=partial(Histogram, bounds=WAITS))
    durations: Histogram = field(default_factory=partial(Histogram, bounds=DURATIONS))
    #: failed invocations by reason
    causes: Counter[str] = field(default_factory=Counter)
    #: one per step, the oldest first
    points: Sequence[Point] = ()

    @property
    def rate(self) -> float:
        """Invocations that ended per second."""
        return self.ended / self.seconds if self.seconds else 0.0

    @classmethod
    def total(cls, parts: Iterable["Recent"]) -> Self:
        """All parts together."""
        total = cls()
        for part in parts:
            total.seconds = max(total.seconds, part.seconds)
            total.ended += part.ended
            total.failed += part.failed
            total.waits.add(part.waits)
            total.durations.add(part.durations)
            total.causes.update(part.causes)
            total.points = _added(total.points, part.points)
        return total


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    at: float
    ended: int
    failed: int
    waits: Sequence[int]
    durations: Sequence[int]
    causes: Mapping[str, int]


class Marks:
    """The marks of one queue; instants are monotonic seconds."""

    def __init__(self) -> None:
        self._marks: deque[_Mark] = deque(maxlen=KEPT + 1)

    def mark(self, figures: Figures, *, now: float) -> None:
        """Take a mark; every ``STEP`` seconds."""
        self._marks.append(_mark(figures, now))

    def recent(self, figures: Figures, *, now: float) -> Recent:
        """What has happened since the oldest mark."""
        latest = _mark(figures, now)
        first = self._marks[0] if self._marks else latest
        marks = list(self._marks)
        return Recent(
            seconds=now - first.at,
            ended=latest.ended - first.ended,
            failed=latest.failed - first.failed,
            waits=Histogram(bounds=WAITS, counts=_difference(latest.waits, first.waits)),
            durations=Histogram(bounds=DURATIONS, counts=_difference(latest.durations, first.durations)),
            causes=Counter(latest.causes) - Counter(first.causes),
            points=[
                Point(ended=after.ended - before.ended, failed=after.failed - before.failed)
                for before, after in pairwise(marks)
            ],
        )


def _mark(figures: Figures, now: float) -> _Mark:
    return _Mark(
        at=now,
        ended=figures.outcomes.total(),
        failed=sum(figures.outcomes[name] for name in FAILURES),
        waits=tuple(figures.waits.counts),
        durations=tuple(Histogram.total(figures.durations.values(), bounds=DURATIONS).counts),
        causes=dict(figures.causes),
    )


def _difference(latest: Sequence[int], first: Sequence[int]) -> list[int]:
    return [after - before for after, before in zip(latest, first, strict=True)]


def _added(one: Sequence[Point], other: Sequence[Point]) -> Sequence[Point]:
    """Step by step; the newest are last, so that is where they are aligned."""
    longer, shorter = (one, other) if len(one) >= len(other) else (other, one)
    nothing = [Point(ended=0, failed=0)] * (len(longer) - len(shorter))
    return [
        Point(ended=a.ended + b.ended, failed=a.failed + b.failed)
        for a, b in zip(longer, [*nothing, *shorter], strict=True)
    ]
