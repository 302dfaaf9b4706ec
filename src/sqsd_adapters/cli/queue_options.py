"""The options of commands that work on queues."""

from typing import Annotated

import typer

Queue = Annotated[str | None, typer.Option(metavar="QUEUE", help="URL or name of the queue.", show_default="QUEUE_URL")]
#: not shown: they are the variables of the configuration
QueueUrl = Annotated[str | None, typer.Option(envvar="QUEUE_URL", hidden=True)]
Region = Annotated[str | None, typer.Option(envvar="AWS_REGION", hidden=True)]
Endpoint = Annotated[str | None, typer.Option(envvar="SQS_ENDPOINT_URL", hidden=True)]

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
