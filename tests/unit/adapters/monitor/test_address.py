"""The sentences for an address that cannot be listened on."""

import errno
import os

import pytest

from sqsd_adapters.errors import AddressInUse, ConfigurationError
from sqsd_adapters.monitor.address import cannot_listen, is_loopback
from sqsd_core.errors import SqsdError


def sentence_for(number: int) -> SqsdError:
    error = OSError(number, os.strerror(number))
    return cannot_listen(error, host="127.0.0.1", port=80, variables="PROBE")


def test_a_taken_port_names_the_address_and_the_variable() -> None:
    error = sentence_for(errno.EADDRINUSE)
    assert isinstance(error, AddressInUse)
    assert "127.0.0.1:80 is taken" in str(error)
    assert "PROBE_PORT" in str(error)


@pytest.mark.parametrize(
    ("number", "variable"),
    [(errno.EACCES, "PROBE_PORT"), (errno.EADDRNOTAVAIL, "PROBE_HOST"), (errno.EAFNOSUPPORT, "PROBE_HOST")],
)
def test_any_other_refusal_of_the_system_names_the_variable_at_fault(number: int, variable: str) -> None:
    error = sentence_for(number)
    assert isinstance(error, ConfigurationError)
    assert str(error).startswith(variable)
    assert os.strerror(number) in str(error)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_loopback_is_known(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "sqsd.internal"])
def test_anything_else_counts_as_reachable(host: str) -> None:
    assert not is_loopback(host)
