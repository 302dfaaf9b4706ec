"""The sender: puts messages into a queue."""

from collections.abc import Mapping
from typing import Protocol

from sqsd_core.message import NO_ATTRIBUTES, MessageAttribute, MessageId


class Sender(Protocol):
    """Sends to one queue.

    Called concurrently. It raises only ``QueueUnavailable`` (it is then unknown whether the message was sent) and
    ``QueueRefused`` (the operator has to act; ``QueueNotFound`` is a subclass). The same holds after a cancelled call.
    The code that opened an adapter closes it.
    """

    async def send(
        self,
        body: str,
        *,
        attributes: Mapping[str, MessageAttribute] = NO_ATTRIBUTES,
        group_id: str | None = None,
        deduplication_id: str | None = None,
        delay: float = 0.0,
    ) -> MessageId:
        """Send a message and return its id.

        A FIFO queue needs ``group_id`` and ``deduplication_id``. If a message of the last five minutes had the same
        deduplication id, the queue accepts the new message and drops it. ``delay`` is in seconds, at most 900, and only
        for standard queues.
        """
        ...
