"""Names with several addresses, some of which cannot be listened on."""

import errno
import socket

import pytest

from sqsd_adapters.monitor.address import check_bindable

pytestmark = pytest.mark.integration

OURS = (socket.AF_INET6, ("::1", 0, 0, 0))
FOREIGN = (socket.AF_INET, ("192.0.2.1", 0))  # RFC 5737: nobody's


def test_a_name_of_which_one_address_is_taken_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = (socket.AF_INET, other.getsockname())
        with pytest.raises(OSError, match="in use") as failure:
            check_bindable([OURS, FOREIGN, taken])
    assert failure.value.errno == errno.EADDRINUSE


def test_a_name_of_which_one_address_is_ours_can_be_listened_on() -> None:
    check_bindable([FOREIGN, OURS])


def test_a_name_of_which_no_address_is_ours_cannot() -> None:
    with pytest.raises(OSError, match="assign") as failure:
        check_bindable([FOREIGN])
    assert failure.value.errno == errno.EADDRNOTAVAIL
