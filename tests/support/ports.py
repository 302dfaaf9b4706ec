"""Ports for servers that a process of a test starts later."""

import socket
from contextlib import suppress
from random import SystemRandom

#: below those that the kernel gives to whoever asks for any, so that no other server of the test gets it meanwhile
KNOWN_FREE = range(20_000, 32_000)


def unused_port() -> int:
    """A port of loopback that nothing listens on."""
    while True:
        port = SystemRandom().choice(KNOWN_FREE)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
