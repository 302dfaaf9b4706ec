"""The options of commands that ask running daemons."""

import inspect
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from sqsd_adapters.cli.lazily import ConfigFile, EnvFile, call, named_config

LOOPBACK = "127.0.0.1"
PORT = "6969"  # the original's

Addresses = Annotated[
    list[str] | None,
    typer.Option(
        "--address",
        metavar="HOST:PORT",
        help="Address of a daemon's gRPC monitor. You can repeat the option.",
        show_default="MONITORING_HOST and _PORT",
    ),
]
UseTls = Annotated[bool, typer.Option("--tls", help="Use TLS and trust the system's CAs.")]
Ca = Annotated[Path | None, typer.Option(metavar="FILE", help="Use TLS and trust the CAs in FILE.")]
Cert = Annotated[Path | None, typer.Option(metavar="FILE", help="Client certificate for mutual TLS.")]
Key = Annotated[Path | None, typer.Option(metavar="FILE", help="Private key of the client certificate.")]
TokenFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        envvar="MONITORING_TOKEN_FILE",
        show_envvar=False,
        help="File with a line `HOST:PORT TOKEN` per daemon, if their tokens differ.",
        show_default="MONITORING_TOKEN for all",
    ),
]
OneQueue = Annotated[str | None, typer.Option(metavar="NAME", help="One queue.", show_default="all queues")]
#: not shown: they are the variables of the configuration
Host = Annotated[str, typer.Option(envvar="MONITORING_HOST", hidden=True)]
Port = Annotated[str, typer.Option(envvar="MONITORING_PORT", hidden=True)]
Token = Annotated[str | None, typer.Option(envvar="MONITORING_TOKEN", hidden=True)]


def _monitors(  # noqa: PLR0917
    context: typer.Context,
    address: Addresses = None,
    tls: UseTls = False,  # noqa: FBT002
    ca: Ca = None,
    cert: Cert = None,
    key: Key = None,
    token_file: TokenFile = None,
    env_file: EnvFile = None,  # noqa: ARG001 - its callback reads it
    config_file: ConfigFile = None,  # noqa: ARG001 - likewise
    host: Host = LOOPBACK,
    port: Port = PORT,
    token: Token = None,
) -> object:
    """The daemons that the options name: by their addresses, else that of the file, else that of the variables."""
    if (config := named_config(context)) is not None:
        host, port, token = call("monitors.dialling:of_file", config)
    addresses = call("monitors.dialling:named", address) if address else [call("monitors.dialling:dialled", host, port)]
    tokens = {} if token_file is None else call("monitors.token_file:read_tokens", token_file)
    tls_options = {"tls": tls, "ca": ca, "cert": cert, "key": key}
    return call("monitors.monitors:Monitors", addresses=addresses, token=token, tokens=tokens, **tls_options)


def asks_monitors(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that name daemons, in place of its argument ``monitors``."""
    own, options = inspect.signature(command), inspect.signature(_monitors)

    @wraps(command)
    def asking(**given: Any) -> None:  # noqa: ANN401 - the values of options
        monitors = _monitors(**{name: given.pop(name) for name in options.parameters})
        command(monitors=monitors, **given)

    context, *shared = options.parameters.values()
    parameters = [each for name, each in own.parameters.items() if name != "monitors"]
    asking.__signature__ = own.replace(parameters=[context, *parameters, *shared])  # type: ignore[attr-defined]
    asking.__annotations__ = {**command.__annotations__, **_monitors.__annotations__, "return": None}
    return asking
