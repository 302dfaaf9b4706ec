"""Answers ``sqsd why``: one message, the messages of a cause, or the causes."""

import asyncio
import json
from shlex import quote

import typer
from rich.console import Console

from sqsd_adapters.cli.exits import Exit
from sqsd_adapters.cli.monitors.monitors import Monitors
from sqsd_adapters.cli.terminal import complain
from sqsd_adapters.cli.why import as_json
from sqsd_adapters.cli.why.asking import Answers, ask
from sqsd_adapters.cli.why.shown import cause_table, life_lines, memory_lines, message_table
from sqsd_adapters.cli.words import zone_name
from sqsd_adapters.clock.system import SystemClock
from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.printable import printable
from sqsd_core.policy.history import Query


def explain(*, monitors: Monitors, query: Query, json_wanted: bool) -> None:
    """Print what the daemons know.

    Raises:
        ConfigurationError: there is nothing to look for, or a monitor requires another token or certificate.
        typer.Exit: with 1 when nothing is found, or no monitor answers.
    """
    if bool(query.message_id) == query.of_failures:
        raise ConfigurationError("pass the id of a message, its beginning, or --failed")
    answers = asyncio.run(ask(monitors.addresses, query, dial=monitors.dial))
    for reason in answers.silent.values():
        complain(reason)
    if not answers.found:
        raise typer.Exit(Exit.CRASH)
    if json_wanted:
        typer.echo(json.dumps(as_json.answers(answers)))
    elif not answers.lives:
        _say_nothing_found(answers, query)
    else:
        _print(answers, query)
    if not answers.lives:
        raise typer.Exit(Exit.CRASH if query.message_id else Exit.DONE)


def _print(answers: Answers, query: Query) -> None:
    console, now = Console(soft_wrap=False), SystemClock().now()
    if query.message_id and len(answers.lives) == 1:
        for line in life_lines(answers.lives[0], now=now):
            console.print(line, soft_wrap=True)
    elif query.failed and not query.cause:
        console.print(cause_table(answers.causes))
        newest = answers.causes[0].reason
        console.print(f"times in {zone_name(now, None)}   → sqsd why --cause {quote(printable(newest))}", markup=False)
    else:
        console.print(message_table(answers.lives, causes=not query.cause))
        more = any(found.next_page for found in answers.found.values())
        first = "the newest of many   " if more else ""
        console.print(f"{first}times in {zone_name(now, None)}   → sqsd why MESSAGE", markup=False)


def _say_nothing_found(answers: Answers, query: Query) -> None:
    if query.message_id:
        complain(f"no daemon that was asked knows message {printable(query.message_id)}")
    else:
        of_queue = f" of queue {printable(query.queue)}" if query.queue else ""
        typer.echo(f"no message{of_queue} has failed" + " for this reason" * bool(query.cause))
    for line in memory_lines(answers.found):
        complain(line)
