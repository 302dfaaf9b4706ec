"""Requests of one turn of the event loop are sent together, after one look at all their connections.

Most of the time of a write goes into waking the worker. Where several requests are written one after the other, the
worker is awake after the first one. The system is also asked only once which connections have something to read.
"""

import select
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from sqsd_adapters.transport.connection import Connection, Waiting

_Request = tuple[Connection, bytes, bytes, Waiting]


class Outbox:
    """Collects the requests of one exchange that go out on kept-alive connections."""

    def __init__(self) -> None:
        self._pending: list[_Request] = []

    def add(self, connection: Connection, head: bytes, body: bytes, future: Waiting) -> None:
        """Send a request at the end of this turn; ``future`` gets its answer, or None where nothing was written.

        The connection is open and carries no other exchange. A request whose future is done by then is not sent.
        """
        connection.reusable = False  # so that the connection of a cancelled call closes
        if not self._pending:
            future.get_loop().call_soon(self.flush)
        self._pending.append((connection, head, body, future))

    def send(self, connection: Connection, head: bytes, body: bytes, future: Waiting) -> None:
        """Send a request at once, since no other one can join it; as ``add`` otherwise."""
        if connection.poll(0):
            connection.reusable = False
            future.set_result(None)
        else:
            connection.send(head, body, future)

    def flush(self) -> None:
        """Send what was added, on connections that wait for a request."""
        pending, self._pending = self._pending, []
        unfit = _readable(pending)
        for connection, head, body, future in pending:
            if future.done():
                continue
            if connection.descriptor not in unfit and not connection.is_closing():
                connection.send(head, body, future)
            else:
                future.set_result(None)


def _readable(pending: Sequence[_Request]) -> AbstractSet[int]:
    """Tell which descriptors have something to read: the end of the stream, or an answer to no request."""
    poll, event = select.poll(), select.POLLIN
    for connection, _, _, _ in pending:
        poll.register(connection.descriptor, event)
    return {descriptor for descriptor, _ in poll.poll(0)}
