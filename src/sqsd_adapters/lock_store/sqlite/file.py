"""The tables of the lock file."""

import os
import sqlite3
import stat
from pathlib import Path

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.lock_store.sqlite.timeline import Timeline
from sqsd_adapters.sqlite.file import Format, reason_of, write_ahead

LOCKS = Format(application=0x73717364, version=1)  # "sqsd"

_TABLES = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS records (
    seq INTEGER PRIMARY KEY, queue TEXT NOT NULL, at REAL NOT NULL, until REAL NOT NULL, done INTEGER NOT NULL,
    steps TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS boot (id TEXT NOT NULL, base REAL NOT NULL);
PRAGMA application_id = {LOCKS.application};
PRAGMA user_version = {LOCKS.version};
COMMIT;
"""


def prepare(connection: sqlite3.Connection, timeline: Timeline) -> None:
    """Set the modes, make the tables, and find the base of the timeline; raises sqlite3.Error."""
    write_ahead(connection)
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


def examine(path: Path) -> None:
    """Look at the file from outside and write nothing, for a person who checks a configuration.

    Raises:
        ConfigurationError: the file cannot be made or written by this user, or is none of ours
    """
    try:
        exists = path.exists()
        size = path.stat().st_size if exists else 0
        if not all(os.access(place, os.R_OK | os.W_OK) for place in ([path] if exists else []) + [path.parent]):
            raise ConfigurationError(f"locks cannot be kept in {path}: this user may not write it or its directory")
        # Until a checkpoint the log may hold the header.
        if size and not Path(f"{path}-wal").exists() and not LOCKS.is_in_header_of(path):
            raise ConfigurationError(f"{path} is not a lock file of sqsd")
    except OSError as error:
        raise ConfigurationError(f"locks cannot be kept in {path}: {reason_of(error)}") from None


def is_writable_by_others(path: Path) -> bool:
    return bool(path.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH))
