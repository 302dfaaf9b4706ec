"""Opens the lock file: makes it where it is missing, and refuses what is none of ours."""

import os
import sqlite3
import stat
from contextlib import suppress
from pathlib import Path

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.lock_store.sqlite.timeline import Timeline

APPLICATION = 0x73717364  # "sqsd"
VERSION = 1  # of the tables
MAGIC = b"SQLite format 3\0"
HEADER = 72  # bytes; SQLite's file format has the application's number in the last four
WAL_LIMIT = 4 * 1024 * 1024  # bytes that the write-ahead log keeps after a checkpoint

_TABLES = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS records (
    seq INTEGER PRIMARY KEY, queue TEXT NOT NULL, at REAL NOT NULL, until REAL NOT NULL, done INTEGER NOT NULL,
    steps TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS boot (id TEXT NOT NULL, base REAL NOT NULL);
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {VERSION};
COMMIT;
"""


def create(path: Path) -> None:
    """Make an empty file that only its owner can read, unless there is a file; raises OSError."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def connect(path: Path, *, busy: float) -> sqlite3.Connection:
    """Connect to a file that exists; ``busy`` is how many seconds to wait for other writers; raises sqlite3.Error."""
    uri = f"{path.absolute().as_uri()}?mode=rw"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=busy)
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


def is_ours(connection: sqlite3.Connection, path: Path) -> bool:
    """Tell one of our files from an empty one.

    Raises:
        ConfigurationError: the file belongs to another program or to a newer version
        sqlite3.Error: it is no database, or failed
    """
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application == APPLICATION:
        if version > VERSION:
            raise ConfigurationError(f"{path} was written by a newer version of sqsd")
        return True
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application or tables:
        raise ConfigurationError(f"{path} is a database of another program; name another path")
    return False


def has_our_header(path: Path) -> bool:
    """Tell a corrupt file of ours from somebody else's; raises OSError.

    Closing the file here ends the locks that other connections of this process have on it. They are of no use: it is
    corrupt.
    """
    with path.open("rb") as file:
        header = file.read(HEADER)
    return header.startswith(MAGIC) and header[-4:] == APPLICATION.to_bytes(4, "big")


def prepare(connection: sqlite3.Connection, timeline: Timeline) -> None:
    """Set the modes, make the tables, and find the base of the timeline; raises sqlite3.Error."""
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise sqlite3.OperationalError(f"the file system does not support write-ahead logs (mode {mode})")
    # A killed process loses nothing. After a power failure the last moments may be missing, and nothing is corrupt.
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA journal_size_limit = {WAL_LIMIT}")
    connection.executescript(_TABLES)
    if timeline.boot is not None:
        timeline.continue_from(_base(connection, timeline, timeline.boot))


def _base(connection: sqlite3.Connection, timeline: Timeline, boot: str) -> float:
    connection.execute("BEGIN IMMEDIATE")
    row = connection.execute("SELECT base FROM boot WHERE id = ?", (boot,)).fetchone()
    if row is None:
        (latest,) = connection.execute("SELECT coalesce(max(at), 0.0) FROM records").fetchone()
        row = (timeline.new_base(latest=latest),)
        connection.execute("DELETE FROM records WHERE done = 0")  # who held these leases has ended with its boot
        connection.execute("DELETE FROM boot")
        connection.execute("INSERT INTO boot VALUES (?, ?)", (boot, *row))
    connection.execute("COMMIT")
    return float(row[0])


def is_writable_by_others(path: Path) -> bool:
    return bool(path.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH))
