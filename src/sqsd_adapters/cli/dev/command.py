"""The options of ``sqsd dev``; what it does is imported when it is called."""

from pathlib import Path
from typing import Annotated

import typer

from sqsd_adapters.cli.lazily import ConfigFile, EnvFile, call, named_config

PORT = 9324  # ElasticMQ's, which development setups expect


def dev(  # noqa: PLR0917
    context: typer.Context,
    invoker_url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Your worker. `:8080` is short for http://127.0.0.1:8080/."),
    ] = None,
    invoker: Annotated[
        str | None, typer.Option(metavar="MODULE:FUNCTION", help="A Python callable instead of a URL.")
    ] = None,
    queue: Annotated[
        str | None, typer.Option(metavar="NAME", help="Name of the queue.", show_default="that of QUEUE_URL, or jobs")
    ] = None,
    hello: Annotated[bool, typer.Option("--hello", help="Send a first message.")] = False,  # noqa: FBT002
    trigger: Annotated[
        tuple[str, str] | None,
        typer.Option(
            metavar="cron NAME",
            help="Run the periodic task NAME now, in the `sqsd dev` that runs already, or else at start.",
        ),
    ] = None,
    port: Annotated[
        int, typer.Option(metavar="PORT", min=0, max=65_535, help="Port of the embedded SQS. 0 takes a free one.")
    ] = PORT,
    page_port: Annotated[
        int | None,
        typer.Option(metavar="PORT", min=0, max=65_535, help="Port of the page.", show_default="the next one"),
    ] = None,
    file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Keep queues and messages in this SQLite file.")
    ] = None,
    env_file: EnvFile = None,  # noqa: ARG001 - its callback reads it
    config_file: ConfigFile = None,  # noqa: ARG001 - likewise
) -> None:
    """Run a queue, the daemon in front of your worker, and a page that shows every message. Needs no AWS account.

    Without a worker, the queue and the page run alone, for a consumer of your own.
    """
    given = call(
        "dev.given:Given",
        invoker_url=invoker_url,
        invoker=invoker,
        queue=queue,
        hello=hello,
        trigger=trigger,
        port=port,
        page_port=((port + 1) % 65_536 if port else 0) if page_port is None else page_port,
        file=file,
        config=named_config(context),
    )
    raise typer.Exit(call("dev.run:run", given))
