"""The lock file as its thread uses it: opened when it is needed, dropped after an error, put aside if it is corrupt."""

import logging
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.lock_store.sqlite.file import LOCKS, is_writable_by_others, prepare
from sqsd_adapters.lock_store.sqlite.journal import Journal
from sqsd_adapters.lock_store.sqlite.record import Garbled
from sqsd_adapters.lock_store.sqlite.timeline import Timeline
from sqsd_adapters.lock_store.steps import Step
from sqsd_adapters.printable import printable
from sqsd_adapters.sqlite.aside import Identity, identity, set_aside
from sqsd_adapters.sqlite.file import connect, create, is_corrupt, is_refused, reason_of
from sqsd_core.errors import LockStoreUnavailable

logger = logging.getLogger(__name__)

T = TypeVar("T")


class Session:
    """All methods raise LockStoreUnavailable, or ConfigurationError where a person has to fix something."""

    def __init__(self, *, path: Path, queue: str, timeline: Timeline, busy: float, max_done: int) -> None:
        self._path = path
        self._queue = queue
        self._timeline = timeline
        self._busy = busy
        self._max_done = max_done
        self._connection: sqlite3.Connection | None = None
        self._journal: Journal | None = None
        self._identity: Identity | None = None
        self._ours = False

    def open(self) -> None:
        self._do(lambda _: None)

    def execute(self, steps: Sequence[Step]) -> str:
        return self._do(lambda journal: journal.execute(steps))

    def sweep(self) -> int:
        """Delete a slice of the records that no longer matter; returns their number."""
        return self._do(Journal.sweep)

    def expire(self) -> tuple[int, int]:
        """Return how many expired entries were removed from the table, and how many were forgotten early."""
        return self._do(lambda journal: (journal.expire(), journal.forgotten))

    def close(self) -> None:
        journal, connection = self._journal, self._connection
        self._journal = self._connection = None
        with suppress(sqlite3.Error):
            if journal is not None:
                journal.close()
            if connection is not None:
                connection.close()

    def _current(self) -> Journal:
        if self._journal is not None and identity(self._path) != self._identity:
            self.close()  # deleted, or replaced: other daemons use another file by now
        return self._journal or self._open()

    def _open(self) -> Journal:
        self._ours = False
        create(self._path)
        self._identity = identity(self._path)
        self._connection = connection = connect(self._path, busy=self._busy)
        self._ours = LOCKS.is_format_of(connection, self._path)
        prepare(connection, self._timeline)
        self._ours = True
        if is_writable_by_others(self._path):
            logger.warning("lock file is writable by other users", extra={"path": str(self._path)})
        self._journal = Journal(
            connection=connection, timeline=self._timeline, queue=self._queue, max_done=self._max_done
        )
        return self._journal

    def _do(self, action: Callable[[Journal], T]) -> T:
        try:
            return action(self._current())
        except BaseException as error:
            self.close()
            if isinstance(error, sqlite3.Error | Garbled | OSError):
                raise self._translation(error) from None
            raise

    def _translation(self, error: sqlite3.Error | Garbled | OSError) -> Exception:
        if isinstance(error, Garbled) or is_corrupt(error):
            return self._corrupt(error)
        reason = printable(f"{self._path}: {reason_of(error)}")
        if is_refused(error):
            return ConfigurationError(f"locks cannot be kept in {reason}; check SQLITE_LOCKER_PATH and its directory")
        return LockStoreUnavailable(f"SQLite: {reason}")

    def _corrupt(self, error: Exception) -> Exception:
        try:
            if not (self._ours or LOCKS.is_in_header_of(self._path)):
                return ConfigurationError(
                    f"{self._path} is not a lock file of sqsd; choose another path, or delete the file"
                )
            if self._identity is not None and set_aside(self._path, corrupt=self._identity):
                fields = {"path": str(self._path), "moved_to": f"{self._path}.corrupt"}
                logger.error("lock file corrupt, moved aside", extra={**fields, "reason": printable(reason_of(error))})
        except OSError as failure:
            return LockStoreUnavailable(printable(f"SQLite: {self._path} is corrupt, and stays: {reason_of(failure)}"))
        return LockStoreUnavailable(f"SQLite: {self._path} is corrupt; a new file takes its place")
