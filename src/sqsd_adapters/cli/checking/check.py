"""Runs all probes side by side, each bounded in time, and prints what they found."""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from pathlib import Path

import typer

from sqsd_adapters.cli import checks
from sqsd_adapters.cli.advice import advice
from sqsd_adapters.cli.arguments import queue_kind
from sqsd_adapters.cli.assembly import Assembly
from sqsd_adapters.cli.checking.finding import Finding, ok, stop, warn
from sqsd_adapters.cli.checking.locks import check_locks
from sqsd_adapters.cli.checking.machine import check_descriptors, check_grace, check_ports
from sqsd_adapters.cli.checking.queue import check_queue
from sqsd_adapters.cli.checking.shown import print_findings
from sqsd_adapters.cli.checking.worker import check_addresses, check_time_limit, check_worker
from sqsd_adapters.cli.configuration import Configuration
from sqsd_adapters.cli.exits import Exit
from sqsd_adapters.cli.settings import Environment, Settings
from sqsd_core.errors import SqsdError

LIMIT = 20.0  # seconds per probe

EnvFiles = Mapping[Path, Collection[str]]
Probe = tuple[str, float, Callable[[], Awaitable[list[Finding]]]]


def print_check(*, env_files: EnvFiles, as_json: bool, probe_timeout: str | None) -> None:
    """Print every finding; exits with 1 if there is one.

    Raises:
        ConfigurationError: the settings are wrong; nothing was tried.
    """
    settings = Environment()
    checks.check(Assembly(Configuration.of_one(settings)))
    found = [*_settings(settings, env_files), *asyncio.run(_found(settings, probe_timeout))]
    found += check_grace(settings, environ=os.environ)
    if as_json:
        typer.echo(json.dumps([finding.to_json() for finding in found], ensure_ascii=False))
    else:
        print_findings(found)
    if not all(finding.is_ok for finding in found):
        raise typer.Exit(Exit.CRASH)


def _settings(settings: Settings, env_files: EnvFiles) -> Iterator[Finding]:
    warnings = list(advice(settings, environ=os.environ, env_files=env_files))
    if not warnings:
        yield ok("settings", "valid")
    for warning in warnings:
        yield warn("settings", warning.sentence, "change the variable, or remove it; see sqsd config")


async def _found(settings: Settings, probe_timeout: str | None) -> list[Finding]:
    probes = list(_probes(settings, probe_timeout))
    answers = await asyncio.gather(*(_bounded(*probe) for probe in probes))
    return [finding for answer in answers for finding in answer]


def _probes(settings: Settings, probe_timeout: str | None) -> Iterator[Probe]:
    if queue_kind(settings) == "sqs":
        yield "SQS", LIMIT, lambda: check_queue(settings)
    yield "worker", LIMIT, lambda: check_worker(settings)
    yield "name", LIMIT, lambda: check_addresses(settings)
    if probe_timeout is not None:
        yield "time limit", settings.INVOKER_TIMEOUT + LIMIT, lambda: check_time_limit(settings, probe_timeout)
    yield "Redis", LIMIT, lambda: check_locks(settings)
    yield "ports", LIMIT, lambda: check_ports(settings)
    yield "open files", LIMIT, lambda: check_descriptors(settings)


async def _bounded(name: str, limit: float, probe: Callable[[], Awaitable[list[Finding]]]) -> list[Finding]:
    try:
        async with asyncio.timeout(limit):
            return await probe()
    except TimeoutError:
        return [stop(name, f"no answer within {limit:g} s", "check the network between here and there")]
    except SqsdError as error:
        return [stop(name, str(error), "fix this first")]
