"""The port Sender over the embedded queue."""

from collections.abc import Mapping

from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.queue.embedded.translation import translated
from sqsd_core.message import NO_ATTRIBUTES, MessageAttribute, MessageId


class EmbeddedSender:
    """Sends to an EmbeddedQueue, whose own ``send`` is for tests: it waits for nothing and raises SQS's errors."""

    def __init__(self, *, queue: EmbeddedQueue) -> None:
        self._queue = queue

    async def send(
        self,
        body: str,
        *,
        attributes: Mapping[str, MessageAttribute] = NO_ATTRIBUTES,
        group_id: str | None = None,
        deduplication_id: str | None = None,
        delay: float = 0.0,
    ) -> MessageId:
        with translated():
            return self._queue.send(
                body,
                attributes=attributes,
                group_id=group_id,
                deduplication_id=deduplication_id,
                delay=delay or None,
            )
