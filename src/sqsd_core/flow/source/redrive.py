"""How often the queue delivers a message before it goes to the dead-letter queue, once the queue has said so."""

import asyncio
from math import inf

from sqsd_core.errors import QueueError
from sqsd_core.message import Message
from sqsd_core.ports.clock import Clock
from sqsd_core.ports.queue import Queue

RECENT = 60.0  # seconds; SQS itself takes up to a minute to apply a changed redrive policy
PATIENCE = 2.0  # seconds for the queue's answer: a slot waits for it


class Redrive:
    """Knows the last try."""

    def __init__(self, *, queue: Queue, clock: Clock) -> None:
        self._queue = queue
        self._clock = clock
        #: the queue's maxReceiveCount; None without a dead-letter queue, or where it is not known
        self.max_receive_count: int | None = None
        #: monotonic instants of the latest answer and of the latest question
        self._learned_at = self._asked_at = -inf

    def learn(self, max_receive_count: int | None) -> None:
        self.max_receive_count = max_receive_count
        self._learned_at = self._clock.monotonic()

    def is_last(self, message: Message) -> bool:
        """Whether SQS moves the message to the dead-letter queue instead of delivering it again."""
        return self.max_receive_count is not None and message.receive_count >= self.max_receive_count

    async def is_surely_last(self, message: Message) -> bool:
        """The same, by what the queue has said within the last minute; False where it does not answer."""
        if not self.is_last(message):
            return False
        if not self._is_recent(self._learned_at) and not self._is_recent(self._asked_at):
            await self._ask()
        return self._is_recent(self._learned_at) and self.is_last(message)

    async def _ask(self) -> None:
        self._asked_at = self._clock.monotonic()
        try:
            async with asyncio.timeout(PATIENCE):
                self.learn((await self._queue.describe()).max_receive_count)
        except (QueueError, TimeoutError):  # then what is known is too old
            return

    def _is_recent(self, at: float) -> bool:
        return self._clock.monotonic() - at <= RECENT
