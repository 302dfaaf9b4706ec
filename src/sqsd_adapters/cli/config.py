"""``sqsd config``: whether the configuration is right, its effective values, and where each comes from."""

import json
import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import typer

from sqsd_adapters.cli.assembly.advice import Advice
from sqsd_adapters.cli.assembly.assembly import Assembly
from sqsd_adapters.cli.assembly.checks import check, region_of
from sqsd_adapters.cli.assembly.descriptors import limits, too_few
from sqsd_adapters.cli.assembly.start_warnings import start_warnings
from sqsd_adapters.cli.configuration.config_file import read_config_file
from sqsd_adapters.cli.configuration.configuration import Configuration
from sqsd_adapters.cli.configuration.tables import QUEUE_KEYS, WORKER_KEYS
from sqsd_adapters.cli.logs.logs import default_format
from sqsd_adapters.cli.settings.settings import Environment, Settings
from sqsd_adapters.cli.settings.table import markdown
from sqsd_adapters.cli.terminal import complain
from sqsd_adapters.cli.values.urls import names_redis_database

#: what an env file would take apart unless it is quoted
_DELICATE = set(" #'\"\\$`")

#: env files, and the variables that each of them set
EnvFiles = Mapping[Path, Collection[str]]


def print_settings(*, env_files: EnvFiles, config: Path | None = None) -> None:
    """Print ``NAME=value  # origin`` lines that ``sqsd -e`` can read, then OK; secrets are masked.

    With a configuration file, its tables with every effective value follow what there is one of.

    Raises:
        ConfigurationError: names every problem that shows without a network.
    """
    configuration = Configuration.of_one(Environment()) if config is None else read_config_file(config)
    check(Assembly(configuration))
    settings = configuration.settings
    in_tables = set() if config is None else {*WORKER_KEYS.values(), *QUEUE_KEYS.values()}
    for name, value in effective(settings).items():
        if name not in in_tables:
            typer.echo(f"{name}={quoted(value)}  # {_origin(name, value, settings, env_files, config)}")
    for line in tables_of(configuration) if config is not None else ():
        typer.echo(line)
    warnings = list(_warnings(configuration, env_files, config))
    for warning in warnings:
        complain(f"warning: {warning.line}")
    typer.echo("# OK" + (f", warnings: {len(warnings)}" if warnings else ""))


def print_table() -> None:
    typer.echo(markdown())


def effective(settings: Settings) -> dict[str, str]:
    """The values that the daemon uses, in the form in which they are written; empty where there is none."""
    derived = {"AWS_REGION": region_of(settings), "LOG_FORMAT": settings.LOG_FORMAT or default_format()}
    if settings.LOCKER == "redis":
        derived["REDIS_LOCKER_KEYNAME"] = settings.REDIS_LOCKER_KEYNAME or "sqsd"
        derived["REDIS_LOCKER_DBNAME"] = _redis_database(settings)
    return settings.shown() | {name: value or "" for name, value in derived.items()}


def quoted(value: str) -> str:
    """The value in the form in which an env file gives it back."""
    if value and not set(value) & _DELICATE:
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _origin(name: str, value: str, settings: Settings, env_files: EnvFiles, config: Path | None) -> str:
    if name not in settings.given:
        return "default" if value else "not set"
    if config is not None and not os.environ.get(name):
        return f"file {config}"
    return next((f"file {path}" for path, names in env_files.items() if name in names), "environment")


def tables_of(configuration: Configuration) -> Iterator[str]:
    """The tables in TOML, with every effective value; what is not set is left out."""
    for name, worker in configuration.workers.items():
        yield f"[worker.{name}]"
        yield from _pairs(worker.settings, WORKER_KEYS)
        yield f'sharing = "{worker.share.value}"'
    for name, queue in configuration.queues.items():
        yield f"[queue.{name}]"
        yield from _pairs(queue.settings, QUEUE_KEYS)
        yield f'worker = "{queue.worker}"'
        yield f"weight = {queue.weight:g}"
        if queue.path is not None:
            yield f"path = {json.dumps(queue.path)}"


def _pairs(settings: Settings, keys: Mapping[str, str]) -> Iterator[str]:
    shown = effective(settings)
    # a basic string of TOML is written as one of JSON
    return (f"{key} = {json.dumps(shown[name])}" for key, name in keys.items() if shown[name])


def _redis_database(settings: Settings) -> str:
    url = settings.REDIS_LOCKER_URL
    if url is not None and names_redis_database(url.get_secret_value()):
        return ""  # the URL says it, and both together are refused
    return str(settings.REDIS_LOCKER_DBNAME or 0)


def _warnings(configuration: Configuration, env_files: EnvFiles, config: Path | None) -> Iterator[Advice]:
    yield from start_warnings(configuration, environ=os.environ, env_files=env_files, config=config)
    _, hard = limits()  # a daemon raises the soft limit
    yield from too_few(configuration, limit=hard)
