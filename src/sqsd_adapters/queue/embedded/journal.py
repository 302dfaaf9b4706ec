"""What an engine tells the keeper of its queues: each message and each queue that has changed."""

from collections.abc import Mapping
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
