"""What a person does to single messages by their ids: show, remove, bury or send back; for tools, not for clients."""

from dataclasses import replace
from typing import TYPE_CHECKING

from sqsd_adapters.queue.embedded.stored import Sent, Stored
from sqsd_core.message import MessageId

if TYPE_CHECKING:
    from sqsd_adapters.queue.embedded.store import MessageStore


class Interventions:
    """On the messages of one queue. A message that is not there any more is no error: False or None says so."""

    def __init__(self, *, store: "MessageStore", dead_letters: "MessageStore | None") -> None:
        self._store = store
        self._dead_letters = dead_letters

    def show(self, message_id: MessageId, *, now: float) -> bool:
        """Make a message visible that is delayed or in flight."""
        message = self._find(message_id, now)
        if message is not None:
            self._store.shelf.show(message, now=now)
        return message is not None

    def remove(self, message_id: MessageId, *, now: float) -> bool:
        """Delete a message, in flight or not."""
        message = self._find(message_id, now)
        if message is not None:
            self._store.shelf.remove(message)
        return message is not None

    def bury(self, message_id: MessageId, *, now: float) -> bool:
        """Move a message to the dead-letter queue, as SQS does after its last receive."""
        message = self._find(message_id, now)
        if message is None or self._dead_letters is None:
            return False
        self._store.shelf.remove(message)
        # a copy: the shelf's order tells by the state of the original that it is gone
        self._dead_letters.adopt(replace(message), source=self._store, now=now)
        return True

    def send_back(self, message_id: MessageId, target: "MessageStore", *, now: float) -> Sent | None:
        """Move a message to another queue, where it is a new one, as a move task does."""
        message = self._find(message_id, now)
        if message is None:
            return None
        self._store.shelf.remove(message)
        return target.put_anew(message.sending, now=now)

    def _find(self, message_id: MessageId, now: float) -> Stored | None:
        self._store.shelf.advance(now)
        return self._store.shelf.find(message_id)
