"""The ``sqsd`` command; what is heavy is imported when it is called for, so that ``--help`` is quick."""

import sys
from pathlib import Path
from pkgutil import resolve_name
from typing import Annotated, Any

import typer

LOOPBACK = "127.0.0.1"
PORT = 6969  # the original's
MEND = 2  # contract, section 1: what a person must mend first


def _call(target: str, /, *arguments: object, **options: object) -> Any:  # noqa: ANN401 - whatever the target returns
    return resolve_name(f"sqsd_adapters.cli.{target}")(*arguments, **options)


def _read_env_file(context: typer.Context, path: Path | None) -> Path | None:
    if path is not None and not context.resilient_parsing:
        _call("env_file:export_env_file", path)
    return path


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
        help="Read variables from FILE first; the environment wins over it.",
        callback=_read_env_file,
        # before other options look for their environment variable
        is_eager=True,
    ),
]

app = typer.Typer(
    name="sqsd",
    help="Pull messages from an SQS queue, hand each to a worker, delete it on success.",
    epilog="Configured by environment variables; `sqsd config --table` lists them, README.md explains them.",
    context_settings={"help_option_names": ["-h", "--help"]},
    invoke_without_command=True,
    pretty_exceptions_enable=False,
)


@app.callback()
def sqsd(
    context: typer.Context,
    env_file: EnvFile = None,
    version: Annotated[  # noqa: FBT002, ARG001 - its callback does it
        bool, typer.Option("--version", help="Show the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        run(context, env_file)
    elif context.invoked_subcommand != "run":
        _call("early_signals:give_back_signals")


@app.command()
def run(context: typer.Context, env_file: EnvFile = None) -> None:
    """Run the daemon until a signal drains it; the same as `sqsd` alone."""
    files = {path for path in (env_file, context.parent and context.parent.params["env_file"]) if path}
    raise typer.Exit(_call("run:run", env_files=files))


@app.command()
def config(
    env_file: EnvFile = None,  # noqa: ARG001 - its callback reads it
    table: Annotated[bool, typer.Option("--table", help="Print the table of all variables.")] = False,  # noqa: FBT002
) -> None:
    """Check the configuration and print the effective values, secrets masked."""
    _call("config:print_table" if table else "config:print_settings")


@app.command()
def tasks(  # noqa: PLR0917
    address: Annotated[
        str | None,
        typer.Option(metavar="HOST:PORT", help="The daemon's monitor.", show_default="MONITORING_HOST and _PORT"),
    ] = None,
    tls: Annotated[bool, typer.Option("--tls", help="Speak TLS, trusting the system's CAs.")] = False,  # noqa: FBT002
    ca: Annotated[Path | None, typer.Option(metavar="FILE", help="Speak TLS, trusting these CAs.")] = None,
    cert: Annotated[Path | None, typer.Option(metavar="FILE", help="Mutual TLS: our certificate.")] = None,
    key: Annotated[Path | None, typer.Option(metavar="FILE", help="Mutual TLS: its key.")] = None,
    env_file: EnvFile = None,  # noqa: ARG001 - its callback reads it
    host: Annotated[str, typer.Option(envvar="MONITORING_HOST", hidden=True)] = LOOPBACK,
    port: Annotated[int, typer.Option(envvar="MONITORING_PORT", hidden=True)] = PORT,
    token: Annotated[str | None, typer.Option(envvar="MONITORING_TOKEN", hidden=True)] = None,
) -> None:
    """Print the tasks that a running daemon has in flight."""
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
    """Run the command; what a person must mend ends with a sentence and 2."""
    try:
        app(prog_name="sqsd")
    except Exception as error:
        if not isinstance(error, resolve_name("sqsd_adapters.cli.exits:MENDABLE")):
            raise
        typer.echo(f"sqsd: {error}", err=True)
        sys.exit(MEND)
