"""What the system is told of a connection: when to give the other host up."""

import math
import os
import socket
from contextlib import suppress
from pathlib import Path

DEAD_WITHIN = 120  # seconds; row 38

TCP_OPTIONS = ("TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT", "TCP_USER_TIMEOUT")


def options_of_connections_to(port: int) -> list[dict[str, int]]:
    """Read the options of each socket of this process that is connected to ``port``."""
    found = []
    for descriptor in [int(each.name) for each in Path("/proc/self/fd").iterdir() if each.is_socket()]:
        with socket.socket(fileno=os.dup(descriptor)) as connected, suppress(OSError):
            if connected.family == socket.AF_INET and connected.getpeername()[1] == port:
                found.append(_options(connected))
    return found


def seconds_until_dead(options: dict[str, int]) -> float:
    """Tell how long a host that has vanished is waited for."""
    if not options["SO_KEEPALIVE"] or not options["TCP_USER_TIMEOUT"]:
        return math.inf
    probed = options["TCP_KEEPIDLE"] + options["TCP_KEEPINTVL"] * options["TCP_KEEPCNT"]
    return max(probed, options["TCP_USER_TIMEOUT"] / 1000)


def _options(connected: socket.socket) -> dict[str, int]:
    options = {name: connected.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)) for name in TCP_OPTIONS}
    return {**options, "SO_KEEPALIVE": connected.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)}
