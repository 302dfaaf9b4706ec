"""What a FIFO queue stores only once: messages with the same deduplication id within five minutes."""

from dataclasses import replace
from hashlib import sha256

from sqsd_adapters.queue.embedded.recent import Recent
from sqsd_adapters.queue.embedded.stored import Sending, Sent

PROPAGATION = 60.0  # SQS: SetQueueAttributes, seconds until a new attribute applies

# An id counts for the whole queue, or for its message group alone.
_Key = tuple[str | None, str]


class Deduplication:
    """The answers to the sends of the last five minutes, also of messages that were deleted since."""

    def __init__(self, *, by_group: bool) -> None:
        self._sent: Recent[_Key, Sent] = Recent()
        self._by_group = by_group
        #: the scope that follows, and the instant from which it applies
        self._next: tuple[bool, float] | None = None

    def change_scope(self, *, by_group: bool, now: float) -> None:
        """Let ids count for each group alone, or for the queue, a minute from now (ADR 22)."""
        self._settle(now)
        self._next = (by_group, now + PROPAGATION) if by_group is not self._by_group else None

    def find(self, sending: Sending, *, now: float) -> Sent | None:
        """The answer that an equal send has had."""
        return self._sent.get(self._key(sending, now), now=now)

    def remember(self, sending: Sending, sent: Sent, *, now: float) -> None:
        self._sent.remember(self._key(sending, now), sent, now=now)

    def _key(self, sending: Sending, now: float) -> _Key:
        self._settle(now)
        group = sending.group_id if self._by_group else None
        return group, with_deduplication_id(sending).deduplication_id or ""

    def _settle(self, now: float) -> None:
        if self._next is not None and now >= self._next[1]:
            self._by_group, self._next = self._next[0], None


def with_deduplication_id(sending: Sending) -> Sending:
    """The sending with its id, which is the body's digest where the sender gave none."""
    if sending.deduplication_id is not None:
        return sending
    return replace(sending, deduplication_id=sha256(sending.body.encode()).hexdigest())
