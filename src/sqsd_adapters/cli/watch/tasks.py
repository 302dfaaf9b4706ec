"""``sqsd tasks``: prints the tasks in flight of running daemons, from their monitors."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sqsd_adapters.cli.monitors.monitors import Monitors, ask
from sqsd_adapters.cli.values.durations import format_duration
from sqsd_adapters.clock.system import SystemClock
from sqsd_adapters.monitor.client import MonitorClient
from sqsd_adapters.printable import printable
from sqsd_core.policy.scoreboard import Task
from sqsd_core.utc import iso_utc_milliseconds

WIDE = 100  # columns from which there is room for more
RIGHT = {"RUNNING FOR", "RECEIVE"}
NAME = 100  # characters: as long as a message id of SQS may be

#: the tasks by the address of their daemon
Tasks: TypeAlias = Mapping[str, Sequence[Task]]


def print_tasks(*, monitors: Monitors, json_wanted: bool = False) -> None:
    """Print a table; the receipt handles stay out of it.

    Raises:
        ConfigurationError: a monitor requires another token or certificate.
        typer.Exit: with 1 when a daemon does not answer.
    """
    answered = ask(monitors, MonitorClient.current_workings)
    answered.complain()
    now = SystemClock().now()
    if json_wanted:
        refused = {address: str(error) for address, error in answered.refused.items()}
        tasks = as_json(answered.found, now=now)
        typer.echo(json.dumps({"tasks": tasks, "unavailable": answered.silent | refused}))
    elif answered.found:
        console = Console()
        console.print(table_of(answered.found, now=now, width=console.width))
    answered.end()


def table_of(tasks: Tasks, *, now: float, width: int = 80) -> Table:
    """One line per task, the longest running first."""
    rows = _sorted(tasks)
    table = Table(box=None, pad_edge=False, caption=_count(len(rows)), caption_justify="left", padding=(0, 2, 0, 0))
    headings = ["RUNNING FOR", "MESSAGE", "QUEUE", "RECEIVE"]
    headings += ["STARTED"] if width >= WIDE else []
    headings += ["DAEMON"] if len(tasks) > 1 else []
    for heading in headings:
        table.add_column(heading, justify="right" if heading in RIGHT else "left", no_wrap=True, overflow="ellipsis")
    for address, task in rows:
        cells = _cells(address, task, now)
        table.add_row(*(Text(cells[heading]) for heading in headings))
    return table


def _cells(address: str, task: Task, now: float) -> Mapping[str, str]:
    # whatever listens on that port named the task: no markup, and no escape sequences
    return {
        "RUNNING FOR": format_duration(max(0, round(now - task.started_at))),
        "MESSAGE": printable(task.message_id, NAME),
        "QUEUE": printable(task.queue, NAME) or "–",
        "RECEIVE": str(task.receive_count or "–"),
        "STARTED": f"{datetime.fromtimestamp(task.started_at, UTC):%Y-%m-%dT%H:%M:%SZ}",
        "DAEMON": printable(address),
    }


def as_json(tasks: Tasks, *, now: float) -> Sequence[Mapping[str, Any]]:
    """The same as plain values."""
    return [
        {
            "address": address,
            "message_id": task.message_id,
            "queue": task.queue,
            "receive_count": task.receive_count,
            "sent_at": None if task.sent_at is None else iso_utc_milliseconds(task.sent_at),
            "started_at": iso_utc_milliseconds(task.started_at),
            "running_for": round(max(0.0, now - task.started_at), 3),
        }
        for address, task in _sorted(tasks)
    ]


def _sorted(tasks: Tasks) -> Sequence[tuple[str, Task]]:
    pairs = [(address, task) for address, each in tasks.items() for task in each]
    return sorted(pairs, key=lambda pair: pair[1].started_at)


def _count(tasks: int) -> str:
    return "1 task in flight" if tasks == 1 else f"{tasks} tasks in flight"
