"""The load bench: `python -m benchmarks.run`, with --quick, --long, or the options of a single cell."""

import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from benchmarks.endurance import MILLION, Endurance, Idle, Sample, endure, idle
from benchmarks.machine import Machine
from benchmarks.network import NoNetwork, network
from benchmarks.processes import leave_on_sigterm
from benchmarks.report import Report
from benchmarks.results import Failure, Measurement, Session
from benchmarks.runner import Stalled, run_cell
from benchmarks.scenario import UVLOOP, Cell, full, quick
from benchmarks.stage import Stage, stage

BUDGET = 840.0  # seconds after which no further cell starts
WIDTH = 160  # columns if the output is not a terminal
RESULTS = Path(__file__).with_name("results")


def main(
    *,
    quick_: Annotated[bool, typer.Option("--quick", help="run only the headline cells, briefly")] = False,
    long: Annotated[bool, typer.Option("--long", help="a million messages: does memory stay constant?")] = False,
    repeats: Annotated[int, typer.Option(help="runs of a headline cell; the median counts")] = 0,
    candidate: Annotated[str | None, typer.Option(help="sqsd, floor or sqs-consumer")] = None,
    sqs_ms: Annotated[float | None, typer.Option(help="latency of an SQS call")] = None,
    worker_ms: Annotated[float | None, typer.Option(help="latency of the worker")] = None,
    slots: Annotated[int | None, typer.Option(help="INVOKER_PARALLEL_COUNT")] = None,
    fetchers: Annotated[int | None, typer.Option(help="FETCHER_PARALLEL_COUNT")] = None,
    locker: Annotated[str | None, typer.Option(help="memory, sqlite, redis or none")] = None,
    loop: Annotated[str | None, typer.Option(help="uvloop or asyncio")] = None,
    client: Annotated[str | None, typer.Option(help="http11 or httpx")] = None,
    sqs_client: Annotated[str | None, typer.Option(help="short or aiobotocore")] = None,
    body_bytes: Annotated[int | None, typer.Option(help="size of a body")] = None,
    processes: Annotated[int | None, typer.Option(help="PROCESSES")] = None,
    busy_worker: Annotated[bool | None, typer.Option(help="the worker never sleeps")] = None,
    network_ms: Annotated[float | None, typer.Option(help="round trip of an emulated network; wants root")] = None,
    groups: Annotated[int | None, typer.Option(help="message groups of a FIFO queue")] = None,
    failing: Annotated[float | None, typer.Option(help="share of the messages that fail once")] = None,
    extra: Annotated[list[str] | None, typer.Option("--set", help="NAME=VALUE; may be repeated")] = None,
    exact_messages: Annotated[int | None, typer.Option("--messages", help="number, instead of --seconds")] = None,
    seconds: Annotated[float | None, typer.Option(help="approximate length of the timed part")] = None,
) -> None:
    """Measure the daemon between a simulated SQS and an HTTP sink. An option of a cell runs only that cell."""
    given = {name: value for name, value in locals().items() if name in _CELL_OPTIONS and value is not None}
    if extra is not None:
        given["extra"] = tuple(extra)
    leave_on_sigterm()
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    machine = Machine.here()
    console.print(machine.sentence(), highlight=False)
    if machine.warning:
        console.print(machine.warning, style="bold")
    with tempfile.TemporaryDirectory() as folder, stage(Path(folder)) as set_up:
        bench = Bench(stage=set_up, logs=Path(folder), console=console)
        if long:
            name, report = "long", Report(machine=machine, session=bench.session, endurance=bench.long(given))
        elif given:
            bench.run([Cell(**given)] * (repeats or 1))
            name, report = "cell", Report(machine=machine, session=bench.session)
        else:
            bench.run(list(quick(repeats or 1) if quick_ else full(repeats or 3)))
            name = "quick" if quick_ else "latest"
            report = Report(machine=machine, session=bench.session, idle=bench.idle())
    report.print(console)
    report.save(RESULTS, name)
    console.print(f"saved as {RESULTS.name}/{name}.json and .md")
    raise typer.Exit(0 if report.session.sound else 1)


class Bench:
    """Runs cells one after the other and prints each result."""

    def __init__(self, *, stage: Stage, logs: Path, console: Console) -> None:
        self.session = Session()
        self._stage = stage
        self._logs = logs
        self._console = console
        self._deadline = time.perf_counter() + BUDGET

    def run(self, cells: Sequence[Cell]) -> None:
        for number, cell in enumerate(cells, 1):
            outcome = self._run(cell)
            self.session.outcomes.append(outcome)
            self._console.print(f"{number}/{len(cells)} {cell.name}: {_in_short(outcome)}", highlight=False)

    def _run(self, cell: Cell) -> Measurement | Failure:
        if time.perf_counter() > self._deadline:
            return Failure(cell=cell, reason=f"the {BUDGET / 60:g} minutes were over")
        if not cell.network_ms:
            return run_cell(self._stage, cell, self._logs)
        try:
            with network(cell.network_ms), tempfile.TemporaryDirectory() as logs, stage(Path(logs)) as distant:
                return run_cell(distant, cell, self._logs)
        except NoNetwork as reason:
            return Failure(cell=cell, reason=str(reason), skipped=True)

    def idle(self) -> Idle | None:
        try:
            return idle(self._stage, UVLOOP, self._logs)
        except Stalled as stalled:
            self.session.outcomes.append(Failure(cell=UVLOOP, reason=f"idle: {stalled}"))
            return None

    def long(self, given: dict[str, Any]) -> Endurance | None:
        cell = Cell(**({"exact_messages": MILLION} | given))
        try:
            endurance = endure(self._stage, cell, self._logs, self._show)
        except Stalled as stalled:
            self.session.outcomes.append(Failure(cell=cell, reason=str(stalled)))
            return None
        self.session.outcomes.append(endurance.whole)
        return endurance

    def _show(self, sample: Sample) -> None:
        self._console.print(
            f"{sample.deleted:>9,} messages, {sample.resident_mib:.1f} MiB, {sample.descriptors} descriptors, "
            f"{sample.cpu_us:.1f} µs per message",
            highlight=False,
        )


_CELL_OPTIONS = {field.name for field in fields(Cell)}


def _in_short(outcome: Measurement | Failure) -> str:
    match outcome:
        case Measurement():
            faults = (
                ""
                if outcome.sound
                else (f", {outcome.duplicates} duplicates, {outcome.losses} losses, exit code {outcome.exit_code}")
            )
            return (
                f"{outcome.per_second:,.0f}/s, {outcome.cpu_us:.1f} µs, {outcome.calls_per_message:.3f} calls, "
                f"{outcome.peak_mib:.0f} MiB{faults}"
            )
        case Failure():
            return "skipped" if outcome.skipped else "FAILED"


if __name__ == "__main__":
    typer.run(main)
