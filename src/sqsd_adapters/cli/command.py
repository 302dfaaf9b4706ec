"""The ``sqsd`` command; what is heavy is imported when it is called for, so that ``--help`` is quick."""

import sys
from pathlib import Path
from pkgutil import resolve_name
from typing import Annotated

import typer

from sqsd_adapters.cli.cron.commands import app as cron
from sqsd_adapters.cli.dev.command import dev
from sqsd_adapters.cli.dlq.commands import app as dlq
from sqsd_adapters.cli.help import MESSAGES, PREPARE, RUN, WATCH, Commands, print_help
from sqsd_adapters.cli.lazily import ConfigFile, EnvFile, call, env_files, named_config
from sqsd_adapters.cli.misuse import MISUSE, is_request_for_help, sentence_of
from sqsd_adapters.cli.queues.options import Endpoint, Json, Queue, QueueUrl, Region, options
from sqsd_adapters.cli.watch.commands import pause, resume, status, tasks, top
from sqsd_adapters.cli.why.commands import why

ABORTED = 1  # a question was not answered
FIX_FIRST = 2  # contract, section 1: what the user has to fix first


def _print_version(asked: bool) -> None:  # noqa: FBT001 - the signature of an option's callback
    if asked:
        typer.echo(f"sqsd {resolve_name('sqsd_core.version:__version__')}")
        raise typer.Exit


app = typer.Typer(
    name="sqsd",
    cls=Commands,
    help="Receive messages from an SQS queue, send each one to a worker, and delete it when the worker succeeds.",
    epilog="Environment variables configure sqsd. `sqsd config --table` lists them with their defaults and meanings.",
    context_settings={"help_option_names": ["-h", "--help"]},
    invoke_without_command=True,
    pretty_exceptions_enable=False,
)


@app.callback()
def sqsd(
    context: typer.Context,
    env_file: EnvFile = None,
    config_file: ConfigFile = None,
    version: Annotated[  # noqa: FBT002, ARG001 - its callback does it
        bool,
        typer.Option("--version", "-V", help="Print the version and exit.", callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        run(context, env_file, config_file)
    elif context.invoked_subcommand not in {"run", "dev"}:
        call("early_signals:give_back_signals")


@app.command(rich_help_panel=RUN)
def run(
    context: typer.Context,
    env_file: EnvFile = None,  # noqa: ARG001 - its callback reads it
    config_file: ConfigFile = None,  # noqa: ARG001 - likewise
) -> None:
    """Run the daemon until a signal drains it. This is what `sqsd` without a command does."""
    raise typer.Exit(call("run:run", env_files=env_files(context), config=named_config(context)))


app.command(rich_help_panel=RUN)(dev)


@app.command(rich_help_panel=PREPARE)
def config(
    context: typer.Context,
    env_file: EnvFile = None,  # noqa: ARG001 - its callback reads it
    config_file: ConfigFile = None,  # noqa: ARG001 - likewise
    table: Annotated[bool, typer.Option("--table", help="Print a table of all variables, in Markdown.")] = False,  # noqa: FBT002
) -> None:
    """Check the configuration without using the network; print each effective value and where it comes from.

    Secrets are masked. INVOKER is imported. Exits with 2 if there is a problem.
    """
    if table:
        call("config:print_table")
    else:
        call("config:print_settings", env_files=env_files(context), config=named_config(context))


@app.command(rich_help_panel=PREPARE)
def secret() -> None:
    """Print a new secret for INVOKER_SIGNING_SECRET."""
    typer.echo(call("values.signing_secrets:new_secret"))


@app.command(rich_help_panel=PREPARE)
def check(
    context: typer.Context,
    env_file: EnvFile = None,  # noqa: ARG001 - its callback reads it
    config_file: ConfigFile = None,  # noqa: ARG001 - likewise
    *,
    as_json: Json = False,
    probe_timeout: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Also find out whether a proxy ends requests before INVOKER_TIMEOUT. URL names a handler of the worker"
            " that takes longer than INVOKER_TIMEOUT.",
        ),
    ] = None,
    payload_bucket: Annotated[
        str | None,
        typer.Option(
            metavar="BUCKET",
            help="Also test the rights on the S3 bucket that holds message bodies (MESSAGE_PAYLOAD). Asks for an object"
            " that does not exist.",
        ),
    ] = None,
) -> None:
    """Find problems before they occur: test SQS, the worker, the lock store and this machine.

    With --config, it tries every queue and every worker of the file. Entries that it writes to test Redis are removed.
    Exits with 1 if there are findings, with 2 if the settings are wrong.
    """
    call(
        "checking.check:print_check",
        env_files=env_files(context),
        config=named_config(context),
        as_json=as_json,
        probe_timeout=probe_timeout,
        payload_bucket=payload_bucket,
    )


app.command(rich_help_panel=WATCH)(status)
app.command(rich_help_panel=WATCH)(top)
app.command(rich_help_panel=WATCH)(tasks)
app.command(rich_help_panel=WATCH)(why)
app.command(rich_help_panel=WATCH)(pause)
app.command(rich_help_panel=WATCH)(resume)


@app.command(rich_help_panel=MESSAGES)
def send(  # noqa: PLR0917
    context: typer.Context,
    message: Annotated[
        str | None,
        typer.Argument(metavar="MESSAGE", help="The message. Without it, or with `-`, the message is read from stdin."),
    ] = None,
    file: Annotated[Path | None, typer.Option(metavar="FILE", help="Read the message from FILE.")] = None,
    attribute: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE", help="Message attribute. NAME:Number=VALUE gives a type. You can repeat the option."
        ),
    ] = None,
    group: Annotated[str | None, typer.Option(metavar="ID", help="Message group. FIFO queues need one.")] = None,
    deduplication_id: Annotated[
        str | None, typer.Option(metavar="ID", help="FIFO: deduplication id.", show_default="a new one")
    ] = None,
    delay: Annotated[
        str | None, typer.Option(metavar="DURATION", help="Deliver the message after this time, at most 15m.")
    ] = None,
    queue: Queue = None,
    as_json: Json = False,  # noqa: FBT002
    env_file: EnvFile = None,  # noqa: ARG001 - its callback reads it
    config_file: ConfigFile = None,  # noqa: ARG001 - likewise
    queue_url: QueueUrl = None,
    region: Region = None,
    endpoint_url: Endpoint = None,
) -> None:
    """Send a message to the queue and print its id."""
    place = options(context, queue=queue, queue_url=queue_url, region=region, endpoint_url=endpoint_url)
    call(
        "send:send_message",
        where=call("queues.chosen:chosen", place),
        given=call(
            "send:Given",
            message=message,
            file=file,
            attributes=attribute or (),
            group=group,
            deduplication_id=deduplication_id,
            delay=delay,
        ),
        as_json=as_json,
    )


app.add_typer(dlq, name="dlq", rich_help_panel=MESSAGES)
app.add_typer(cron, name="cron", rich_help_panel=PREPARE)


@app.command("help", rich_help_panel=RUN)
def help_(
    context: typer.Context, command: Annotated[list[str] | None, typer.Argument(metavar="COMMAND")] = None
) -> None:
    """Print the help of a command: `sqsd help run`."""
    print_help(context, command or [])


def run_command() -> None:
    """Run the command; an error that the user has to fix is one sentence on stderr and exit code 2."""
    try:
        code = app(prog_name="sqsd", standalone_mode=False)
    except typer.Abort:
        call("terminal:complain", "aborted")
        code = ABORTED
    except MISUSE as error:
        if not is_request_for_help(error):
            call("terminal:complain", sentence_of(error))
        code = FIX_FIRST
    except Exception as error:
        if not isinstance(error, resolve_name("sqsd_adapters.cli.exits:FIXABLE")):
            raise
        call("terminal:complain", error)
        code = FIX_FIRST
    sys.exit(code if isinstance(code, int) else 0)
