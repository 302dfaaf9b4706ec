"""The result of a run of one cell, and the median of several runs."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any, Self

from benchmarks.scenario import Cell

CALLS = ("ReceiveMessage", "DeleteMessageBatch", "DeleteMessage", "ChangeMessageVisibilityBatch")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One run, after its warm-up."""

    cell: Cell
    messages: int
    #: from the first to the last delete
    per_second: float
    #: user + system of the candidate alone, microseconds per message, from the sending to the last delete
    cpu_us: float
    #: SQS calls per message by operation
    calls: dict[str, float]
    peak_mib: float
    #: invocations beyond the first of a message
    duplicates: int
    #: messages that were not deleted, or were deleted without an invocation
    losses: int
    #: measured latencies, ms
    sqs_ms: float
    worker_ms: float
    exit_code: int
    #: number of runs, of which the figures are the median
    runs: int = 1
    #: the least and the greatest of them
    per_second_range: tuple[float, float] = (0.0, 0.0)
    cpu_us_range: tuple[float, float] = (0.0, 0.0)

    @property
    def calls_per_message(self) -> float:
        return sum(self.calls.values())

    @property
    def bound(self) -> float:
        """Messages per second that the measured latency of the worker allows."""
        return self.cell.slots * 1000 / self.worker_ms if self.worker_ms else float("inf")

    @property
    def share_of_bound(self) -> float:
        return self.per_second / self.bound

    @property
    def sound(self) -> bool:
        """Whether nothing was lost or repeated and the candidate exited with 0."""
        return not (self.duplicates or self.losses or self.exit_code)

    @classmethod
    def of(cls, *, cell: Cell, queue: dict[str, Any], worker: dict[str, Any], peak: float, code: int) -> Self:
        """Build the measurement from the statistics of the simulator and the sink."""
        started, first, finished = queue["started"], queue["first"], queue["finished"]
        total = cell.messages + cell.warm_up
        spent = {name: finished["calls"].get(name, 0) - started["calls"].get(name, 0) for name in CALLS}
        return cls(
            cell=cell,
            messages=cell.messages,
            per_second=(finished["deleted"] - first["deleted"]) / (finished["at"] - first["at"]),
            cpu_us=(finished["cpu"] - started["cpu"]) * 1e6 / cell.messages,
            calls={name: count / cell.messages for name, count in spent.items() if count},
            peak_mib=peak,
            duplicates=worker["duplicates"] + worker["strangers"],
            losses=total - min(queue["deleted"] - queue["deleted_unseen"], worker["distinct"]),
            sqs_ms=queue["mean_delay"] * 1000,
            worker_ms=worker["mean_delay"] * 1000,
            exit_code=code,
        )

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"calls_per_message": self.calls_per_message}


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A cell without figures, and the reason."""

    cell: Cell
    reason: str
    #: a candidate that is not installed is no error
    skipped: bool = False

    def __str__(self) -> str:
        return f"{'skipped' if self.skipped else 'FAILED'} {self.cell.name}: {self.reason}"

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """All results of one run of the bench, in order."""

    outcomes: list[Measurement | Failure] = field(default_factory=list)

    @property
    def measurements(self) -> list[Measurement]:
        """One measurement per cell: the median of its runs, but the worst for losses and repeats."""
        by_cell: dict[Cell, list[Measurement]] = {}
        for outcome in self.outcomes:
            if isinstance(outcome, Measurement):
                by_cell.setdefault(outcome.cell, []).append(outcome)
        return [median_of(runs) for runs in by_cell.values()]

    @property
    def failures(self) -> list[Failure]:
        return list({outcome.cell: outcome for outcome in self.outcomes if isinstance(outcome, Failure)}.values())

    @property
    def sound(self) -> bool:
        return all(m.sound for m in self.measurements) and all(f.skipped for f in self.failures)

    def best(self, cells: Iterable[Cell]) -> Measurement | None:
        """Return the fastest of ``cells``."""
        found = [measured for cell in cells if (measured := self.find(cell))]
        return max(found, key=lambda measured: measured.per_second, default=None)

    def find(self, cell: Cell) -> Measurement | None:
        """Return the result of ``cell``, for any number of messages."""
        return next((m for m in self.measurements if _alike(m.cell, cell)), None)


def median_of(runs: Sequence[Measurement]) -> Measurement:
    names = {name for run in runs for name in run.calls}
    first = runs[0]
    return Measurement(
        cell=first.cell,
        messages=first.messages,
        per_second=median(run.per_second for run in runs),
        cpu_us=median(run.cpu_us for run in runs),
        calls={name: median(run.calls.get(name, 0.0) for run in runs) for name in sorted(names)},
        peak_mib=max(run.peak_mib for run in runs),
        duplicates=sum(run.duplicates for run in runs),
        losses=sum(run.losses for run in runs),
        sqs_ms=median(run.sqs_ms for run in runs),
        worker_ms=median(run.worker_ms for run in runs),
        exit_code=max(abs(run.exit_code) for run in runs),
        runs=len(runs),
        per_second_range=_range(run.per_second for run in runs),
        cpu_us_range=_range(run.cpu_us for run in runs),
    )


def _range(figures: Iterable[float]) -> tuple[float, float]:
    ordered = sorted(figures)
    return ordered[0], ordered[-1]


def _alike(one: Cell, other: Cell) -> bool:
    return one.name == other.name
