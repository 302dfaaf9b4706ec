"""How many instructions the daemon takes per message, by valgrind's count: times scatter, this does not."""

import os
import re
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from benchmarks.candidates import sqsd_script
from benchmarks.processes import leave_on_sigterm, terminate
from benchmarks.runner import Stalled, race, started
from benchmarks.scenario import Cell
from benchmarks.stage import Stage, stage

SLOWNESS = 60.0  # times as long as without valgrind
FEW = 1_000  # messages of the run that is subtracted
_TOTAL = re.compile(r"I\s+refs:\s+([\d,]+)")


def main(
    *,
    messages: Annotated[int, typer.Option(help="messages by which the two runs differ")] = 4_000,
    at_most: Annotated[int, typer.Option(help="exit 1 beyond so many instructions per message; 0: never")] = 0,
    slots: Annotated[int, typer.Option(help="INVOKER_PARALLEL_COUNT")] = 64,
    worker_ms: Annotated[float, typer.Option(help="latency of the worker; valgrind slows only the daemon")] = 0,
    queues: Annotated[int, typer.Option(help="queues of the worker")] = 1,
    locker: Annotated[str, typer.Option(help="memory, sqlite, redis or none")] = "memory",
    loop: Annotated[str, typer.Option(help="uvloop or asyncio")] = "uvloop",
    client: Annotated[str, typer.Option(help="http11 or httpx")] = "http11",
    sqs_client: Annotated[str, typer.Option(help="short or aiobotocore")] = "short",
    extra: Annotated[list[str] | None, typer.Option("--set", help="NAME=VALUE, as often as wanted")] = None,
) -> None:
    """Count the instructions of two runs and divide their difference, so that start and end cancel out."""
    if shutil.which("valgrind") is None:
        sys.exit("valgrind counts the instructions and is not installed: install the package valgrind")
    leave_on_sigterm()
    few = Cell(
        slots=slots, worker_ms=worker_ms, queues=queues, locker=locker, loop=loop, client=client,
        sqs_client=sqs_client, exact_messages=FEW, extra=("PYTHONHASHSEED=0", *(extra or ())),
    )  # fmt: skip
    many = replace(few, exact_messages=FEW + messages)
    with tempfile.TemporaryDirectory() as folder, stage(Path(folder)) as set_up:
        _compile(set_up, few, Path(folder))
        less, more = (_count(set_up, cell, Path(folder)) for cell in (few, many))
    sent = many.messages + many.warm_up - few.messages - few.warm_up
    per_message, calls = round((more.instructions - less.instructions) / sent), (more.calls - less.calls) / sent
    typer.echo(f"{few.name}: {per_message:,} instructions and {calls:.3f} SQS calls per message")
    if 0 < at_most < per_message:
        sys.exit(f"more than {at_most:,}")


def _compile(set_up: Stage, cell: Cell, logs: Path) -> None:
    """Start the daemon once, or the first count would include the compilation of its modules."""
    try:
        with started(set_up, cell, logs / "candidate.log"):
            pass
    except Stalled as stalled:
        sys.exit(str(stalled))


class Count(NamedTuple):
    """What one run took."""

    instructions: int
    #: to SQS; the slow clock makes batches smaller, so they are more than without valgrind
    calls: int


def _count(set_up: Stage, cell: Cell, logs: Path) -> Count:
    count, log = logs / "valgrind.log", logs / "candidate.log"
    command = [
        "valgrind", "--tool=cachegrind", "--cache-sim=no", f"--cachegrind-out-file={os.devnull}",
        f"--log-file={count}", sys.executable, str(sqsd_script()),
    ]  # fmt: skip
    try:
        with started(set_up, cell, log, command, slowness=SLOWNESS) as process:
            race(set_up, cell, process, slowness=SLOWNESS)
            calls = _calls(set_up.queue()["finished"]["calls"])
            # a drain lets the program return, and only then is the count written
            terminate(process, meanwhile=set_up.end_polls, slowness=SLOWNESS)
    except Stalled as stalled:
        sys.exit(f"{stalled}\n{log.read_text()}")
    if (found := _TOTAL.search(count.read_text())) is None:
        sys.exit(f"valgrind left no count:\n{count.read_text()}")
    return Count(int(found.group(1).replace(",", "")), calls)


def _calls(counts: dict[str, int]) -> int:
    return sum(count for name, count in counts.items() if name[0].isupper())  # "empty receives" are counted apart


if __name__ == "__main__":
    typer.run(main)
