"""The daemon's view of an embedded queue, whose polls end at once when the daemon drains."""

import asyncio
from collections.abc import Sequence
from typing import Any

from sqsd_adapters.dev.ledger import Ledger
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_core.message import Message


class TierQueue(EmbeddedQueue):
    """A receive that is cut short has taken no message: in this process, a message is taken and answered at once.

    If a message is received again while the worker has it, the ledger notes that: the daemon then asks no lock store.
    """

    def __init__(self, *, ledger: Ledger, **options: Any) -> None:  # noqa: ANN401 - those of EmbeddedQueue
        super().__init__(**options)
        self._ledger = ledger
        self._polls: set[asyncio.Timeout] = set()
        self._ended = False

    async def receive(self, *, max_messages: int, wait: float, visibility: float) -> Sequence[Message]:
        if self._ended:
            return ()
        try:
            async with asyncio.timeout(None) as poll:
                self._polls.add(poll)
                received = await super().receive(max_messages=max_messages, wait=wait, visibility=visibility)
        except TimeoutError:
            if not poll.expired():
                raise
            return ()
        finally:
            self._polls.discard(poll)
        for message in received:
            life = self._ledger.find(message.id)
            if life is not None and life.running is not None:
                self._ledger.noted(message.id, "not run twice", "the worker still has it")
        return received

    def end_polls(self) -> None:
        """Let nobody wait for messages any more."""
        self._ended = True
        for poll in self._polls:
            poll.reschedule(0.0)  # the loop's clock is past it
