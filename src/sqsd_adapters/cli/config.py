"""``sqsd config``: whether the configuration is right, its effective values, and where each comes from."""

import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import typer

from sqsd_adapters.cli.advice import Advice, advice
from sqsd_adapters.cli.checks import check, region_of
from sqsd_adapters.cli.container import Container
from sqsd_adapters.cli.descriptors import limits, too_few
from sqsd_adapters.cli.logs import default_format
from sqsd_adapters.cli.settings import Environment
from sqsd_adapters.cli.table import markdown
from sqsd_adapters.cli.terminal import complain
from sqsd_adapters.cli.urls import names_redis_database

#: what an env file would take apart unless it is quoted
_DELICATE = set(" #'\"\\$`")

#: env files, and the variables that each of them set
EnvFiles = Mapping[Path, Collection[str]]


def print_settings(*, env_files: EnvFiles) -> None:
    """Print ``NAME=value  # origin`` lines that ``sqsd -e`` can read, then OK; secrets are masked.

    Raises:
        ConfigurationError: names every problem that shows without a network.
    """
    settings = Environment()
    check(Container(settings=settings))
    for name, value in effective(settings).items():
        typer.echo(f"{name}={quoted(value)}  # {_origin(name, value, settings, env_files)}")
    warnings = list(_warnings(settings, env_files))
    for warning in warnings:
        complain(f"warning: {warning.sentence}")
    typer.echo("# OK" + (f", warnings: {len(warnings)}" if warnings else ""))


def print_table() -> None:
    typer.echo(markdown())


def effective(settings: Environment) -> dict[str, str]:
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


def _origin(name: str, value: str, settings: Environment, env_files: EnvFiles) -> str:
    if name not in settings.model_fields_set:
        return "default" if value else "not set"
    return next((f"file {path}" for path, names in env_files.items() if name in names), "environment")


def _redis_database(settings: Environment) -> str:
    url = settings.REDIS_LOCKER_URL
    if url is not None and names_redis_database(url.get_secret_value()):
        return ""  # the URL says it, and both together are refused
    return str(settings.REDIS_LOCKER_DBNAME or 0)


def _warnings(settings: Environment, env_files: EnvFiles) -> Iterator[Advice]:
    yield from advice(settings, environ=os.environ, env_files=env_files)
    _, hard = limits()  # a daemon raises the soft limit
    yield from too_few(settings, limit=hard)
