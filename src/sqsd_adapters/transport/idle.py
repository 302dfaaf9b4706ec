"""Which connection is used again: the one used last, as long as the worker is not found to close after each answer.

Some workers close after each answer and do not say so. A request that meets such a close gets no answer. So:

1. Until a second request on one connection was answered, one connection at a time is used again. The others close.
2. After that answer, all are kept.
3. After a connection was dropped, no connection is used again for ``pause`` seconds. Then rule 1 holds again.

None is used again beyond ``max_age`` seconds, so that a name whose address changes is followed.
"""

from math import inf

from sqsd_adapters.transport.connection import Connection


class IdleConnections:
    """A stack: few are kept alive, and those are warm. ``now`` is the loop's time in seconds."""

    def __init__(self, *, keep_alive: float, pause: float, max_age: float = inf) -> None:
        self._keep_alive = keep_alive
        self._max_age = max_age
        self._pause = pause
        self._stack: list[Connection] = []
        #: whether a connection was used twice since the last one that was dropped
        self._proven = False
        #: the one connection that is used a second time, where that is not proven to work
        self._trial: Connection | None = None
        self._resumes_at = 0.0

    def take(self, now: float) -> Connection | None:
        """Pop the connection used last that is open and not too old; close those above it that are not.

        What the loop has not read yet is found when the request is sent: ``Outbox``.
        """
        oldest, first = now - self._keep_alive, now - self._max_age
        while self._stack:
            connection = self._stack.pop()
            if connection.idle_since > oldest and connection.opened_at > first and not connection.is_closing():
                if not self._proven:
                    self._trial = connection
                return connection
            connection.abort()
        return None

    def give(self, connection: Connection, now: float) -> None:
        """Keep a connection after its exchange, or close it."""
        if connection.reusable and (self._proven or self._may_keep(connection, now)):
            connection.idle_since = now
            connection.used = True
            self._stack.append(connection)
        else:
            connection.abort()
        if connection is self._trial:
            self._trial = None

    def suspend(self, now: float) -> None:
        """Close what is kept, and keep no connection for ``pause`` seconds, since one was dropped."""
        self._proven = False
        self._trial = None
        self._resumes_at = now + self._pause
        while self._stack:
            self._stack.pop().abort()

    def _may_keep(self, connection: Connection, now: float) -> bool:
        if now < self._resumes_at:
            return False
        self._proven = connection.used
        return self._proven or (self._trial is None and not self._stack)
