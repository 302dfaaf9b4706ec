"""The options of the commands that show and steer running daemons; what they do is imported when they are called."""

from typing import Annotated

import typer

from sqsd_adapters.cli.lazily import EnvFile, call
from sqsd_adapters.cli.monitor_options import (
    LOOPBACK,
    PORT,
    Addresses,
    Ca,
    Cert,
    Config,
    Host,
    Key,
    OneQueue,
    Port,
    Token,
    UseTls,
    monitors,
)
from sqsd_adapters.cli.queue_options import Json


def status(  # noqa: PLR0917
    address: Addresses = None,
    as_json: Json = False,  # noqa: FBT002
    tls: UseTls = False,  # noqa: FBT002
    ca: Ca = None,
    cert: Cert = None,
    key: Key = None,
    config: Config = None,
    env_file: EnvFile = None,  # noqa: ARG001 - its callback reads it
    host: Host = LOOPBACK,
    port: Port = PORT,
    token: Token = None,
) -> None:
    """Print how running daemons are: whether they receive, and if not, why not."""
    asked = monitors(address, config=config, host=host, port=port, token=token, tls=tls, ca=ca, cert=cert, key=key)
    call("status.status:print_status", monitors=asked, json_wanted=as_json)


def top(  # noqa: PLR0917
    address: Addresses = None,
    once: Annotated[bool, typer.Option("--once", help="Print one picture and exit.")] = False,  # noqa: FBT002
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, one line per status.")] = False,  # noqa: FBT002
    tls: UseTls = False,  # noqa: FBT002
    ca: Ca = None,
    cert: Cert = None,
    key: Key = None,
    config: Config = None,
    env_file: EnvFile = None,  # noqa: ARG001 - its callback reads it
    host: Host = LOOPBACK,
    port: Port = PORT,
    token: Token = None,
) -> None:
    """Watch running daemons live: slots, queues, failures and tasks. `?` shows the keys."""
    asked = monitors(address, config=config, host=host, port=port, token=token, tls=tls, ca=ca, cert=cert, key=key)
    call("top.top:show", monitors=asked, once=once, json_wanted=as_json)


def tasks(  # noqa: PLR0917
    address: Addresses = None,
    as_json: Json = False,  # noqa: FBT002
    tls: UseTls = False,  # noqa: FBT002
    ca: Ca = None,
    cert: Cert = None,
    key: Key = None,
    config: Config = None,
    env_file: EnvFile = None,  # noqa: ARG001 - its callback reads it
    host: Host = LOOPBACK,
    port: Port = PORT,
    token: Token = None,
) -> None:
    """Print the tasks that running daemons have in flight, the longest running first."""
    asked = monitors(address, config=config, host=host, port=port, token=token, tls=tls, ca=ca, cert=cert, key=key)
    call("tasks:print_tasks", monitors=asked, json_wanted=as_json)


def pause(  # noqa: PLR0917
    queue: OneQueue = None,
    lasts: Annotated[
        str | None, typer.Option("--for", metavar="DURATION", help="The pause ends by itself after this time.")
    ] = None,
    address: Addresses = None,
    as_json: Json = False,  # noqa: FBT002
    tls: UseTls = False,  # noqa: FBT002
    ca: Ca = None,
    cert: Cert = None,
    key: Key = None,
    config: Config = None,
    env_file: EnvFile = None,  # noqa: ARG001 - its callback reads it
    host: Host = LOOPBACK,
    port: Port = PORT,
    token: Token = None,
) -> None:
    """Stop receiving now: what runs goes on. Lasts until `sqsd resume`, or until the daemon ends."""
    asked = monitors(address, config=config, host=host, port=port, token=token, tls=tls, ca=ca, cert=cert, key=key)
    call("steering:pause", monitors=asked, queue=queue, lasts=lasts, json_wanted=as_json)


def resume(  # noqa: PLR0917
    queue: OneQueue = None,
    address: Addresses = None,
    as_json: Json = False,  # noqa: FBT002
    tls: UseTls = False,  # noqa: FBT002
    ca: Ca = None,
    cert: Cert = None,
    key: Key = None,
    config: Config = None,
    env_file: EnvFile = None,  # noqa: ARG001 - its callback reads it
    host: Host = LOOPBACK,
    port: Port = PORT,
    token: Token = None,
) -> None:
    """Receive again after `sqsd pause`."""
    asked = monitors(address, config=config, host=host, port=port, token=token, tls=tls, ca=ca, cert=cert, key=key)
    call("steering:resume", monitors=asked, queue=queue, json_wanted=as_json)
