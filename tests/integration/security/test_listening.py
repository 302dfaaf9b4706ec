"""Which sockets of a daemon listen, as the kernel tells it."""

import socket
import sys
from collections.abc import Iterator
from ipaddress import IPv6Address, ip_address
from pathlib import Path

import pytest

from tests.integration.cli.conftest import House
from tests.support.command import command

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not Path("/proc/self/net/tcp").exists(), reason="asks Linux's /proc"),
]

LISTEN = "0A"  # Linux: include/net/tcp_states.h, TCP_LISTEN
TABLES = ("tcp", "tcp6", "udp", "udp6")


def listening(pid: int) -> set[tuple[str, int]]:
    """Every address at which the process takes what it did not ask for: TCP that listens, UDP that is bound."""
    ours = set(sockets_of(pid))
    found = set()
    for table in TABLES:
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            local, state, inode = fields[1], fields[3], fields[9]
            if inode in ours and (state == LISTEN or table.startswith("udp")):
                found.add(address_of(local))
    return found


def sockets_of(pid: int) -> Iterator[str]:
    """The inodes of the process's sockets."""
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(descriptor.readlink())
        except FileNotFoundError:  # closed since it was listed
            continue
        if target.startswith("socket:["):
            yield target.removeprefix("socket:[").removesuffix("]")


def address_of(text: str) -> tuple[str, int]:
    """Read the kernel's hexadecimal form: words in the machine's order, and the port.

    gRPC binds an IPv4 address as one of IPv6 that stands for it.
    """
    host, _, port = text.partition(":")
    words = (int(host[start : start + 8], 16) for start in range(0, len(host), 8))
    address = ip_address(b"".join(word.to_bytes(4, sys.byteorder) for word in words))
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address), int(port, 16)


@pytest.fixture
def another_free_port(free_port: int) -> int:
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        port: int = reserved.getsockname()[1]
    return port


async def test_monitor_and_probes_listen_on_loopback_unless_told_otherwise(
    house: House, free_port: int, another_free_port: int
) -> None:
    env = {**house.env, "MONITORING_PORT": str(free_port), "PROBE_PORT": str(another_free_port)}
    house.queue.send("hello")
    async with command(env=env) as daemon:
        await house.empty()  # all that a daemon opens is open
        assert listening(daemon.process.pid) == {("127.0.0.1", free_port), ("127.0.0.1", another_free_port)}
        await daemon.drained()


async def test_a_daemon_whose_monitor_is_off_listens_nowhere(house: House) -> None:
    house.queue.send("hello")
    async with command(env={**house.env, "MONITORING_PORT": "-1"}) as daemon:
        await house.empty()
        assert listening(daemon.process.pid) == set()
        await daemon.drained()


async def test_a_monitor_on_every_address_is_warned_of_and_the_only_one_there(house: House, free_port: int) -> None:
    env = {**house.env, "MONITORING_PORT": str(free_port), "MONITORING_HOST": "0.0.0.0"}
    async with command(env=env) as daemon:
        warning = await daemon.until("monitor is reachable from the network without both TLS and authentication")
        assert warning["level"] == "warning"
        # gRPC takes the IPv6 addresses along where the machine has some
        [(address, port)] = listening(daemon.process.pid)
        assert address in {"0.0.0.0", "::"}
        assert port == free_port
        await daemon.drained()
