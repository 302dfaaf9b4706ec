"""Sends dead letters to another queue and deletes them: sent first, deleted after, so that nothing is lost."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from sqsd_adapters.cli.dlq.choice import Choice
from sqsd_adapters.cli.dlq.letter import ROOM, DeadLetter
from sqsd_adapters.cli.dlq.reader import Reader
from sqsd_adapters.queue.sqs.queues import Queues
from sqsd_core.errors import QueueUnavailable
from sqsd_core.limits import MAX_BATCH
from sqsd_core.ports.clock import Clock

#: of a batch with several messages; every SQS takes 256 KiB, AWS's takes 1 MiB
MAX_BYTES = 262_144 - MAX_BATCH * ROOM

T = TypeVar("T")

#: the URL of the queue that a message goes to
Target = Callable[[DeadLetter], Awaitable[str]]


@dataclass(slots=True, kw_only=True)
class Tally:
    """What became of the messages so far."""

    #: sent and deleted
    moved: int = 0
    #: sent, and the deletion was not confirmed: the message may be in both queues
    doubled: int = 0
    #: SQS did not answer the send: the message may be in both queues
    unknown: int = 0
    #: not chosen: they stay
    left: int = 0
    #: not sent, by SQS's reason: they stay
    refused: Counter[str] = field(default_factory=Counter)
    #: new message ids, by the URL of the queue that they went to
    sent: dict[str, set[str]] = field(default_factory=dict)
    #: ids under which they were received
    done: set[str] = field(default_factory=set)
    #: new message ids that became dead letters again meanwhile: they stay
    returned: set[str] = field(default_factory=set)

    @property
    def tried(self) -> int:
        return self.moved + self.doubled + self.unknown + self.refused.total()

    @property
    def is_complete(self) -> bool:
        """Whether each message that was tried has moved, and none has come back."""
        return self.tried == self.moved and not self.returned


class Copying:
    """One pass over a dead-letter queue, which adds to ``tally`` and ends after ``most`` messages."""

    def __init__(
        self,
        *,
        queues: Queues,
        clock: Clock,
        reader: Reader,
        choice: Choice,
        target: Target,
        rate: int | None = None,
        most: int | None = None,
        tally: Tally,
        on_progress: Callable[[Tally], None],
    ) -> None:
        self._queues = queues
        self._clock = clock
        self._reader = reader
        self._choice = choice
        self._target = target
        self._rate = rate
        self._on_progress = on_progress
        #: FIFO groups with a message that was not sent: those behind it stay as well
        self._stopped: set[tuple[str, str | None]] = set()
        #: bytes of a message that a queue takes, by its URL
        self._sizes: dict[str, int] = {}
        self.tally = tally
        #: messages tried when the limit is reached
        self._end = None if most is None else tally.tried + most

    async def run(self) -> Tally:
        async for received in self._reader.batches():
            fresh = [letter for letter in received if self._is_fresh(letter)]
            chosen = [letter for letter in fresh if self._choice.takes(letter, now=self._clock.now())]
            self.tally.left += len(fresh) - len(chosen)
            now = chosen if self._end is None else chosen[: self._end - self.tally.tried]
            for url, batch in await self._by_target(now):
                began = self._clock.monotonic()
                await whole(self._move(url, batch))
                await self._keep_rate(len(batch), since=began)
            if self.tally.tried == self._end:
                break
        return self.tally

    def _is_fresh(self, letter: DeadLetter) -> bool:
        """Whether this redrive has not sent it: what fails again at once would go round without end."""
        if any(letter.message_id in ids for ids in self.tally.sent.values()):
            self.tally.returned.add(letter.message_id)
            return False
        return letter.message_id not in self.tally.done

    async def _by_target(self, letters: Sequence[DeadLetter]) -> list[tuple[str, Sequence[DeadLetter]]]:
        by_url: dict[str, list[DeadLetter]] = {}
        for letter in letters:
            by_url.setdefault(await self._target(letter), []).append(letter)
        return [
            (url, batch)
            for url, mine in by_url.items()
            # one by one on a FIFO queue: a message must not go ahead of one of its group that is refused
            for batch in batched(mine, at_most=1 if url.endswith(".fifo") else MAX_BATCH)
        ]

    async def _move(self, url: str, batch: Sequence[DeadLetter]) -> None:
        fifo = url.endswith(".fifo")
        if fifo and (url, batch[0].group) in self._stopped:
            self.tally.refused["behind a message of its group that was not sent"] += 1
            return
        size = await self._max_size(url)
        entries = [letter.entry(str(index), fifo=fifo, at_most=size) for index, letter in enumerate(batch)]
        try:
            answer = await self._queues.send(url, entries)
        except QueueUnavailable:
            self.tally.unknown += len(batch)
            raise
        self.tally.sent.setdefault(url, set()).update(answer.message_ids.values())
        self._note_refused(url, batch, answer.refused)
        await self._delete([letter for index, letter in enumerate(batch) if str(index) in answer.message_ids])
        self._on_progress(self.tally)

    async def _max_size(self, url: str) -> int:
        if url not in self._sizes:
            self._sizes[url] = await self._queues.max_size(url)
        return self._sizes[url]

    async def _delete(self, gone: Sequence[DeadLetter]) -> None:
        self.tally.done.update(letter.message_id for letter in gone)
        deleted = 0
        try:
            deleted = await self._reader.delete(gone)
        finally:
            self.tally.moved += deleted
            self.tally.doubled += len(gone) - deleted

    async def _keep_rate(self, sent: int, *, since: float) -> None:
        if self._rate is not None:
            await asyncio.sleep(max(0.0, since + sent / self._rate - self._clock.monotonic()))

    def _note_refused(self, url: str, batch: Sequence[DeadLetter], refused: Mapping[str, str]) -> None:
        self.tally.refused.update(refused.values())
        if refused:
            self._stopped.add((url, batch[0].group))


async def whole(step: Coroutine[object, object, T]) -> T:
    """Let an interruption wait for the step under way: one between send and delete would leave duplicates."""
    task = asyncio.create_task(step, name="dead letters: one step")
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise


def batched(letters: Sequence[DeadLetter], *, at_most: int) -> Iterator[Sequence[DeadLetter]]:
    """Batches that SendMessageBatch takes, in order."""
    batch: list[DeadLetter] = []
    size = 0
    for letter in letters:
        if batch and (len(batch) == at_most or size + letter.size > MAX_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(letter)
        size += letter.size
    if batch:
        yield batch
