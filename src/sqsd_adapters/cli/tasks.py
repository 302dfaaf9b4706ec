"""``sqsd tasks``: prints the tasks in flight of a running daemon, from its monitor."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sqsd_adapters.cli.durations import format_duration
from sqsd_adapters.cli.environment import is_service_link
from sqsd_adapters.cli.exits import Exit
from sqsd_adapters.cli.terminal import complain
from sqsd_adapters.cli.urls import LAST_PORT
from sqsd_adapters.clock.system import SystemClock
from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.monitor.client import MonitorClient, MonitorUnavailable
from sqsd_adapters.monitor.tls import ClientTls
from sqsd_adapters.printable import printable
from sqsd_core.policy.scoreboard import Task

PORT = 6969  # the original's
NAME = 100  # characters: as long as a message id of SQS may be

#: wildcard addresses cannot be dialled; the loopback address that reaches them
_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - never listened on here


def print_tasks(
    *, address: str, token: str | None, tls: bool, ca: Path | None, cert: Path | None, key: Path | None
) -> None:
    """Print a table; the receipt handles stay out of it.

    Raises:
        ConfigurationError: the monitor requires another token or certificate.
        typer.Exit: with 1 when no monitor answers.
    """
    secured = ClientTls(ca=ca, cert=cert, key=key) if tls or ca or cert else None
    client = MonitorClient(address=address, tls=secured, token=token)
    try:
        tasks = asyncio.run(_ask(client))
    except MonitorUnavailable as error:
        complain(error)
        raise typer.Exit(Exit.CRASH) from None
    Console().print(table_of(tasks, now=SystemClock().now()))


def dialled(host: str, port: str) -> str:
    """The address that reaches a monitor listening on ``host``.

    Raises:
        ConfigurationError: MONITORING_PORT is not a port to connect to.
    """
    host = _WILDCARDS.get(host, host)
    number = PORT if is_service_link("MONITORING_PORT", port) else _port(port)
    return f"[{host}]:{number}" if ":" in host else f"{host}:{number}"


def _port(text: str) -> int:
    if text.strip().isdecimal() and 0 < int(text) <= LAST_PORT:
        return int(text)
    reason = "the monitor is off" if text == "-1" else f"expected an integer between 1 and {LAST_PORT}"
    raise ConfigurationError(f"MONITORING_PORT={text}: {reason}; use the port of the daemon's monitor, or --address")


def table_of(tasks: Sequence[Task], *, now: float) -> Table:
    table = Table(box=None, pad_edge=False, caption=_count(len(tasks)), caption_justify="left")
    for heading in ("MESSAGE", "STARTED", "RUNNING FOR"):
        table.add_column(heading, no_wrap=True)
    for task in tasks:
        started = datetime.fromtimestamp(task.started_at, UTC)
        # whatever listens on that port named the task: no markup, and no escape sequences
        name = Text(printable(task.message_id, NAME))
        duration = format_duration(max(0, round(now - task.started_at)))
        table.add_row(name, f"{started:%Y-%m-%dT%H:%M:%SZ}", duration)
    return table


def _count(tasks: int) -> str:
    return "1 task in flight" if tasks == 1 else f"{tasks} tasks in flight"


async def _ask(client: MonitorClient) -> Sequence[Task]:
    async with client:
        return await client.current_workings()
