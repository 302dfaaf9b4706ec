"""``sqsd pause`` and ``sqsd resume``: tells a running daemon to stop receiving, or to go on."""

import asyncio
from collections.abc import Coroutine, Sequence

import typer

from sqsd_adapters.cli.durations import parse_duration
from sqsd_adapters.cli.exits import Exit
from sqsd_adapters.cli.terminal import complain
from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.monitor._pb import sqsd_pb2
from sqsd_adapters.monitor.client import MonitorClient, MonitorUnavailable
from sqsd_adapters.printable import printable


def pause(*, address: str, token: str | None, queue: str | None, lasts: str | None) -> None:
    """Pause one queue or all, and print the pauses that hold.

    Raises:
        ConfigurationError: --for is no duration, or the daemon refuses.
        typer.Exit: with 1 when no monitor answers.
    """
    seconds = None if lasts is None else _seconds(lasts)
    client = MonitorClient(address=address, token=token)
    _print(_run(_paused(client, queue, seconds)))


def resume(*, address: str, token: str | None, queue: str | None) -> None:
    """Resume one queue or all, and print the pauses that still hold; raises as ``pause``."""
    _print(_run(_resumed(MonitorClient(address=address, token=token), queue)))


async def _paused(client: MonitorClient, queue: str | None, seconds: float | None) -> Sequence[sqsd_pb2.Reason]:
    async with client:
        return await client.pause(queue=queue, seconds=seconds)


async def _resumed(client: MonitorClient, queue: str | None) -> Sequence[sqsd_pb2.Reason]:
    async with client:
        return await client.resume(queue=queue)


def _run(asking: Coroutine[object, object, Sequence[sqsd_pb2.Reason]]) -> Sequence[sqsd_pb2.Reason]:
    try:
        return asyncio.run(asking)
    except MonitorUnavailable as error:
        complain(error)
        raise typer.Exit(Exit.CRASH) from None


def _print(paused: Sequence[sqsd_pb2.Reason]) -> None:
    for reason in paused:
        typer.echo(printable(f"{reason.text} {reason.why}".strip()))
    if not paused:
        typer.echo("no queue is paused")


def _seconds(text: str) -> float:
    try:
        return parse_duration(text)
    except ValueError:
        raise ConfigurationError(f"--for {text}: expected a duration such as 60s, 10m or 2h") from None
