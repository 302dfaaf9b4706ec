"""What an engine tells the keeper of its queues: each message and each queue that has changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqsd_adapters.queue.embedded.stored import Stored


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRecord:
    """A queue without its messages. Instants are the engine's."""

    name: str
    attributes: Mapping[str, str]
    tags: Mapping[str, str]
    created_at: float
    modified_at: float


def joined(*journals: "Journal | None") -> "Journal | None":
    """One journal that tells all of them; None where there is none."""
    given = [journal for journal in journals if journal is not None]
    return given[0] if len(given) == 1 else _Joined(given) if given else None


class Journal(Protocol):
    """Hears of changes in the midst of them, so it only notes what to keep; it must not call the engine."""

    def queue_changed(self, record: QueueRecord) -> None:
        """A queue was created, or its attributes or tags have changed."""
        ...

    def queue_gone(self, name: str) -> None:
        """A queue was deleted; each of its messages is told of separately."""
        ...

    def message_changed(self, queue_name: str, message: Stored, *, hidden_until: float, expires_at: float) -> None:
        """A message has entered the queue or stands elsewhere in it."""
        ...

    def message_gone(self, message: Stored) -> None:
        """A message was deleted or has expired, or moves to another queue, which tells of it next."""
        ...


class _Joined:
    def __init__(self, journals: Sequence[Journal]) -> None:
        self._journals = journals

    def queue_changed(self, record: QueueRecord) -> None:
        for journal in self._journals:
            journal.queue_changed(record)

    def queue_gone(self, name: str) -> None:
        for journal in self._journals:
            journal.queue_gone(name)

    def message_changed(self, queue_name: str, message: Stored, *, hidden_until: float, expires_at: float) -> None:
        for journal in self._journals:
            journal.message_changed(queue_name, message, hidden_until=hidden_until, expires_at=expires_at)

    def message_gone(self, message: Stored) -> None:
        for journal in self._journals:
            journal.message_gone(message)
