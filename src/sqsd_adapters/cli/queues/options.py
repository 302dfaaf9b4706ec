"""The options of commands that work on queues."""

from typing import Annotated

import typer

from sqsd_adapters.cli.lazily import call, named_config

Queue = Annotated[
    str | None,
    typer.Option(
        metavar="QUEUE", help="URL or name of the queue. With --config: name of a table.", show_default="QUEUE_URL"
    ),
]
#: not shown: they are the variables of the configuration
QueueUrl = Annotated[str | None, typer.Option(envvar="QUEUE_URL", hidden=True)]
Region = Annotated[str | None, typer.Option(envvar="AWS_REGION", hidden=True)]
Endpoint = Annotated[str | None, typer.Option(envvar="SQS_ENDPOINT_URL", hidden=True)]

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def options(
    context: typer.Context, *, queue: str | None, queue_url: str | None, region: str | None, endpoint_url: str | None
) -> object:
    """What the command line says about the queue, to be called when the command is carried out."""
    return call(
        "queues.chosen:Options",
        config=named_config(context),
        queue=queue,
        queue_url=queue_url,
        region=region,
        endpoint_url=endpoint_url,
    )
