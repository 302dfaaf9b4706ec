"""Queues and messages in a SQLite file, so that a restart keeps them; what an answer promises is written first."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.queue.embedded.engine import Engine
from sqsd_adapters.queue.embedded.errors import ErrorCode, SqsError
from sqsd_adapters.queue.embedded.journal import QueueRecord
from sqsd_adapters.queue.embedded.kept import KeptState, content_of, restored, state_of
from sqsd_adapters.queue.embedded.stored import Stored

VERSION = 1  # of the tables

_COLUMNS = [field.name for field in fields(KeptState)]
_TABLES = f"""
CREATE TABLE IF NOT EXISTS queues (name TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS contents (id TEXT PRIMARY KEY, content TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS states ({", ".join(_COLUMNS)}, PRIMARY KEY (id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sequence (id INTEGER PRIMARY KEY CHECK (id = 1), latest INTEGER NOT NULL);
PRAGMA user_version = {VERSION};
"""
_PUT_STATE = f"INSERT OR REPLACE INTO states VALUES ({', '.join(f':{name}' for name in _COLUMNS)})"  # noqa: S608 - ours


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    queue: str
    message: Stored
    hidden_until: float
    expires_at: float


class QueueFile:
    """A Journal that notes changes and writes them together at ``commit``.

    A killed process loses nothing that was answered. Where the machine loses power, the last moments may be lost:
    the file is synchronised at SQLite's checkpoints, not at each commit. One process has the file at a time.
    """

    def __init__(self, *, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._epoch = 0.0
        self._queues: dict[str, QueueRecord | None] = {}
        self._messages: dict[str, _Change | None] = {}
        #: the messages whose content is in the file
        self._written: set[str] = set()
        self._latest = self._read_latest()

    @classmethod
    def open(cls, path: Path) -> "QueueFile":
        """Open the file, or make it.

        Raises:
            ConfigurationError: it is another kind of file, belongs to a newer version, or is in use.
        """
        with _explained(path):
            connection = sqlite3.connect(path, isolation_level=None, timeout=0.0)
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version > VERSION:
                raise ConfigurationError(f"{path} was written by a newer version")
            connection.executescript(f"BEGIN IMMEDIATE; {_TABLES} COMMIT;")
            return cls(connection=connection, path=path)

    def close(self) -> None:
        """Write what is left, and let another process have the file."""
        self.commit()
        self._connection.close()

    @property
    def next_sequence(self) -> int:
        """The first number that no message has had."""
        return self._latest + 1

    def restore(self, engine: Engine, *, now: float) -> None:
        """Put the kept queues and messages into an engine that is empty."""
        self._epoch = epoch = engine.epoch
        stores = {}
        for name, record in self._connection.execute("SELECT name, record FROM queues"):
            kept = json.loads(record)
            kept["created_at"] -= epoch
            kept["modified_at"] -= epoch
            stores[name] = engine.restore_queue(QueueRecord(name=name, **kept))
        for state, content in self._kept():
            message = restored(state, content, epoch=epoch)
            stores[state.queue].restore(
                message, hidden_until=state.hidden_until - epoch, expires_at=state.expires_at - epoch, now=now
            )
            self._written.add(message.id)
        self._messages.clear()  # what was just read needs no writing

    def queue_changed(self, record: QueueRecord) -> None:
        self._queues[record.name] = record

    def queue_gone(self, name: str) -> None:
        self._queues[name] = None

    def message_changed(self, queue_name: str, message: Stored, *, hidden_until: float, expires_at: float) -> None:
        self._messages[message.id] = _Change(
            queue=queue_name, message=message, hidden_until=hidden_until, expires_at=expires_at
        )

    def message_gone(self, message: Stored) -> None:
        self._messages[message.id] = None

    def commit(self) -> None:
        """Write every change since the last commit, all or none; what could not be written is tried next time.

        Raises:
            SqsError: InternalError, since the file cannot be written.
        """
        if not (self._messages or self._queues):
            return
        try:
            with self._transaction():
                self._write_queues()
                self._write_messages()
        except sqlite3.Error as error:
            raise SqsError(ErrorCode.INTERNAL_ERROR, f"The file {self._path} cannot be written: {error}.") from error
        self._note_written()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:  # a full disk has ended it already
                self._connection.execute("ROLLBACK")
            raise

    def _write_queues(self) -> None:
        for name, record in self._queues.items():
            if record is None:
                self._connection.execute("DELETE FROM queues WHERE name = ?", (name,))
            else:
                self._connection.execute("INSERT OR REPLACE INTO queues VALUES (?, ?)", (name, self._text(record)))

    def _write_messages(self) -> None:
        changes = [change for change in self._messages.values() if change is not None]
        gone = [(message_id,) for message_id, change in self._messages.items() if change is None]
        new = [change.message for change in changes if change.message.id not in self._written]
        write = self._connection.executemany
        write("INSERT OR REPLACE INTO contents VALUES (?, ?)", [(each.id, content_of(each.sending)) for each in new])
        write(_PUT_STATE, [asdict(self._state(change)) for change in changes])
        write("DELETE FROM contents WHERE id = ?", gone)
        write("DELETE FROM states WHERE id = ?", gone)
        latest = self._latest_of(self._messages.values())
        self._connection.execute("INSERT OR REPLACE INTO sequence VALUES (1, ?)", (latest,))

    def _latest_of(self, changes: Iterable[_Change | None]) -> int:
        sequences = (change.message.sequence for change in changes if change is not None)
        return max((self._latest, *sequences))

    def _note_written(self) -> None:
        self._latest = self._latest_of(self._messages.values())
        for message_id, change in self._messages.items():
            if change is None:
                self._written.discard(message_id)
            else:
                self._written.add(message_id)
        self._messages.clear()
        self._queues.clear()

    def _state(self, change: _Change) -> KeptState:
        return state_of(
            change.queue,
            change.message,
            hidden_until=change.hidden_until,
            expires_at=change.expires_at,
            epoch=self._epoch,
        )

    def _text(self, record: QueueRecord) -> str:
        kept = {
            "attributes": dict(record.attributes),
            "tags": dict(record.tags),
            "created_at": record.created_at + self._epoch,
            "modified_at": record.modified_at + self._epoch,
        }
        return json.dumps(kept)

    def _kept(self) -> Iterator[tuple[KeptState, str]]:
        columns = ", ".join(f"states.{name}" for name in _COLUMNS)
        rows = self._connection.execute(
            f"SELECT content, {columns} FROM states JOIN contents USING (id) ORDER BY sequence"  # noqa: S608 - ours
        )
        for content, *state in rows:
            yield KeptState(**dict(zip(_COLUMNS, state, strict=True))), content

    def _read_latest(self) -> int:
        row = self._connection.execute("SELECT latest FROM sequence").fetchone()
        return int(row[0]) if row else 0


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        reason = "another process uses it" if "locked" in str(error) else str(error)
        raise ConfigurationError(f"cannot use the file {path}: {reason}") from error
    except sqlite3.DatabaseError as error:
        raise ConfigurationError(f"cannot use the file {path}: it holds no queues: {error}") from error
