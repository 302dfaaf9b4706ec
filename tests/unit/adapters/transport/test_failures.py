"""Whose fault it is that no connection came about."""

import errno
import resource
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from sqsd_adapters.transport.exchange import NotConnected, OutOfDescriptors
from sqsd_adapters.transport.failures import connect_failure

SEVERAL = OSError("Multiple exceptions: [Errno 111] Connect call failed ('::1', 80), [Errno 101] ('10.1.2.3', 80)")


@contextmanager
def no_descriptors() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM])
def test_a_shortage_of_ours_is_not_blamed_on_the_worker(number: int) -> None:
    assert isinstance(connect_failure(OSError(number, "none left")), OutOfDescriptors)


@pytest.mark.parametrize("error", [socket.gaierror(socket.EAI_NONAME, "unknown"), SEVERAL])
def test_a_shortage_behind_another_error_is_found(error: OSError) -> None:
    with no_descriptors():
        failure = connect_failure(error)
    assert isinstance(failure, OutOfDescriptors)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (socket.gaierror(socket.EAI_NONAME, "unknown"), "name not found"),
        (ConnectionRefusedError(errno.ECONNREFUSED, "Connect call failed ('10.1.2.3', 80)"), "connection refused"),
        (TimeoutError(), "connect time-out"),
        (OSError(errno.ENETUNREACH, "Connect call failed ('10.1.2.3', 80)"), "not connected: Network is unreachable"),
        (SEVERAL, "not connected: each address failed in another way"),
    ],
)
def test_a_reason_names_no_address(error: OSError, reason: str) -> None:
    failure = connect_failure(error)
    assert isinstance(failure, NotConnected)
    assert str(failure) == reason
