"""Makes and opens a file of SQLite, and tells ours from those of other programs."""

import errno
import os
import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqsd_adapters.errors import ConfigurationError

MAGIC = b"SQLite format 3\0"
HEADER = 72  # bytes; SQLite's file format has the application's number in the last four
WAL_LIMIT = 4 * 1024 * 1024  # bytes that the write-ahead log keeps after a checkpoint

_CORRUPT = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
#: what a person has to fix before the start
_REFUSED = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH}
_REFUSED_BY_THE_SYSTEM = {
    *(errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EACCES, errno.EPERM),
    *(errno.EROFS, errno.ELOOP, errno.ENAMETOOLONG),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """What a kind of file is recognized by."""

    #: SQLite's ``application_id``
    application: int
    #: of the tables
    version: int

    def is_format_of(self, connection: sqlite3.Connection, path: Path) -> bool:
        """Tell one of our files from an empty one.

        Raises:
            ConfigurationError: the file belongs to another program or to a newer version
            sqlite3.Error: it is no database, or failed
        """
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if application == self.application:
            if version > self.version:
                raise ConfigurationError(f"{path} was written by a newer version of sqsd")
            return True
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if application or tables:
            raise ConfigurationError(f"{path} is a database of another program; choose another path")
        return False

    def is_in_header_of(self, path: Path) -> bool:
        """Tell a corrupt file of ours from somebody else's; raises OSError.

        Closing the file here ends the locks that other connections of this process have on it. They are of no use: it
        is corrupt.
        """
        with path.open("rb") as file:
            header = file.read(HEADER)
        return header.startswith(MAGIC) and header[-4:] == self.application.to_bytes(4, "big")


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


def write_ahead(connection: sqlite3.Connection) -> None:
    """Write through a write-ahead log of bounded size; raises sqlite3.Error.

    A killed process loses nothing. After a power failure the last moments may be missing, and nothing is corrupt.
    """
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise sqlite3.OperationalError(f"the file system does not support write-ahead logs (mode {mode})")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA journal_size_limit = {WAL_LIMIT}")


def is_corrupt(error: Exception) -> bool:
    return _code(error) in _CORRUPT


def is_refused(error: Exception) -> bool:
    """Whether a person has to fix something first: the path, its directory, rights."""
    return _code(error) in _REFUSED or (isinstance(error, OSError) and error.errno in _REFUSED_BY_THE_SYSTEM)


def reason_of(error: Exception) -> str:
    """The error in a few words."""
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return str(error) or "a record cannot be read"


def _code(error: Exception) -> int:
    """The primary result code of SQLite."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF
