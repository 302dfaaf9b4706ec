"""The long run: memory and file descriptors over a million messages, and the CPU of an idle daemon."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.measure import cpu_seconds, descriptors, memory
from benchmarks.processes import terminate
from benchmarks.results import Measurement
from benchmarks.runner import race, started
from benchmarks.scenario import Cell
from benchmarks.stage import Stage

MILLION = 1_000_000
TENTHS = 10
FLAT = 0.05  # share of growth after the first tenth that still counts as constant
IDLE_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The daemon after a number of messages."""

    deleted: int
    resident_mib: float
    descriptors: int
    #: CPU microseconds per message since the previous sample
    cpu_us: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Endurance:
    """A long run: the measurement of the whole, and a sample per tenth of it."""

    whole: Measurement
    samples: list[Sample]

    @property
    def flat(self) -> bool:
        first, last = self.samples[0], self.samples[-1]
        steady = last.resident_mib <= first.resident_mib * (1 + FLAT)
        return steady and last.descriptors <= first.descriptors

    def as_json(self) -> dict[str, Any]:
        samples = [asdict(sample) for sample in self.samples]
        return {"whole": self.whole.as_json(), "samples": samples, "flat": self.flat}


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """The daemon with an empty queue."""

    #: of one core
    cpu_share: float
    #: receives that began in the measured time
    receives: int
    seconds: float

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def endure(stage: Stage, cell: Cell, logs: Path, show: Callable[[Sample], None]) -> Endurance:
    """Run ``cell`` with all its messages, and take a sample of the candidate per tenth."""
    with started(stage, cell, logs / "candidate.log") as process:
        sampler = Sampler(pid=process.pid, step=cell.messages // TENTHS, show=show)
        race(stage, cell, process, watch=sampler.look)
        peak = memory(process.pid).peak
        code = terminate(process, meanwhile=stage.end_polls)
    whole = Measurement.of(cell=cell, queue=stage.queue(), worker=stage.worker(), peak=peak, code=code)
    return Endurance(whole=whole, samples=sampler.samples)


class Sampler:
    """Takes a sample of a process after each ``step`` messages."""

    def __init__(self, *, pid: int, step: int, show: Callable[[Sample], None]) -> None:
        self.samples: list[Sample] = []
        self._pid = pid
        self._step = step
        self._show = show
        self._deleted = 0
        self._cpu = cpu_seconds(pid)

    def look(self, deleted: int) -> None:
        if deleted < self._deleted + self._step:
            return
        cpu = cpu_seconds(self._pid)
        sample = Sample(
            deleted=deleted,
            resident_mib=memory(self._pid).now,
            descriptors=descriptors(self._pid),
            cpu_us=(cpu - self._cpu) * 1e6 / (deleted - self._deleted),
        )
        self._deleted, self._cpu = deleted, cpu
        self.samples.append(sample)
        self._show(sample)


def idle(stage: Stage, cell: Cell, logs: Path) -> Idle:
    """Measure the candidate while it is idle, after a few messages for warm-up."""
    brief = replace(cell, exact_messages=200)
    with started(stage, brief, logs / "candidate.log") as process:
        race(stage, brief, process)
        time.sleep(1.0)  # until the work after the last message is over
        cpu, receives = cpu_seconds(process.pid), _receives(stage)
        time.sleep(IDLE_SECONDS)
        share = (cpu_seconds(process.pid) - cpu) / IDLE_SECONDS
        receives = _receives(stage) - receives
        terminate(process, meanwhile=stage.end_polls)
    return Idle(cpu_share=share, receives=receives, seconds=IDLE_SECONDS)


def _receives(stage: Stage) -> int:
    return int(stage.queue()["calls"].get("ReceiveMessage", 0))
