"""The file of a history: one row per message, in SQLite; used by one thread, and by one process at a time."""

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.sqlite.aside import Identity, identity, set_aside
from sqsd_adapters.sqlite.file import Format, connect, create, is_corrupt, is_refused, reason_of, write_ahead

HISTORY = Format(application=0x73717368, version=1)  # "sqsh"
BUSY = 0.2  # seconds to wait for another process that has the file

_TABLES = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS lives (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, troubled INTEGER NOT NULL, record TEXT NOT NULL
);
PRAGMA application_id = {HISTORY.application};
PRAGMA user_version = {HISTORY.version};
COMMIT;
"""
_WRITE = """
INSERT INTO lives (id, troubled, record) VALUES (?, ?, ?)
ON CONFLICT (id) DO UPDATE SET troubled = excluded.troubled, record = excluded.record
"""


class Row(NamedTuple):
    """One message, as text."""

    message_id: str
    #: whether it had trouble, and so is remembered longer
    troubled: bool
    record: str


class MovedAside(Exception):
    """The file was corrupt, and is out of the way; the next one is empty."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class HistoryFile:
    """All methods raise sqlite3.Error or OSError where the disk fails, and MovedAside where the file was corrupt."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection: sqlite3.Connection | None = None
        self._identity: Identity | None = None

    @property
    def is_open(self) -> bool:
        """Whether the file is open, and still in its place."""
        return self._connection is not None and identity(self.path) == self._identity

    def open(self) -> Sequence[Row]:
        """Open the file, or make it; returns what is in it, the oldest message first.

        Raises:
            ConfigurationError: the file cannot be used before a person has fixed something.
        """
        self.close()
        try:
            return self._open()
        except (sqlite3.Error, OSError) as error:
            self.close()
            self._move_aside(error)
            if is_refused(error):
                raise ConfigurationError(f"HISTORY_FILE: {self.path} cannot be used: {reason_of(error)}") from None
            raise

    def write(self, rows: Iterable[Row], gone: Iterable[str] = (), *, alone: bool = False) -> None:
        """Write the rows and delete what is gone, or with ``alone`` all else, in one transaction."""
        connection = self._connection
        if connection is None:
            return
        try:
            connection.execute("BEGIN IMMEDIATE")
            if alone:
                connection.execute("DELETE FROM lives")
            connection.executemany("DELETE FROM lives WHERE id = ?", [(message_id,) for message_id in gone])
            connection.executemany(_WRITE, rows)
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            self.close()  # which rolls back
            self._move_aside(error)
            raise

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()

    def _open(self) -> Sequence[Row]:
        create(self.path)
        self._identity = identity(self.path)
        self._connection = connection = connect(self.path, busy=BUSY)
        HISTORY.is_format_of(connection, self.path)
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        write_ahead(connection)
        connection.executescript(_TABLES)
        rows = connection.execute("SELECT id, troubled, record FROM lives ORDER BY seq").fetchall()
        return [Row(str(message_id), bool(troubled), str(record)) for message_id, troubled, record in rows]

    def _move_aside(self, error: Exception) -> None:
        """Raise MovedAside where the file is one of ours and corrupt."""
        if not is_corrupt(error) or self._identity is None:
            return
        if not HISTORY.is_in_header_of(self.path):
            raise ConfigurationError(
                f"HISTORY_FILE: {self.path} is not a history file of sqsd; choose another path, or delete the file"
            ) from None
        set_aside(self.path, corrupt=self._identity)
        raise MovedAside(reason_of(error)) from None
