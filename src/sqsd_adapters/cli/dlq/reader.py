"""Looks through a dead-letter queue: each message once, hidden meanwhile, and visible again in the end."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Self

from sqsd_adapters.cli.dlq.letter import DeadLetter
from sqsd_adapters.cli.terminal import complain
from sqsd_adapters.queue.sqs.queues import Queues
from sqsd_core.errors import QueueUnavailable, SqsdError

HIDDEN = 600.0  # seconds that a message stays hidden where we end without putting it back
WAIT = 1.0  # seconds; a long poll asks all of SQS's servers, so that an empty answer means an empty queue
TRIES = (0.0, 0.5, 2.0, 5.0)  # seconds before each try of a deletion
STALE = 30  # messages in a row that were seen already, at least, after which the pass is over
CLOSE_TIMEOUT = 15.0  # seconds for putting back what is held

COUNTS = "looking at a message counts as a receive"


class Reader:
    """One pass over a queue; ``async with`` puts back what was not deleted, also after Ctrl-C."""

    def __init__(self, *, queues: Queues, url: str) -> None:
        self._queues = queues
        self._url = url
        #: receipt handles of what is hidden, by message id
        self._held: dict[str, str] = {}
        self._seen: set[str] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if not self._held:
            return
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await self._queues.put_back(self._url, list(self._held.values()))
        except (SqsdError, TimeoutError) as error:
            complain(f"{len(self._held)} messages stay hidden for up to {HIDDEN:g} s: {str(error) or 'time-out'}")

    async def batches(self) -> AsyncIterator[list[DeadLetter]]:
        """Messages that were not seen yet, up to ten at a time, until the queue shows no others."""
        stale = 0
        while shapes := await self._queues.receive(self._url, visibility=HIDDEN, wait=WAIT):
            letters = [DeadLetter.parse(shape) for shape in shapes]
            self._held.update((letter.message_id, letter.receipt) for letter in letters)
            fresh = [letter for letter in letters if letter.message_id not in self._seen]
            self._seen.update(letter.message_id for letter in fresh)
            stale = 0 if fresh else stale + len(letters)
            if stale > max(STALE, len(self._held)):
                return  # HIDDEN has passed, and all that is held has come by again
            if fresh:
                yield fresh

    async def delete(self, letters: Iterable[DeadLetter]) -> int:
        """Delete up to ten messages of this pass; returns how many SQS confirmed.

        What it does not confirm is tried again, and is not put back: it was sent already.

        Raises:
            QueueRefused: the right is missing.
            QueueUnavailable: SQS did not answer the last try.
        """
        left = {self._held.pop(letter.message_id) for letter in letters}
        number = len(left)
        for pause in TRIES:
            if left:
                await asyncio.sleep(pause)
                left -= await self._deleted([*left], is_last=pause == TRIES[-1])
        return number - len(left)

    async def _deleted(self, receipts: list[str], *, is_last: bool) -> set[str]:
        try:
            return await self._queues.delete(self._url, receipts)
        except QueueUnavailable:
            if is_last:
                raise
            return set()
