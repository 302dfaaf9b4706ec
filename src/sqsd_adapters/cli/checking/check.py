"""Runs all probes side by side, each bounded in time, and prints what they found."""

import asyncio
import json
import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import typer

from sqsd_adapters.cli.assembly import checks
from sqsd_adapters.cli.assembly.assembly import Assembly
from sqsd_adapters.cli.assembly.start_warnings import start_warnings
from sqsd_adapters.cli.checking.finding import Finding, ok, warn
from sqsd_adapters.cli.checking.machine import check_grace
from sqsd_adapters.cli.checking.probes import probes, slowest
from sqsd_adapters.cli.checking.shown import print_findings
from sqsd_adapters.cli.configuration.config_file import read_config_file
from sqsd_adapters.cli.configuration.configuration import Configuration
from sqsd_adapters.cli.exits import Exit
from sqsd_adapters.cli.settings.selections import payload_kind, worker_kind
from sqsd_adapters.cli.settings.settings import Environment
from sqsd_adapters.cli.values.urls import masked
from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.transport.address import Address

EnvFiles = Mapping[Path, Collection[str]]


def print_check(
    *,
    env_files: EnvFiles,
    config: Path | None = None,
    as_json: bool,
    probe_timeout: str | None,
    payload_bucket: str | None = None,
) -> None:
    """Print every finding; exits with 1 if there is one. ``config`` has several queues.

    Raises:
        ConfigurationError: the settings or the options are wrong; nothing was tried.
    """
    configuration = Configuration.of_one(Environment()) if config is None else read_config_file(config)
    checks.check(Assembly(configuration))
    _check_options(configuration, probe_timeout, payload_bucket)
    found = [
        *_settings(configuration, env_files, config),
        *asyncio.run(_found(configuration, probe_timeout, payload_bucket)),
    ]
    found += check_grace(slowest(configuration), environ=os.environ)
    if as_json:
        typer.echo(json.dumps([finding.to_json() for finding in found], ensure_ascii=False))
    else:
        print_findings(found)
    if not all(finding.is_ok for finding in found):
        raise typer.Exit(Exit.CRASH)


def _check_options(configuration: Configuration, probe_timeout: str | None, payload_bucket: str | None) -> None:
    """Refuse an option that would test nothing: the output would look as if the test had succeeded."""
    if probe_timeout is not None:
        _check_url(probe_timeout)
        if all(worker_kind(worker.settings, None) != "http" for worker in configuration.workers.values()):
            raise ConfigurationError("--probe-timeout: no worker has a URL, so there is no proxy; set INVOKER_URL")
    if payload_bucket is not None and all(
        payload_kind(queue.settings) == "off" for queue in configuration.queues.values()
    ):
        raise ConfigurationError("--payload-bucket: no queue takes bodies from S3; set MESSAGE_PAYLOAD")


def _check_url(url: str) -> None:
    try:
        Address.parse(url)
    except ValueError as error:
        raise ConfigurationError(f"--probe-timeout {masked(url)}: {error}") from None


def _settings(configuration: Configuration, env_files: EnvFiles, config: Path | None) -> Iterator[Finding]:
    warnings = list(start_warnings(configuration, environ=os.environ, env_files=env_files, config=config))
    if not warnings:
        yield ok("settings", "valid")
    for warning in warnings:
        yield replace(warn("settings", warning.sentence, warning.fix), table=warning.table)


async def _found(configuration: Configuration, probe_timeout: str | None, payload_bucket: str | None) -> list[Finding]:
    all_probes = probes(configuration, probe_timeout=probe_timeout, payload_bucket=payload_bucket)
    answers = await asyncio.gather(*(probe.findings() for probe in all_probes))
    return [finding for answer in answers for finding in answer]
