"""``sqsd top``: the live screen; once; or JSON lines."""

import asyncio
import json

import typer

from sqsd_adapters.cli.monitors.monitors import Monitors
from sqsd_adapters.cli.status.status import print_status
from sqsd_adapters.cli.status.view import View
from sqsd_adapters.cli.top.feed import follow
from sqsd_adapters.cli.top.session import Session
from sqsd_adapters.cli.top.tty import Terminal
from sqsd_adapters.clock.system import SystemClock
from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.monitor.plain import plain

ROWS = 20  # causes and tasks of a picture


def show(*, monitors: Monitors, once: bool, json_wanted: bool) -> None:
    """Show the daemons until a key ends it.

    Raises:
        ConfigurationError: there is no terminal.
        typer.Exit: with the exit code.
    """
    if once:
        print_status(monitors=monitors, json_wanted=json_wanted, rows=ROWS)
    elif json_wanted:
        asyncio.run(_print_lines(monitors))
    else:
        terminal = Terminal()
        if not terminal.usable:
            raise ConfigurationError("sqsd top needs a terminal: use --once for a picture, or --json for JSON lines")
        clock = SystemClock()
        session = Session(monitors=monitors, terminal=terminal, clock=clock)
        raise typer.Exit(asyncio.run(session.run()))


async def _print_lines(monitors: Monitors) -> None:
    addresses = dict.fromkeys(monitors.addresses)
    feeds = (follow(each, dial=monitors.dial, clock=SystemClock(), told=_print) for each in addresses)
    await asyncio.gather(*feeds)  # no group: a reader that is gone is an error of its own


def _print(view: View) -> None:
    state = {"unavailable": view.silent} if view.status is None else plain(view.status)
    typer.echo(json.dumps({"address": view.address, **state}))
