"""An observer: counts the failures of jobs in statsd.

Pass it to ``Sqsd`` or ``serve``: ``observers=[FailureCounter(host="127.0.0.1", port=8125)]``.
"""

import socket

from sqsd import Ending, Message, Observer, Outcome, Retained


class FailureCounter(Observer):
    """Sends a UDP packet per failure, which never blocks; UDP loses what nobody receives."""

    def __init__(self, *, host: str, port: int) -> None:
        self._address = (host, port)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.settimeout(0)

    def close(self) -> None:
        self._socket.close()

    def came_back(self, queue: str, message: Message, outcome: Outcome, ending: Ending) -> None:
        if not isinstance(outcome, Retained):
            self._socket.sendto(f"sqsd.{type(outcome).__name__}:1|c".encode(), self._address)
