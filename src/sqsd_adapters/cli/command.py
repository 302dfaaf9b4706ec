"""The ``sqsd`` command; what is heavy is imported when it is called for, so that ``--help`` is quick."""

import sys
from collections.abc import Collection
from pathlib import Path
from pkgutil import resolve_name
from typing import Annotated, Any

import typer

LOOPBACK = "127.0.0.1"
PORT = "6969"  # the original's
MEND = 2  # contract, section 1: what the user has to fix first
FILES = "sqsd.env_files"  # where the context keeps them


def _call(target: str, /, *arguments: object, **options: object) -> Any:  # noqa: ANN401 - whatever the target returns
    return resolve_name(f"sqsd_adapters.cli.{target}")(*arguments, **options)


def _read_env_file(context: typer.Context, path: Path | None) -> Path | None:
    if path is not None and not context.resilient_parsing:
        added = _call("env_file:export_env_file", path)
        context.meta.setdefault(FILES, {})[path] = added
    return path


def _env_files(context: typer.Context) -> dict[Path, Collection[str]]:
    """The env files that were read, with the variables that each of them set."""
    files: dict[Path, Collection[str]] = context.meta.get(FILES, {})
    return files


def _print_version(asked: bool) -> None:  # noqa: FBT001 - the signature of an option's callback
    if asked:
        typer.echo(f"sqsd {resolve_name('sqsd_core.version:__version__')}")
        raise typer.Exit


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

app = typer.Typer(
    name="sqsd",
    help="Receive messages from an SQS queue, send each one to a worker, and delete it when the worker succeeds.",
    epilog="Environment variables configure sqsd. `sqsd config --table` lists them; README.md explains them.",
    context_settings={"help_option_names": ["-h", "--help"]},
    invoke_without_command=True,
    pretty_exceptions_enable=False,
)


@app.callback()
def sqsd(
    context: typer.Context,
    env_file: EnvFile = None,
    version: Annotated[  # noqa: FBT002, ARG001 - its callback does it
        bool,
        typer.Option("--version", "-V", help="Print the version and exit.", callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        run(context, env_file)
    elif context.invoked_subcommand != "run":
        _call("early_signals:give_back_signals")


@app.command()
def run(context: typer.Context, env_file: EnvFile = None) -> None:  # noqa: ARG001 - its callback reads it
    """Run the daemon until a signal drains it. This is what `sqsd` without a command does."""
    raise typer.Exit(_call("run:run", env_files=_env_files(context)))


@app.command()
def config(
    context: typer.Context,
    env_file: EnvFile = None,  # noqa: ARG001 - its callback reads it
    table: Annotated[bool, typer.Option("--table", help="Print a table of all variables, in Markdown.")] = False,  # noqa: FBT002
) -> None:
    """Check the configuration without using the network; print each effective value and where it comes from.

    Secrets are masked. INVOKER is imported. Exits with 2 if there is a problem.
    """
    if table:
        _call("config:print_table")
    else:
        _call("config:print_settings", env_files=_env_files(context))


@app.command()
def secret() -> None:
    """Print a new secret for INVOKER_SIGNING_SECRET."""
    typer.echo(_call("signing_secrets:new_secret"))


@app.command()
def tasks(  # noqa: PLR0917
    address: Annotated[
        str | None,
        typer.Option(metavar="HOST:PORT", help="The daemon's gRPC monitor.", show_default="MONITORING_HOST and _PORT"),
    ] = None,
    tls: Annotated[bool, typer.Option("--tls", help="Use TLS and trust the system's CAs.")] = False,  # noqa: FBT002
    ca: Annotated[Path | None, typer.Option(metavar="FILE", help="Use TLS and trust the CAs in FILE.")] = None,
    cert: Annotated[Path | None, typer.Option(metavar="FILE", help="Client certificate for mutual TLS.")] = None,
    key: Annotated[Path | None, typer.Option(metavar="FILE", help="Private key of the client certificate.")] = None,
    env_file: EnvFile = None,  # noqa: ARG001 - its callback reads it
    host: Annotated[str, typer.Option(envvar="MONITORING_HOST", hidden=True)] = LOOPBACK,
    port: Annotated[str, typer.Option(envvar="MONITORING_PORT", hidden=True)] = PORT,
    token: Annotated[str | None, typer.Option(envvar="MONITORING_TOKEN", hidden=True)] = None,
) -> None:
    """Print the tasks that a running daemon has in flight. Asks the gRPC monitor."""
    _call(
        "tasks:print_tasks",
        address=address or _call("tasks:dialled", host, port),
        token=token,
        tls=tls,
        ca=ca,
        cert=cert,
        key=key,
    )


def run_command() -> None:
    """Run the command; an error that the user has to fix is one sentence on stderr and exit code 2."""
    try:
        app(prog_name="sqsd")
    except Exception as error:
        if not isinstance(error, resolve_name("sqsd_adapters.cli.exits:MENDABLE")):
            raise
        _call("terminal:complain", error)
        sys.exit(MEND)
