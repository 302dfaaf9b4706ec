"""TCP keep-alive, by which a connection to a host that has vanished ends."""

import socket

from aiohappyeyeballs import AddrInfoType

_IDLE = 30  # seconds of silence before the first probe
_INTERVAL = 10  # seconds between probes
_COUNT = 6  # probes without an answer that end the connection: after 90 s in all
_UNACKNOWLEDGED = 90_000  # milliseconds that sent bytes wait for the other kernel; without it, Linux tries for 15 min

_OPTIONS = (
    ("TCP_KEEPIDLE", _IDLE),
    ("TCP_KEEPALIVE", _IDLE),  # macOS: its name for TCP_KEEPIDLE
    ("TCP_KEEPINTVL", _INTERVAL),
    ("TCP_KEEPCNT", _COUNT),
    ("TCP_USER_TIMEOUT", _UNACKNOWLEDGED),
)


def watched_socket(info: AddrInfoType) -> socket.socket:
    """Make the socket that a connection to this address uses."""
    family, kind, protocol, _, _ = info
    made = socket.socket(family, kind, protocol)
    keep_alive(made)
    return made


def keep_alive(connection: socket.socket) -> None:
    """Have a TCP connection to a vanished host end within two minutes, whether it waits or sends."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _OPTIONS:
        if option := getattr(socket, name, None):
            connection.setsockopt(socket.IPPROTO_TCP, option, value)


def be_patient(connection: socket.socket) -> None:
    """Wait for a host that answers and takes no bytes: the body is longer than what its kernel buffers."""
    if connection.family != socket.AF_UNIX and (option := getattr(socket, "TCP_USER_TIMEOUT", None)):
        connection.setsockopt(socket.IPPROTO_TCP, option, 0)
