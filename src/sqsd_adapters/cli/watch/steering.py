"""``sqsd pause`` and ``sqsd resume``: tells running daemons to stop receiving, or to go on."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import typer

from sqsd_adapters.cli.monitors.monitors import Answered, Monitors, ask
from sqsd_adapters.cli.values.durations import read_duration
from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.monitor._pb import sqsd_pb2
from sqsd_adapters.monitor.plain import plain
from sqsd_adapters.monitor.steering import LENGTHS, is_length
from sqsd_adapters.printable import printable

Pauses: TypeAlias = Sequence[sqsd_pb2.Reason]


def pause(*, monitors: Monitors, queue: str | None, lasts: str | None, json_wanted: bool = False) -> None:
    """Pause one queue or all, and print the pauses that hold.

    Raises:
        ConfigurationError: --for is no duration, or a daemon refuses.
        typer.Exit: with 1 when a daemon does not answer.
    """
    seconds = None if lasts is None else _length(lasts)
    _print(ask(monitors, lambda client: client.pause(queue=queue, seconds=seconds)), json_wanted=json_wanted)


def resume(*, monitors: Monitors, queue: str | None, json_wanted: bool = False) -> None:
    """Resume one queue or all, and print the pauses that still hold; raises as ``pause``."""
    _print(ask(monitors, lambda client: client.resume(queue=queue)), json_wanted=json_wanted)


def _print(answered: Answered[Pauses], *, json_wanted: bool) -> None:
    answered.complain()
    if json_wanted:
        typer.echo(json.dumps(_as_json(answered)))
    else:
        several = len(answered.found) > 1
        for address, paused in answered.found.items():
            for line in _lines(paused):
                typer.echo(f"{printable(address)}: {line}" if several else line)
    answered.end()


def _lines(paused: Pauses) -> Sequence[str]:
    return [printable(f"{reason.text} {reason.why}".strip()) for reason in paused] or ["no queue is paused"]


def _as_json(answered: Answered[Pauses]) -> Mapping[str, Any]:
    refused = {address: str(error) for address, error in answered.refused.items()}
    return {
        "daemons": [{"address": address, "paused": plain(paused)} for address, paused in answered.found.items()],
        "unavailable": answered.silent | refused,
    }


def _length(text: str) -> float:
    seconds = read_duration("--for", text)
    if not is_length(seconds):
        raise ConfigurationError(f"--for {text}: expected {LENGTHS}")
    return seconds
