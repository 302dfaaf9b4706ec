"""The options of commands that ask running daemons."""

from pathlib import Path
from typing import Annotated, Any

import typer

from sqsd_adapters.cli.lazily import call

LOOPBACK = "127.0.0.1"
PORT = "6969"  # the original's

Addresses = Annotated[
    list[str] | None,
    typer.Option(
        "--address",
        metavar="HOST:PORT",
        help="The gRPC monitor of a daemon, several times.",
        show_default="MONITORING_HOST and _PORT",
    ),
]
UseTls = Annotated[bool, typer.Option("--tls", help="Use TLS and trust the system's CAs.")]
Ca = Annotated[Path | None, typer.Option(metavar="FILE", help="Use TLS and trust the CAs in FILE.")]
Cert = Annotated[Path | None, typer.Option(metavar="FILE", help="Client certificate for mutual TLS.")]
Key = Annotated[Path | None, typer.Option(metavar="FILE", help="Private key of the client certificate.")]
Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        metavar="FILE",
        envvar="SQSD_CONFIG",
        show_envvar=True,
        help="Ask the daemon of FILE (TOML): its monitor's address and token.",
    ),
]
OneQueue = Annotated[str | None, typer.Option(metavar="NAME", help="One queue.", show_default="all queues")]
#: not shown: they are the variables of the configuration
Host = Annotated[str, typer.Option(envvar="MONITORING_HOST", hidden=True)]
Port = Annotated[str, typer.Option(envvar="MONITORING_PORT", hidden=True)]
Token = Annotated[str | None, typer.Option(envvar="MONITORING_TOKEN", hidden=True)]


def monitors(
    addresses: list[str] | None,
    *,
    config: Path | None,
    host: str,
    port: str,
    token: str | None,
    **options: Any,  # noqa: ANN401 - of Monitors
) -> object:
    """The daemons that the options name: by their addresses, else that of the file, else that of the variables."""
    if config is not None:
        host, port, token = call("dialling:of_file", config)
    return call(
        "monitors:Monitors", addresses=addresses or [call("dialling:dialled", host, port)], token=token, **options
    )
