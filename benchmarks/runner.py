"""Runs one cell: start the candidate, wait until it polls, race, tell it to stop, read the ledgers."""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import candidates
from benchmarks.measure import memory
from benchmarks.processes import child, cores, terminate, wait_until
from benchmarks.results import Failure, Measurement
from benchmarks.scenario import Cell
from benchmarks.stage import Stage

START_UP = 20.0  # seconds until the candidate's first receive
STALL = 10.0  # seconds without a delete after which a run is given up
LOG_TAIL = 600  # characters of the candidate's log that a failure shows


class Stalled(Exception):
    """The candidate does not get on; the text says how far it came."""


def run_cell(stage: Stage, cell: Cell, logs: Path) -> Measurement | Failure:
    log = logs / "candidate.log"
    try:
        with started(stage, cell, log) as process:
            return _measure(stage, cell, process)
    except candidates.Missing as missing:
        return Failure(cell=cell, reason=str(missing), skipped=True)
    except Stalled as stalled:
        return Failure(cell=cell, reason=f"{stalled}\n{log.read_text()[-LOG_TAIL:]}".strip())


@contextmanager
def started(
    stage: Stage, cell: Cell, log: Path, command: list[str] | None = None, *, slowness: float = 1.0
) -> Iterator[subprocess.Popen[str]]:
    """Start the candidate and wait until it asks the empty queue for messages.

    ``slowness``: how many times as long everything takes under the tool that runs it.
    """
    stage.reset(cell)
    core = cores().candidate if cell.processes == 1 else None
    with (
        candidates.environment(cell, stage, log.parent) as environment,
        child(command or candidates.command(cell), core=core, log=log, environment=environment) as process,
    ):
        if not wait_until(lambda: _polls(stage) or process.poll() is not None, seconds=START_UP * slowness):
            raise Stalled("no receive after the start")
        if process.poll() is not None:
            raise Stalled(f"ended at the start with exit code {process.returncode}")
        yield process


def race(
    stage: Stage,
    cell: Cell,
    process: subprocess.Popen[str],
    watch: Callable[[int], None] = lambda _: None,
    *,
    slowness: float = 1.0,
) -> None:
    """Send the messages and wait until the last one is deleted; ``watch`` hears how many are.

    Raises:
        Stalled: the candidate ended, or nothing was deleted for a while.
    """
    stage.load(cell, process.pid)
    deleted, since = -1, time.perf_counter()
    while not (statistics := stage.queue())["finished"]:
        if process.poll() is not None:
            raise Stalled(f"ended with exit code {process.returncode} after {statistics['deleted']} messages")
        if statistics["deleted"] != deleted:
            deleted, since = statistics["deleted"], time.perf_counter()
            watch(deleted)
        elif time.perf_counter() - since > STALL * slowness:
            raise Stalled(f"stuck after {deleted} of {cell.warm_up + cell.messages} messages: {statistics}")
        time.sleep(0.1)


def _measure(stage: Stage, cell: Cell, process: subprocess.Popen[str]) -> Measurement:
    race(stage, cell, process)
    peak = memory(process.pid).peak
    code = terminate(process, meanwhile=stage.end_polls)
    return Measurement.of(cell=cell, queue=stage.queue(), worker=stage.worker(), peak=peak, code=code)


def _polls(stage: Stage) -> bool:
    return bool(stage.queue()["waiting_polls"])
