"""``sqsd config``: the effective settings, in a form that ``sqsd -e`` reads again, and their table."""

import os

import typer

from sqsd_adapters.cli.advice import advice
from sqsd_adapters.cli.settings import Environment
from sqsd_adapters.cli.table import markdown

#: what an env file would take apart unless it is quoted
_DELICATE = set(" #'\"\\$`")


def print_settings() -> None:
    """Print one ``NAME=value`` a line, secrets masked; raises ConfigurationError."""
    settings = Environment()
    for name, value in settings.shown().items():
        typer.echo(f"{name}={quoted(value)}")
    for event, fields in advice(settings, environ=os.environ):
        typer.echo(f"sqsd: {event}: {', '.join(fields.values())}", err=True)


def print_table() -> None:
    typer.echo(markdown())


def quoted(value: str) -> str:
    """The value in the form in which an env file gives it back."""
    if not set(value) & _DELICATE:
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
