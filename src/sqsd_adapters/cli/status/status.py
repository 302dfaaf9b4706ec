"""``sqsd status``: asks running daemons, and prints the still picture."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import typer
from rich.console import Console

from sqsd_adapters.cli.monitors.monitors import Answered, Monitors, ask
from sqsd_adapters.cli.status.picture import FEW, picture
from sqsd_adapters.cli.status.view import View
from sqsd_adapters.monitor._pb import sqsd_pb2
from sqsd_adapters.monitor.plain import plain

TASKS = 20  # that JSON has


def print_status(*, monitors: Monitors, json_wanted: bool, rows: int = FEW) -> None:
    """Print the status of all daemons.

    Raises:
        ConfigurationError: a monitor requires another token or certificate.
        typer.Exit: with 1 when a daemon does not answer.
    """
    answered = ask(monitors, lambda client: client.status(tasks=TASKS))
    if json_wanted:
        answered.complain()
        typer.echo(json.dumps(as_json(answered)))
    elif not answered.found:
        answered.complain()
    else:
        console = Console(highlight=False)
        console.print(picture(views_of(answered), width=console.width, rows=rows))
    answered.end()


def views_of(answered: Answered[sqsd_pb2.Status]) -> Sequence[View]:
    """The daemons in the order in which they answered, and those that did not."""
    silent = answered.silent | {address: str(error) for address, error in answered.refused.items()}
    addresses = [*answered.found, *silent]
    return [
        View(
            address=address,
            mark=str(number) if len(addresses) > 1 else "",
            status=answered.found.get(address),
            silent=silent.get(address, ""),
        )
        for number, address in enumerate(addresses, 1)
    ]


def as_json(answered: Answered[sqsd_pb2.Status]) -> Mapping[str, Any]:
    """The same as plain values."""
    refused = {address: str(error) for address, error in answered.refused.items()}
    return {
        "daemons": [{"address": address, **plain(status)} for address, status in answered.found.items()],
        "unavailable": answered.silent | refused,
    }
