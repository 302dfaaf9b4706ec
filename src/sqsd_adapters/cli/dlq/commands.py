"""The commands of ``sqsd dlq`` and their options; what they do is imported when they are called."""

from pathlib import Path
from typing import Annotated

import typer

from sqsd_adapters.cli.dlq.options import Attribute, Body, Dlq, Id, NewerThan, OlderThan, To, choice_given, where_given
from sqsd_adapters.cli.help import Commands
from sqsd_adapters.cli.lazily import ConfigFile, EnvFile, call, named_config
from sqsd_adapters.cli.monitors.options import LOOPBACK, PORT
from sqsd_adapters.cli.queues.options import Endpoint, Json, Queue, QueueUrl, Region, options

app = typer.Typer(cls=Commands, no_args_is_help=True, help="List, look at, send back or delete dead letters.")


@app.command()
def ls(  # noqa: PLR0917
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="All dead-letter queues of the account.")] = False,  # noqa: FBT002
    address: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HOST:PORT",
            help="Address of a gRPC monitor to ask for causes. You can repeat the option.",
            show_default="MONITORING_HOST and _PORT",
        ),
    ] = None,
    sample: Annotated[  # noqa: FBT002
        bool, typer.Option("--age", help="Receive up to ten messages and show the age of the oldest of them.")
    ] = False,
    as_json: Json = False,  # noqa: FBT002
    queue: Queue = None,
    env_file: EnvFile = None,  # noqa: ARG001 - its callback reads it
    config_file: ConfigFile = None,  # noqa: ARG001 - likewise
    queue_url: QueueUrl = None,
    region: Region = None,
    endpoint_url: Endpoint = None,
    host: Annotated[str, typer.Option(envvar="MONITORING_HOST", hidden=True)] = LOOPBACK,
    port: Annotated[str, typer.Option(envvar="MONITORING_PORT", hidden=True)] = PORT,
    token: Annotated[str | None, typer.Option(envvar="MONITORING_TOKEN", hidden=True)] = None,
) -> None:
    """List dead-letter queues with the number of their messages, and with causes if a daemon knows them."""
    given = options(context, queue=queue, queue_url=queue_url, region=region, endpoint_url=endpoint_url)
    monitors = call(
        "dlq.monitors:monitors", config=named_config(context), addresses=address, host=host, port=port, token=token
    )
    call(
        "dlq.ls:print_queues",
        places=call("queues.chosen:all_chosen", given),
        everything=everything,
        sample=sample,
        as_json=as_json,
        monitors=monitors,
        monitors_named=address is not None,
    )


@app.command()
def peek(  # noqa: PLR0917
    context: typer.Context,
    dlq: Dlq = None,
    message_id: Id = None,
    body: Body = None,
    attribute: Attribute = None,
    older_than: OlderThan = None,
    newer_than: NewerThan = None,
    most: Annotated[int, typer.Option("--max", metavar="N", min=1, help="Show at most N messages.")] = 10,
    as_json: Json = False,  # noqa: FBT002
    queue: Queue = None,
    env_file: EnvFile = None,  # noqa: ARG001 - its callback reads it
    config_file: ConfigFile = None,  # noqa: ARG001 - likewise
    queue_url: QueueUrl = None,
    region: Region = None,
    endpoint_url: Endpoint = None,
) -> None:
    """Show dead letters. They stay in the queue, but looking at one counts as a receive."""
    call(
        "dlq.peek:print_letters",
        where=where_given(context, queue, queue_url, region, endpoint_url),
        given=dlq,
        choice=choice_given(message_id, body, attribute, older_than, newer_than),
        most=most,
        as_json=as_json,
    )


@app.command()
def dump(  # noqa: PLR0917
    context: typer.Context,
    dlq: Dlq = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to FILE.", show_default="stdout")
    ] = None,
    message_id: Id = None,
    body: Body = None,
    attribute: Attribute = None,
    older_than: OlderThan = None,
    newer_than: NewerThan = None,
    most: Annotated[int | None, typer.Option("--max", metavar="N", min=1, help="Write at most N messages.")] = None,
    queue: Queue = None,
    env_file: EnvFile = None,  # noqa: ARG001 - its callback reads it
    config_file: ConfigFile = None,  # noqa: ARG001 - likewise
    queue_url: QueueUrl = None,
    region: Region = None,
    endpoint_url: Endpoint = None,
) -> None:
    """Write dead letters as JSON lines, which `sqsd dlq send` reads. They stay in the queue."""
    call(
        "dlq.peek:dump_letters",
        where=where_given(context, queue, queue_url, region, endpoint_url),
        given=dlq,
        choice=choice_given(message_id, body, attribute, older_than, newer_than),
        most=most,
        output=output,
    )


@app.command()
def send(  # noqa: PLR0917
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="JSON lines of `sqsd dlq dump`. `-` is stdin.")],
    to: To = None,
    delete: Annotated[  # noqa: FBT002
        bool, typer.Option("--delete", help="Delete the originals from the dead-letter queue after they were sent.")
    ] = False,
    skip: Annotated[int, typer.Option(metavar="N", min=0, help="Skip the first N messages of the file.")] = 0,
    queue: Queue = None,
    env_file: EnvFile = None,  # noqa: ARG001 - its callback reads it
    config_file: ConfigFile = None,  # noqa: ARG001 - likewise
    queue_url: QueueUrl = None,
    region: Region = None,
    endpoint_url: Endpoint = None,
) -> None:
    """Send the messages of a dump, edited or not, to the queue. The original id is kept in an attribute."""
    where = where_given(context, queue, queue_url, region, endpoint_url)
    call("dlq.resend:send_lines", where=where, file=file, to=to, skip=skip, delete=delete)


@app.command()
def redrive(  # noqa: PLR0917
    context: typer.Context,
    dlq: Dlq = None,
    to: To = None,
    message_id: Id = None,
    body: Body = None,
    attribute: Attribute = None,
    older_than: OlderThan = None,
    newer_than: NewerThan = None,
    most: Annotated[int | None, typer.Option("--max", metavar="N", min=1, help="Send at most N messages.")] = None,
    rate: Annotated[
        int | None, typer.Option(metavar="N", min=1, max=500, help="Messages per second.", show_default="SQS decides")
    ] = None,
    canary: Annotated[
        int, typer.Option(metavar="N", min=0, help="Send N messages and wait for their success before the rest.")
    ] = 0,
    canary_wait: Annotated[str, typer.Option(metavar="DURATION", help="How long --canary waits.")] = "5m",
    copy: Annotated[  # noqa: FBT002
        bool,
        typer.Option(
            "--copy",
            help="Send the messages one by one instead of SQS's move task. Keeps the original id in an attribute.",
        ),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be sent.")] = False,  # noqa: FBT002
    cancel: Annotated[bool, typer.Option("--cancel", help="Cancel the move task that runs.")] = False,  # noqa: FBT002
    no_wait: Annotated[  # noqa: FBT002
        bool, typer.Option("--no-wait", help="Start the move task and exit. SQS continues the task.")
    ] = False,
    as_json: Json = False,  # noqa: FBT002
    queue: Queue = None,
    env_file: EnvFile = None,  # noqa: ARG001 - its callback reads it
    config_file: ConfigFile = None,  # noqa: ARG001 - likewise
    queue_url: QueueUrl = None,
    region: Region = None,
    endpoint_url: Endpoint = None,
) -> None:
    """Send dead letters back to the queue in which they failed.

    Without a filter, SQS moves all of them (a move task). With a filter, --max, --canary or --copy, sqsd receives,
    sends and deletes them. Then a crash in between can leave a message in both queues, but never loses one.
    """
    order = call(
        "dlq.redrive:Order",
        given=dlq,
        to=to,
        choice=choice_given(message_id, body, attribute, older_than, newer_than),
        rate=rate,
        most=most,
        canary=canary,
        canary_wait=call("values.durations:read_duration", "--canary-wait", canary_wait),
        copy=copy,
        dry_run=dry_run,
        cancel=cancel,
        wait=not no_wait,
        as_json=as_json,
    )
    call("dlq.redrive:redrive", where=where_given(context, queue, queue_url, region, endpoint_url), order=order)


@app.command()
def purge(  # noqa: PLR0917
    context: typer.Context,
    dlq: Dlq = None,
    confirm: Annotated[
        str | None, typer.Option(metavar="NAME", help="The queue's name, for scripts. Without it, sqsd asks.")
    ] = None,
    queue: Queue = None,
    env_file: EnvFile = None,  # noqa: ARG001 - its callback reads it
    config_file: ConfigFile = None,  # noqa: ARG001 - likewise
    queue_url: QueueUrl = None,
    region: Region = None,
    endpoint_url: Endpoint = None,
) -> None:
    """Delete all dead letters of a queue. Asks for the queue's name."""
    where = where_given(context, queue, queue_url, region, endpoint_url)
    call("dlq.purge:purge", where=where, given=dlq, confirmed=confirm)
