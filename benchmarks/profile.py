"""Profiles one cell with cProfile: the functions of the daemon by their own time per message."""

import pstats
import signal
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.candidates import sqsd_script
from benchmarks.processes import leave_on_sigterm, terminate
from benchmarks.runner import Stalled, race, started
from benchmarks.scenario import Cell
from benchmarks.stage import Stage, stage

LOG = "candidate.log"
PROFILED = Path(__file__).with_name("profiled.py")
PROFILE = Path(__file__).parent / "results" / "sqsd.prof"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One function; times in microseconds per message."""

    function: str
    calls: float
    own: float
    cumulative: float


def main(
    *,
    messages: Annotated[int, typer.Option(help="number of messages after the warm-up")] = 30_000,
    top: Annotated[int, typer.Option(help="number of rows in the table")] = 45,
    cumulative: Annotated[bool, typer.Option("--cumulative", help="order by own time and that of callees")] = False,
    sqs_ms: Annotated[float, typer.Option(help="latency of an SQS call")] = 0,
    worker_ms: Annotated[float, typer.Option(help="latency of the worker")] = 0,
    slots: Annotated[int, typer.Option(help="INVOKER_PARALLEL_COUNT")] = 64,
    queues: Annotated[int, typer.Option(help="queues of the worker")] = 1,
    locker: Annotated[str, typer.Option(help="memory, sqlite, redis or none")] = "memory",
    loop: Annotated[str, typer.Option(help="uvloop or asyncio")] = "uvloop",
    client: Annotated[str, typer.Option(help="http11 or httpx")] = "http11",
    sqs_client: Annotated[str, typer.Option(help="short or aiobotocore")] = "short",
) -> None:
    """Profile one cell; threads other than the main one (gRPC's) and C callbacks are not seen."""
    cell = Cell(
        sqs_ms=sqs_ms, worker_ms=worker_ms, slots=slots, queues=queues, locker=locker, loop=loop,
        client=client, sqs_client=sqs_client, exact_messages=messages,
    )  # fmt: skip
    leave_on_sigterm()
    PROFILE.parent.mkdir(parents=True, exist_ok=True)
    PROFILE.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as folder, stage(Path(folder)) as set_up:
        try:
            _profile(set_up, cell, Path(folder))
        except Stalled as stalled:
            sys.exit(f"{stalled}\n{(Path(folder) / LOG).read_text()}")
    _print(_rows(cell.messages + cell.warm_up), cell, top=top, cumulative=cumulative)


def _profile(set_up: Stage, cell: Cell, logs: Path) -> None:
    # SIGUSR2, because the daemon reloads on SIGUSR1.
    # -P: otherwise this module hides the standard library's module of the same name
    command = [sys.executable, "-P", str(PROFILED), str(PROFILE), str(sqsd_script())]
    with started(set_up, cell, logs / LOG, command) as process:
        process.send_signal(signal.SIGUSR2)
        race(set_up, cell, process)
        # the profile is written only when the program returns, after a drain
        terminate(process, meanwhile=set_up.end_polls)
    if not PROFILE.exists():
        sys.exit("the daemon left without writing its profile")


def _rows(messages: int) -> list[Row]:
    stats = pstats.Stats(str(PROFILE)).stats  # type: ignore[attr-defined]  # its documented form merges namesakes
    return [
        Row(
            function=_place(*function),
            calls=calls / messages,
            own=own * 1e6 / messages,
            cumulative=cumulative * 1e6 / messages,
        )
        for function, (_, calls, own, cumulative, _) in stats.items()
    ]


def _place(file: str, line: int, name: str) -> str:
    if file == "~":
        return name
    return f"{'/'.join(Path(file).parts[-3:])}:{line} {name}"


def _print(rows: list[Row], cell: Cell, *, top: int, cumulative: bool) -> None:
    total = sum(row.own for row in rows)
    table = Table(title=f"{cell.name}: {total:.1f} µs per message under the profiler")
    for column in ("own µs", "own %", "with callees µs", "calls", "function"):
        table.add_column(column, justify="left" if column == "function" else "right")
    for row in sorted(rows, key=lambda row: row.cumulative if cumulative else row.own, reverse=True)[:top]:
        share = row.own / total
        table.add_row(f"{row.own:.2f}", f"{share:.1%}", f"{row.cumulative:.2f}", f"{row.calls:.2f}", row.function)
    console = Console()
    console.print(table, highlight=False)
    console.print(f"all of it: python -m pstats {PROFILE.parent.name}/{PROFILE.name}")


if __name__ == "__main__":
    typer.run(main)
