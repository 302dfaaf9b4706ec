"""The history in memory: an observer that notes what happens, and answers what was."""

import asyncio
from collections.abc import Sequence
from typing import Any

from sqsd_adapters.observer.history.notes import (
    Changed,
    arrivals,
    identity,
    read_deletions,
    read_successes,
    read_trouble,
)
from sqsd_adapters.observer.history.record import Mark, ended, life
from sqsd_adapters.observer.history.shelf import Shelf
from sqsd_core.message import Message, MessageId
from sqsd_core.outcome import Outcome
from sqsd_core.policy.history import Found, Query, Tally
from sqsd_core.policy.life import Life
from sqsd_core.ports.clock import Clock
from sqsd_core.ports.observer import Ending, Observer, Unrun
from sqsd_core.ports.queue import QueueDescription

SLICE = 200  # messages that are looked at before the jobs get their turn; about a millisecond


class MemoryHistory(Observer):
    """Remembers the last ``size`` messages.

    ``arrived``, ``succeeded`` and ``deleted`` are told of batches, and keep them as they are until somebody asks.
    """

    def __init__(self, *, clock: Clock, instance: str, size: int, changed: Changed | None = None) -> None:
        """With ``changed``, records are made at once."""
        self._now = clock.now
        self._instance = instance
        self.shelf = Shelf(size=size, changed=changed)
        #: the queues' own names, and those of their dead-letter queues, by the names of their tables
        self._names: dict[str, str] = {}
        self._dead_letter_queues: dict[str, str] = {}

    def joined(self, queue: str, name: str) -> None:
        self._names[queue] = name
        self.shelf.begin(self._now())

    def described(self, queue: str, description: QueueDescription) -> None:
        self._dead_letter_queues[queue] = description.dead_letter_queue

    def arrived(self, queue: str, messages: Sequence[Message]) -> None:
        shelf = self.shelf
        now = self._now()
        shelf.notes.add(arrivals(queue, messages, now, self._instance))
        if shelf.notes.arrived(len(messages), now) and shelf.is_full:
            shelf.trim()

    def succeeded(
        self, queue: str, messages: Sequence[Message], began: Sequence[float], durations: Sequence[float]
    ) -> None:
        del queue
        self.shelf.notes.add((read_successes, [*map(identity, messages)], began, durations))

    def came_back(self, queue: str, message: Message, outcome: Outcome, ending: Ending) -> None:
        self._trouble(queue, message, ended(outcome, ending))

    def deleted(self, queue: str, messages: Sequence[Message]) -> None:
        del queue
        self.shelf.notes.add((read_deletions, [*map(identity, messages)], self._now()))

    def duplicate(self, queue: str, message: Message) -> None:
        self._not_run(queue, message, Mark.DUPLICATE)

    def held_elsewhere(self, queue: str, message: Message) -> None:
        self._not_run(queue, message, Mark.HELD_ELSEWHERE)

    def released(self, queue: str, message: Message, why: Unrun) -> None:
        self._trouble(queue, message, (Mark.RELEASED, self._now(), why.value))

    def undeleted(self, queue: str, message: Message) -> None:
        self._trouble(queue, message, (Mark.UNDELETED, self._now()))

    async def find(self, query: Query) -> Found:
        """Find the messages that match, the newest first; the jobs get their turn in between."""
        for _ in self.shelf.read():
            await asyncio.sleep(0)
        tally, page, matching, end = Tally(), list[Life](), 0, query.page + query.limit
        for number, message_id in enumerate(self._candidates(query), start=1):
            if not number % SLICE:
                await asyncio.sleep(0)
            found = self._life(message_id)
            if found is None or not query.matches(found):
                continue
            tally.add(found)
            if query.page <= matching < end:
                page.append(found)
            matching += 1
            if matching > end and not query.of_failures:
                break
        shelf = self.shelf
        return Found(
            lives=page,
            causes=tally.causes,
            next_page=end if matching > end else 0,
            instance=self._instance,
            since=shelf.since,
            remembered=len(shelf.records),
            size=shelf.size,
        )

    def _not_run(self, queue: str, message: Message, mark: Mark) -> None:
        self._trouble(queue, message, (mark, self._now(), message.receive_count, self._instance))

    def _trouble(self, queue: str, message: Message, event: tuple[Any, ...]) -> None:
        facts = (message.id, message.receive_count, message.sent_at, message.group_id)
        self.shelf.mark(message.id)
        self.shelf.notes.add((read_trouble, (message.id,), (queue, len(message.body), facts), event))

    def _candidates(self, query: Query) -> Sequence[MessageId]:
        shelf, wanted = self.shelf, MessageId(query.message_id)
        if wanted in shelf.records:
            return [wanted]
        if query.of_failures:
            return list(reversed(shelf.troubled))
        return [message_id for message_id in reversed(shelf.records) if message_id.startswith(wanted)]

    def _life(self, message_id: MessageId) -> Life | None:
        if (record := self.shelf.records.get(message_id)) is None:
            return None
        table: str = record[0]
        return life(
            record, queue=self._names.get(table, table), dead_letter_queue=self._dead_letter_queues.get(table, "")
        )
