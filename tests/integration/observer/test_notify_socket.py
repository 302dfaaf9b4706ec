"""The socket to systemd, without a daemon."""

from pathlib import Path

import pytest

from sqsd_adapters.observer.notify_socket import NotifySocket
from tests.support.notified import Notified

pytestmark = pytest.mark.integration


async def test_assignments_go_in_one_datagram(tmp_path: Path) -> None:
    socket = NotifySocket(address=str(tmp_path / "notify"))
    socket.open()
    try:
        with Notified.at(tmp_path) as systemd:
            assert socket.send(["READY=1", "STATUS=receiving"])
            assert await systemd.until(bool) == {"READY": "1", "STATUS": "receiving"}
    finally:
        socket.close()


def test_a_socket_that_is_gone_is_logged_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    socket = NotifySocket(address=str(tmp_path / "gone"))
    socket.open()
    try:
        assert [socket.send(["WATCHDOG=1"]), socket.send(["WATCHDOG=1"])] == [False, False]
    finally:
        socket.close()
    assert [record.message for record in caplog.records] == ["NOTIFY_SOCKET cannot be used"]
