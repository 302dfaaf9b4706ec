"""Whether an address can be listened on, asked of the system, whose answers say which variable to change."""

import asyncio
import errno
import ipaddress
import socket
from collections.abc import Sequence
from typing import TypeAlias

from sqsd_adapters.errors import AddressInUse, ConfigurationError
from sqsd_core.errors import SqsdError

EXPOSED = "monitor is reachable from the network without both TLS and authentication"

Address: TypeAlias = tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]


async def check_free(*, host: str, port: int, variables: str) -> None:
    """Raise AddressInUse or ConfigurationError where ``host``:``port`` cannot be listened on.

    ``variables`` is the prefix of the two that set the address: ``MONITORING`` of MONITORING_HOST and _PORT.
    """
    try:
        found = await asyncio.get_running_loop().getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        check_bindable([(family, address) for family, _, _, _, address in found])
    except OSError as error:
        raise cannot_listen(error, host=host, port=port, variables=variables) from error


def check_bindable(addresses: Sequence[tuple[int, Address]]) -> None:
    """Raise the system's OSError unless none of a name's addresses is taken and one at least is ours."""
    failed = [failure for family, address in addresses if (failure := _bind(family, address))]
    taken = [failure for failure in failed if failure.errno == errno.EADDRINUSE]
    if taken or len(failed) == len(addresses):
        raise (taken or failed)[0]


def cannot_listen(error: OSError, *, host: str, port: int, variables: str) -> SqsdError:
    """The sentence for what the system said of an address."""
    if error.errno == errno.EADDRINUSE:
        return AddressInUse(
            f"{host}:{port} is taken, another process listens there; "
            f"set {variables}_PORT to a free port, or to -1 for none"
        )
    if error.errno in {errno.EACCES, errno.EPERM}:
        return ConfigurationError(f"{variables}_PORT: no permission to listen on port {port}: {error.strerror}")
    return ConfigurationError(f"{variables}_HOST: cannot listen on {host}: {error.strerror}")


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach ``host``; a name other than localhost counts as reachable."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_exposed(host: str, *, tls: bool, authenticated: bool) -> bool:
    """Whether strangers can reach a monitor there, and either read along or ask it."""
    return not ((tls and authenticated) or is_loopback(host))


def _bind(family: int, address: Address) -> OSError | None:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as listener:
            # As gRPC and asyncio do: connections of a former process that are in TIME_WAIT are no hindrance.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
    except OSError as error:
        return error
    return None
