"""What a FIFO queue stores only once: messages with the same deduplication id within five minutes."""

from dataclasses import replace
from hashlib import sha256

from sqsd_adapters.queue.embedded.recent import Recent
from sqsd_adapters.queue.embedded.settings import QueueSettings
from sqsd_adapters.queue.embedded.stored import Sending, Sent

# An id counts for the whole queue, or for its message group alone.
_Key = tuple[str | None, str]


class Deduplication:
    """The answers to the sends of the last five minutes, also of messages that were deleted since."""

    def __init__(self) -> None:
        self._sent: Recent[_Key, Sent] = Recent()

    def find(self, sending: Sending, settings: QueueSettings, *, now: float) -> Sent | None:
        """The answer that an equal send has had."""
        return self._sent.get(_key(sending, settings), now=now)

    def remember(self, sending: Sending, settings: QueueSettings, sent: Sent, *, now: float) -> None:
        self._sent.remember(_key(sending, settings), sent, now=now)


def with_deduplication_id(sending: Sending) -> Sending:
    """The sending with its id, which is the body's digest where the sender gave none."""
    if sending.deduplication_id is not None:
        return sending
    return replace(sending, deduplication_id=sha256(sending.body.encode()).hexdigest())


def _key(sending: Sending, settings: QueueSettings) -> _Key:
    group = sending.group_id if settings.deduplication_by_group else None
    return group, with_deduplication_id(sending).deduplication_id or ""
