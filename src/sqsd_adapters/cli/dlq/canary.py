"""Whether the first messages of a redrive succeed: they leave their queue and do not become dead letters again."""

import asyncio
from collections.abc import Collection, Mapping

from sqsd_adapters.cli.dlq.reader import Reader
from sqsd_adapters.cli.dlq.shown import age, count
from sqsd_adapters.cli.terminal import complain
from sqsd_adapters.queue.sqs.queues import Queues, name_of
from sqsd_core.ports.clock import Clock

POLL = 2.0  # seconds
CALM = 3  # looks in a row that find the queues empty: SQS's counts lag behind

_COUNTS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)


class Canary:
    """Watches the queues that messages were sent to, and their dead-letter queue."""

    def __init__(self, *, queues: Queues, url: str | None, clock: Clock, patience: float) -> None:
        self._queues = queues
        #: of the queue in which a message is that fails again; None where there is none
        self._url = url
        self._clock = clock
        self._patience = patience
        #: dead letters that were there before
        self._before = 0

    async def begin(self) -> None:
        """Count the dead letters; to be called before the first message is sent."""
        self._before = await self._dead()

    async def succeeds(self, sent: Mapping[str, Collection[str]], *, taken: int) -> bool:
        """Wait until the messages, by the URL of their queue, are gone or have failed.

        Args:
            sent: message ids
            taken: the number of messages that were taken out of the watched dead-letter queue
        """
        ids = {message_id for its in sent.values() for message_id in its}
        complain(f"waiting up to {age(self._patience)} for the success of {count(len(ids))}")
        end, calm, dead = self._clock.monotonic() + self._patience, 0, await self._dead()
        while self._clock.monotonic() < end:
            await asyncio.sleep(POLL)
            now = await self._dead()
            calm = 0 if sum([await self._count(url) for url in sent]) else calm + 1
            grew = now > (self._before - taken if calm == CALM else dead)
            if (grew or calm == CALM) and await self._has_returned(ids, grew=grew):
                complain(f"the redrive stops: a message failed again and is in {name_of(self._url or '')}")
                return False
            if calm == CALM:
                complain(f"{count(len(ids))} succeeded")
                return True
            dead = now
        complain(
            f"the redrive stops: {', '.join(map(name_of, sent))} did not become empty within {age(self._patience)}, "
            "so it is not known whether the messages succeeded; look with `sqsd dlq peek`, or use a longer "
            "--canary-wait"
        )
        return False

    async def _dead(self) -> int:
        return 0 if self._url is None else await self._count(self._url)

    async def _count(self, url: str) -> int:
        attributes = await self._queues.attributes(url)
        return sum(int(attributes.get(name, 0)) for name in _COUNTS)

    async def _has_returned(self, ids: set[str], *, grew: bool) -> bool:
        if self._url is None:
            return False
        if self._url.endswith(".fifo"):
            return grew  # it would be behind the other dead letters of its group, where no receive finds it
        async with Reader(queues=self._queues, url=self._url) as reader:
            async for batch in reader.batches():
                if any(letter.message_id in ids for letter in batch):
                    return True
        return False
