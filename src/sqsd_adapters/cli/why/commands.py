"""The options of ``sqsd why``; what the command does is imported when it is called."""

from pathlib import Path
from typing import Annotated

import typer

from sqsd_adapters.cli.lazily import EnvFile, call
from sqsd_adapters.cli.queue_options import Json

LOOPBACK = "127.0.0.1"
PORT = "6969"  # the original's


def why(  # noqa: PLR0917
    message_id: Annotated[
        str | None, typer.Argument(metavar="ID", help="The message id, or its beginning.", show_default=False)
    ] = None,
    failed: Annotated[bool, typer.Option("--failed", help="List why messages failed, with counts.")] = False,  # noqa: FBT002
    cause: Annotated[
        str | None, typer.Option(metavar="TEXT", help="List the messages that failed for this reason.")
    ] = None,
    queue: Annotated[str | None, typer.Option(metavar="NAME", help="Only messages of this queue.")] = None,
    address: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HOST:PORT",
            help="The gRPC monitor of a daemon, several times.",
            show_default="MONITORING_HOST and _PORT",
        ),
    ] = None,
    as_json: Json = False,  # noqa: FBT002
    tls: Annotated[bool, typer.Option("--tls", help="Use TLS and trust the system's CAs.")] = False,  # noqa: FBT002
    ca: Annotated[Path | None, typer.Option(metavar="FILE", help="Use TLS and trust the CAs in FILE.")] = None,
    cert: Annotated[Path | None, typer.Option(metavar="FILE", help="Client certificate for mutual TLS.")] = None,
    key: Annotated[Path | None, typer.Option(metavar="FILE", help="Private key of the client certificate.")] = None,
    env_file: EnvFile = None,  # noqa: ARG001 - its callback reads it
    host: Annotated[str, typer.Option(envvar="MONITORING_HOST", hidden=True)] = LOOPBACK,
    port: Annotated[str, typer.Option(envvar="MONITORING_PORT", hidden=True)] = PORT,
    token: Annotated[str | None, typer.Option(envvar="MONITORING_TOKEN", hidden=True)] = None,
) -> None:
    """Print what happened to a message, or why messages failed. Asks the history of running daemons.

    A daemon remembers the last HISTORY_SIZE messages. Exits with 1 if no daemon knows the message.
    """
    call(
        "why.why:explain",
        monitors=call(
            "why.why:Monitors",
            addresses=address or [call("tasks:dialled", host, port)],
            token=token,
            tls=tls,
            ca=ca,
            cert=cert,
            key=key,
        ),
        query=call("why.why:Query", message_id=message_id or "", failed=failed, cause=cause or "", queue=queue or ""),
        json_wanted=as_json,
    )
