"""``sqsd cron``: when each periodic task was due last and is due next, and the same tasks for EventBridge Scheduler."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sqsd_adapters.cli.assembly.arguments import lazy
from sqsd_adapters.cli.assembly.periodic import cron_tasks
from sqsd_adapters.cli.values.durations import format_duration
from sqsd_adapters.cli.values.urls import MEMORY_SCHEME, check_queue_url
from sqsd_adapters.clock.system import SystemClock
from sqsd_adapters.errors import ConfigurationError
from sqsd_core.policy.schedule import PeriodicTask
from sqsd_core.utc import iso_utc

HEADINGS = ("TASK", "PATH", "SCHEDULE", "TIME ZONE", "LAST RUN", "NEXT RUN", "IN")
WIDE = 120  # columns from which there is room for all of them
ONLY_WIDE = {"PATH", "LAST RUN"}


def print_tasks(*, path: Path | None, as_json: bool) -> None:
    """Print each task with its last and its next slot.

    Raises:
        ConfigurationError: no file is named, or it has problems.
    """
    tasks, now = _read(path), SystemClock().now()
    if as_json:
        typer.echo(json.dumps([_shape(task, now) for task in tasks], ensure_ascii=False, indent=2))
    else:
        console = Console()
        console.print(table_of(tasks, now=now, width=console.width))


def print_schedules(*, path: Path | None, queue_url: str | None, role_arn: str) -> None:
    """Print the input of EventBridge Scheduler's CreateSchedule for each task, as a JSON list.

    Raises:
        ConfigurationError: the file, the queue or a schedule has a problem.
    """
    tasks = _read(path)
    if not role_arn.startswith("arn:"):
        raise ConfigurationError(f"--role-arn {role_arn}: expected an ARN, such as arn:aws:iam::123456789012:role/NAME")
    build: Any = lazy("cron.eventbridge:schedules")
    built = build(tasks=tasks, queue_url=_checked(queue_url), role_arn=role_arn)
    typer.echo(json.dumps(built, ensure_ascii=False, indent=2))


def table_of(tasks: Sequence[PeriodicTask], *, now: float, width: int = 80) -> Table:
    """One row per task; only names are folded, and paths are left out where there is no room."""
    caption = "1 task" if len(tasks) == 1 else f"{len(tasks)} tasks"
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), caption=caption, caption_justify="left")
    headings = [heading for heading in HEADINGS if width >= WIDE or heading not in ONLY_WIDE]
    for heading in headings:
        folds = heading in {"TASK", "PATH"}
        table.add_column(heading, no_wrap=not folds, overflow="fold", justify="right" if heading == "IN" else "left")
    for task in tasks:
        cells = _cells(task, now)
        table.add_row(*(Text(cells[heading]) for heading in headings))
    return table


def _cells(task: PeriodicTask, now: float) -> Mapping[str, str]:
    following = task.next_slot(now)
    return {
        "TASK": task.name,
        "PATH": task.path,
        "SCHEDULE": task.schedule,
        "TIME ZONE": str(task.zone),
        "LAST RUN": _local(task.last_slot(now), task),
        "NEXT RUN": _local(following, task),
        "IN": "" if following is None else format_duration(max(0, round(following - now))),
    }


def _read(path: Path | None) -> Sequence[PeriodicTask]:
    if path is None:
        raise ConfigurationError("no file of periodic tasks: set CRON_FILE, or use --file")
    return cron_tasks(path)


def _checked(queue_url: str | None) -> str:
    if queue_url is None:
        raise ConfigurationError("no queue: set QUEUE_URL, or use --queue-url")
    try:
        check_queue_url(queue_url)
    except ValueError:
        raise ConfigurationError(f"QUEUE_URL={queue_url}: not the URL of a queue") from None
    if queue_url.startswith(f"{MEMORY_SCHEME}:"):
        raise ConfigurationError("QUEUE_URL: EventBridge Scheduler cannot send to an embedded queue")
    return queue_url


def _local(instant: float | None, task: PeriodicTask) -> str:
    """In the task's own time zone, with its offset."""
    if instant is None:
        return "never"
    return datetime.fromtimestamp(instant, task.zone).isoformat(timespec="minutes").replace("+00:00", "Z")


def _shape(task: PeriodicTask, now: float) -> dict[str, object]:
    last, following = task.last_slot(now), task.next_slot(now)
    return {
        "name": task.name,
        "path": task.path,
        "schedule": task.schedule,
        "timezone": str(task.zone),
        "catch_up": task.catch_up,
        "last": None if last is None else iso_utc(last),
        "next": None if following is None else iso_utc(following),
    }
