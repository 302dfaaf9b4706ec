"""The socket on which systemd is told how the service is doing; see sd_notify(3)."""

import logging
import socket
from collections.abc import Sequence

logger = logging.getLogger(__name__)


class NotifySocket:
    """Sends datagrams to the address in NOTIFY_SOCKET: a path, or an abstract name that begins with ``@``.

    Sending never blocks and never raises. What cannot be sent is lost, and the log says so once.
    """

    def __init__(self, *, address: str) -> None:
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._failed = False

    def open(self) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)

    def close(self) -> None:
        self._socket.close()

    def send(self, lines: Sequence[str]) -> bool:
        """Send assignments such as ``READY=1`` in one datagram; returns whether that was possible."""
        try:
            self._socket.sendto("\n".join(lines).encode(), self._address)
        except OSError as error:
            self._note(error)
            return False
        return True

    def _note(self, error: OSError) -> None:
        if not self._failed:
            logger.warning("NOTIFY_SOCKET cannot be used", extra={"reason": error.strerror or str(error)})
        self._failed = True
