"""Keeps a history in its file: a thread writes in batches, and no message waits for it."""

import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import islice

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.observer.history.file import HistoryFile, MovedAside, Row
from sqsd_adapters.observer.history.record import text
from sqsd_adapters.observer.history.shelf import Shelf
from sqsd_adapters.printable import printable
from sqsd_adapters.sqlite.file import reason_of
from sqsd_core.message import MessageId

INTERVAL = 1.0  # seconds between two batches
MOST = 1_000  # messages per batch: 10 to 20 ms of CPU. What is forgotten before its turn is never written
MAX_CHANGES = 200_000  # changes that wait for the thread; beyond, everything is written anew

logger = logging.getLogger(__name__)

#: is given what was in the file; returns when it is in the shelf
Restore = Callable[[Sequence[Row]], None]


class Writer:
    """``changed`` is called by the event loop, everything else by the thread."""

    def __init__(self, *, file: HistoryFile, shelf: Shelf, restore: Restore, interval: float = INTERVAL) -> None:
        self._file = file
        self._shelf = shelf
        self._restore = restore
        self._interval = interval
        self._changes: deque[MessageId] = deque()
        self._dropped = 0
        #: what is to be written, in the order of the changes
        self._pending: dict[MessageId, None] = {}
        #: what is in the file
        self._written: set[str] = set()
        #: whether the file must be written anew
        self._anew = False
        self._failing = False
        self._stop = threading.Event()

    def changed(self, message_ids: Iterable[MessageId]) -> None:
        """These messages have changed, or are forgotten; never waits."""
        if len(self._changes) < MAX_CHANGES:
            self._changes.extend(message_ids)
        else:
            self._dropped += 1

    def stop(self) -> None:
        """Let ``run`` write what is left, and return."""
        self._stop.set()

    def open(self) -> None:
        """Open the file and restore what is in it.

        Raises:
            ConfigurationError: a person has to fix something.
        """
        try:
            self._open()
        except MovedAside as moved:
            self._say_moved(moved)
        except (sqlite3.Error, OSError) as error:
            self._say_failure(error)

    def run(self) -> None:
        """Write, until stopped."""
        while not self._stop.wait(self._interval):
            self._step(MOST)
        self._step(MAX_CHANGES)
        self._file.close()

    def _step(self, most: int) -> None:
        try:
            if not self._file.is_open:
                self._open()
            self._write(most)
        except MovedAside as moved:
            self._say_moved(moved)
        except (sqlite3.Error, OSError, ValueError, ConfigurationError) as error:
            self._say_failure(error)

    def _open(self) -> None:
        rows = self._file.open()
        self._written = {row.message_id for row in rows}
        if rows:
            self._restore(rows)
        else:
            self._anew = True

    def _write(self, most: int) -> None:
        self._collect()
        if self._anew:
            records = self._shelf.records.copy()
            self._file.write([self._row(message_id) for message_id in records], alone=True)
            self._written = set(records)
            self._pending.clear()
            self._anew = False
        elif self._pending:
            self._write_some(most)
        if self._failing:
            self._failing = False
            logger.info("history file can be written again", extra={"path": str(self._file.path)})

    def _write_some(self, most: int) -> None:
        records = self._shelf.records
        batch = list(islice(self._pending, most))
        kept = [message_id for message_id in batch if message_id in records]
        gone = [message_id for message_id in batch if message_id not in records and message_id in self._written]
        self._file.write([self._row(message_id) for message_id in kept], gone)
        for message_id in batch:
            del self._pending[message_id]
        self._written.update(kept)
        self._written.difference_update(gone)

    def _collect(self) -> None:
        """Take the changes; what was forgotten before it was written needs no writing."""
        records, changes = self._shelf.records, self._changes
        for _ in range(len(changes)):
            message_id = changes.popleft()
            if message_id in records or message_id in self._written:
                self._pending[message_id] = None
            else:
                self._pending.pop(message_id, None)
        if self._dropped:
            logger.warning("history file is behind, rewriting all of it", extra={"dropped": self._dropped})
            self._dropped, self._anew = 0, True

    def _row(self, message_id: MessageId) -> Row:
        record = self._shelf.records.get(message_id)
        # A copy, because the event loop may add an event meanwhile.
        return Row(message_id, message_id in self._shelf.troubled, "" if record is None else text(record.copy()))

    def _say_moved(self, moved: MovedAside) -> None:
        self._anew = True
        fields = {"path": str(self._file.path), "moved_to": f"{self._file.path}.corrupt"}
        logger.error("history file corrupt, moved aside", extra={**fields, "reason": printable(moved.reason)})

    def _say_failure(self, error: Exception) -> None:
        """Say once that nothing is written, until something is."""
        if not self._failing:
            self._failing = True
            fields = {"path": str(self._file.path), "reason": printable(reason_of(error))}
            logger.warning("history file cannot be written", extra=fields)
