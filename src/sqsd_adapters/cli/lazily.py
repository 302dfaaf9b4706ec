"""Calls what a command does by its name, so that ``--help`` imports nothing heavy; and the option ``--env-file``."""

import os
from collections.abc import Collection
from pathlib import Path
from pkgutil import resolve_name
from typing import Annotated, Any

import typer

FILES = "sqsd.env_files"  # where the context keeps them
CONFIG = "sqsd.config_file"
BIRTH = "_SQSD_PROCESS"  # the variable of cli/processes/birth


def call(target: str, /, *arguments: object, **options: object) -> Any:  # noqa: ANN401 - whatever the target returns
    """Import ``module:function`` of this package and call it."""
    return resolve_name(f"sqsd_adapters.cli.{target}")(*arguments, **options)


def _read_env_file(context: typer.Context, path: Path | None) -> Path | None:
    # the parent of several processes has read it for them, and it may be a pipe
    if path is not None and not context.resilient_parsing and BIRTH not in os.environ:
        added = call("settings.env_file:export_env_file", path)
        context.meta.setdefault(FILES, {})[path] = added
    return path


def env_files(context: typer.Context) -> dict[Path, Collection[str]]:
    """The env files that were read, with the variables that each of them set."""
    files: dict[Path, Collection[str]] = context.meta.get(FILES, {})
    return files


def _note_config_file(context: typer.Context, path: Path | None) -> Path | None:
    if path is not None:
        context.meta[CONFIG] = path
    return path


def named_config(context: typer.Context) -> Path | None:
    """The configuration file, wherever on the command line it was named."""
    path: Path | None = context.meta.get(CONFIG)
    return path


ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        metavar="FILE",
        envvar="SQSD_CONFIG",
        show_envvar=True,
        help="Read the settings, workers and queues from FILE (TOML).",
        callback=_note_config_file,
    ),
]

EnvFile = Annotated[
    Path | None,
    typer.Option(
        "--env-file",
        "-e",
        metavar="FILE",
        help="Read variables from FILE. The process environment takes precedence over FILE.",
        callback=_read_env_file,
        # before other options look for their environment variable
        is_eager=True,
    ),
]
