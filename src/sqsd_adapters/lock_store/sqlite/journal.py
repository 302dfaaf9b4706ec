"""The records of one queue in an open file: each call reads what other daemons wrote, does its steps, writes them.

The table itself is in the memory of each daemon, and follows from the records. One record per call costs a fraction of
one row per message, and a restart reads the records again.
"""

import sqlite3
from collections.abc import Sequence

from sqsd_adapters.lock_store.sqlite.record import Garbled, Record, Replica, records, replay
from sqsd_adapters.lock_store.sqlite.timeline import Timeline
from sqsd_adapters.lock_store.steps import Step

SLICE = 500  # records that one transaction deletes: about a millisecond

_READ = "SELECT seq, at, done, until, iif(queue = ?, steps, NULL) FROM records WHERE seq > ? ORDER BY seq"
_WRITE = "INSERT INTO records (queue, at, until, done, steps) VALUES (?, ?, ?, ?, ?)"
#: what is expired, leases before the snapshot, and done messages beyond the room; leases of other queues are left to
#: their daemons for as long as they may last. The last record stays, so that no number is given twice
_SUPERFLUOUS = """
SELECT seq FROM records WHERE seq < (SELECT max(seq) FROM records)
    AND iif(queue = :queue AND done = 0, seq < :snapshot, until <= :now)
UNION
SELECT seq FROM (
    SELECT seq, sum(done) OVER (ORDER BY seq DESC) - done AS newer FROM records WHERE queue = :queue AND done > 0
) WHERE newer >= :room
LIMIT :slice
"""
_DELETE = f"DELETE FROM records WHERE seq IN ({_SUPERFLUOUS})"  # noqa: S608 - ours


class Journal:
    """Used by one thread. After an error it is of no use any more: the table may be ahead of the file."""

    def __init__(self, *, connection: sqlite3.Connection, timeline: Timeline, queue: str, max_done: int) -> None:
        self._cursor = connection.cursor()  # one for all: making one per statement is a tenth of a transaction
        self._timeline = timeline
        self._queue = queue
        self._max_done = max_done
        self._replica = Replica(max_done=max_done)
        self._seq = 0
        self._snapshot = 0

    @property
    def forgotten(self) -> int:
        """Done messages that were forgotten early because there were too many."""
        return self._replica.table.forgotten

    def execute(self, steps: Sequence[Step]) -> str:
        """Do the steps in one transaction; returns one letter per lock.

        Raises:
            sqlite3.Error: the file failed
            Garbled: a record cannot be read
        """
        self._begin()
        self._catch_up()
        now = self._timeline.now()
        letters = self._replica.apply(steps, at=now)
        for record in records(steps, letters):
            self._append(record, now)
        self._commit()
        return letters

    def expire(self) -> int:
        """Remove expired entries from the table, and write down the leases of this moment; returns their number."""
        self._begin()
        self._catch_up()
        now = self._timeline.now()
        gone = self._replica.table.expire(now=now)
        self._append(self._replica.snapshot(now=now), now)
        self._snapshot = self._seq
        self._commit()
        return gone

    def sweep(self) -> int:
        """Delete a slice of the records that no longer matter; returns their number."""
        values = {"queue": self._queue, "snapshot": self._snapshot, "room": self._max_done, "slice": SLICE}
        self._begin()
        deleted = self._cursor.execute(_DELETE, {**values, "now": self._timeline.now()}).rowcount
        self._commit()
        return deleted

    def close(self) -> None:
        """Give up a statement that failed: with one under way a connection keeps the file open after its end."""
        self._cursor.close()

    def _begin(self) -> None:
        self._cursor.execute("BEGIN IMMEDIATE")

    def _commit(self) -> None:
        """End the transaction; after an error the connection is closed, which rolls back."""
        self._cursor.execute("COMMIT")

    def _catch_up(self) -> None:
        for seq, at, done, until, steps in self._cursor.execute(_READ, (self._queue, self._seq)):
            if not (type(at) is type(until) is float and type(done) is int):
                raise Garbled
            if steps is not None:
                replay(steps, self._replica, at=at)
            self._seq = seq

    def _append(self, record: Record, now: float) -> None:
        # A record outlives every lease that it may end.
        until = max(self._replica.latest, now + record.milliseconds / 1000)
        row = (self._queue, now, until, record.done, record.text)
        self._seq = self._cursor.execute(_WRITE, row).lastrowid or 0
