"""The options that several commands of ``sqsd dlq`` have, and what they say together."""

from typing import Annotated

import typer

from sqsd_adapters.cli.lazily import call
from sqsd_adapters.cli.queues.options import options

Dlq = Annotated[
    str | None,
    typer.Argument(
        metavar="DLQ", help="URL or name of the dead-letter queue.", show_default="that of QUEUE_URL or --queue"
    ),
]
Id = Annotated[str | None, typer.Option("--id", metavar="ID", help="Only messages whose id begins with ID.")]
Body = Annotated[str | None, typer.Option(metavar="TEXT", help="Only messages whose body contains TEXT.")]
Attribute = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=VALUE",
        help="Only messages with this attribute. NAME alone: any value. You can repeat the option.",
    ),
]
OlderThan = Annotated[str | None, typer.Option(metavar="DURATION", help="Only messages sent longer ago than this.")]
NewerThan = Annotated[str | None, typer.Option(metavar="DURATION", help="Only messages sent within this time.")]
To = Annotated[str | None, typer.Option(metavar="QUEUE", help="URL or name of the queue to send to.")]


def where_given(
    context: typer.Context, queue: str | None, queue_url: str | None, region: str | None, endpoint_url: str | None
) -> object:
    """The queue that the command is about."""
    given = options(context, queue=queue, queue_url=queue_url, region=region, endpoint_url=endpoint_url)
    return call("queues.chosen:chosen", given)


def choice_given(
    message_id: str | None,
    body: str | None,
    attributes: list[str] | None,
    older_than: str | None,
    newer_than: str | None,
) -> object:
    """Which dead letters the options pick."""
    return call(
        "dlq.choice:Choice",
        message_id=message_id,
        body=body,
        attributes=tuple(attributes or ()),
        older_than=None if older_than is None else call("values.durations:read_duration", "--older-than", older_than),
        newer_than=None if newer_than is None else call("values.durations:read_duration", "--newer-than", newer_than),
    )
