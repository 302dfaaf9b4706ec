"""The history in memory: an observer that notes what happens, and answers what was."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqsd_adapters.observer.history.record import HEAD, Mark, body, ended, facts, identity, life, shorten
from sqsd_adapters.observer.history.shelf import Shelf
from sqsd_core.message import Message, MessageId
from sqsd_core.outcome import Outcome
from sqsd_core.policy.history import Found, Query, Tally
from sqsd_core.policy.life import Life
from sqsd_core.ports.clock import Clock
from sqsd_core.ports.observer import Ending, Observer, Unrun
from sqsd_core.ports.queue import QueueDescription

SLICE = 200  # messages that are looked at before the jobs get their turn; about a millisecond

#: is told which messages have changed; the calls must not wait
Changed = Callable[[Iterable[MessageId]], None]

RECEIVED, DELETED = Mark.RECEIVED, Mark.DELETED  # looking up a member costs a call


class MemoryHistory(Observer):
    """Remembers the last ``size`` messages.

    ``arrived``, ``settled`` and ``deleted`` are called for every message, and written for speed.
    """

    def __init__(self, *, clock: Clock, instance: str, size: int, changed: Changed | None = None) -> None:
        self._now = clock.now
        self._instance = instance
        self._changed = changed
        self.shelf = Shelf(size=size)
        self._records = self.shelf.records
        self._get = self._records.get
        #: the queues' own names, and those of their dead-letter queues, by the names of their tables
        self._names: dict[str, str] = {}
        self._dead_letter_queues: dict[str, str] = {}

    def joined(self, queue: str, name: str) -> None:
        self._names[queue] = name
        self.shelf.begin(self._now())

    def described(self, queue: str, description: QueueDescription) -> None:
        self._dead_letter_queues[queue] = description.dead_letter_queue

    def arrived(self, queue: str, messages: Sequence[Message]) -> None:
        at, by, records = self._now(), self._instance, self._records
        first = (RECEIVED, at, 1, by)
        for told, size in zip(map(facts, messages), map(len, map(body, messages)), strict=True):
            message_id, count, _, _ = told
            received = first if count == 1 else (RECEIVED, at, count, by)
            record = [queue, size, told, received]
            if (known := records.setdefault(message_id, record)) is not record:
                known.append(received)
                shorten(known)
        if len(records) > self.shelf.most:
            gone = self.shelf.trim()
            if self._changed is not None:
                self._changed(gone)
        if self._changed is not None:
            self._changed(map(identity, messages))

    def settled(self, queue: str, message: Message, outcome: Outcome, ending: Ending) -> None:  # noqa: ARG002
        if ending.again is not None:
            self._note_trouble(message, ended(outcome, ending))
        elif (record := self._get(message.id)) is not None:
            record.append(ending)

    def deleted(self, queue: str, messages: Sequence[Message]) -> None:  # noqa: ARG002
        event = (DELETED, self._now())
        for record in map(self._get, map(identity, messages)):
            if record is not None:
                record.append(event)
        if self._changed is not None:
            self._changed(map(identity, messages))

    def duplicate(self, queue: str, message: Message) -> None:
        del queue
        self._not_run(message, Mark.DUPLICATE)

    def held_elsewhere(self, queue: str, message: Message) -> None:
        del queue
        self._not_run(message, Mark.HELD_ELSEWHERE)

    def released(self, queue: str, message: Message, why: Unrun) -> None:
        del queue
        self._note_trouble(message, (Mark.RELEASED, self._now(), why.value))

    def undeleted(self, queue: str, message: Message) -> None:
        del queue
        self._note_trouble(message, (Mark.UNDELETED, self._now()))

    async def find(self, query: Query) -> Found:
        """Find the messages that match, the newest first; the jobs get their turn in between."""
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

    def _candidates(self, query: Query) -> Sequence[MessageId]:
        shelf, wanted = self.shelf, MessageId(query.message_id)
        if wanted in shelf.records:
            return [wanted]
        if query.of_failures:
            return list(reversed(shelf.troubled))
        return [message_id for message_id in reversed(shelf.records) if message_id.startswith(wanted)]

    def _life(self, message_id: MessageId) -> Life | None:
        if (record := self._get(message_id)) is None:
            return None
        table: str = record[0]
        return life(
            record, queue=self._names.get(table, table), dead_letter_queue=self._dead_letter_queues.get(table, "")
        )

    def _not_run(self, message: Message, mark: Mark) -> None:
        """Correct the latest delivery. While its lock was asked for, an earlier one may have ended."""
        if (record := self._get(message.id)) is None:
            return
        places = range(len(record) - 1, HEAD - 1, -1)
        place = next((place for place in places if _is_received(record[place])), 0)
        if place:
            record[place] = (mark, *record[place][1:])
            self._trouble(message)

    def _note_trouble(self, message: Message, event: tuple[Any, ...]) -> None:
        if (record := self._get(message.id)) is not None:
            record.append(event)
            shorten(record)
            self._trouble(message)

    def _trouble(self, message: Message) -> None:
        self.shelf.mark(message.id)
        if self._changed is not None:
            self._changed((message.id,))


def _is_received(event: tuple[Any, ...]) -> bool:
    return not isinstance(event, Ending) and event[0] is RECEIVED
