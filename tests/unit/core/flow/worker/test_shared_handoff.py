"""Several queues that share the slots of a worker: who is woken when slots become free."""

import asyncio

from sqsd_adapters.testing.fakes import LoopClock
from sqsd_core.flow.delivery import Delivery
from sqsd_core.flow.plan import Share
from sqsd_core.flow.worker.feed import Feed, Places
from sqsd_core.flow.worker.handoff import Handoff
from sqsd_core.flow.worker.turns import Turns
from sqsd_core.message import Message, MessageId, ReceiptHandle
from sqsd_core.policy.locking import Lock
from sqsd_core.policy.receives import Receives
from sqsd_core.policy.window import Window
from tests.support.homes import RecordingHome

QUEUES = 4
BATCH = 10
SLOTS = QUEUES * BATCH


class Shared:
    """A worker whose slots all run messages of its first queue, while every queue waits for places."""

    def __init__(self) -> None:
        turns = Turns(share=Share.WEIGHTED)
        self.handoff = Handoff(window=Window(slots=SLOTS), turns=turns, clock=LoopClock(), slots=SLOTS)
        self.homes = [RecordingHome() for _ in range(QUEUES)]
        self.feeds = [Feed(name=str(number), receives=Receives(receivers=1)) for number in range(QUEUES)]
        for feed, home in zip(self.feeds, self.homes, strict=True):
            self.handoff.join(feed, home)
        self.running: list[Delivery] = []
        self.waiting: list[asyncio.Task[Places]] = []

    async def fill(self) -> None:
        feed = self.feeds[0]
        for _ in range(QUEUES):
            places = await self.handoff.reserve(feed, at_most=BATCH)
            messages = [self._delivery(f"{len(self.running)}-{number}") for number in range(places.messages)]
            self.handoff.put(feed, messages, places=places, brought=len(messages))
            self.running += [taken for _ in messages if (taken := await self.handoff.take()) is not None]
        self.waiting = [asyncio.create_task(self.handoff.reserve(feed, at_most=BATCH)) for feed in self.feeds]
        await asyncio.sleep(0.0)

    def free(self, slots: int) -> None:
        for _ in range(slots):
            self.handoff.give_back(self.running.pop(), succeeded=True)

    def _delivery(self, name: str) -> Delivery:
        message = Message(id=MessageId(name), receipt=ReceiptHandle(name), body="")
        return Delivery(
            message=message,
            receipt=message.receipt,
            lock=Lock(message.id, "test"),
            received_at=0.0,
            invisible_until=60.0,
            home=self.homes[0],
        )


async def test_slots_that_become_free_together_are_asked_for_within_two_turns_of_the_loop() -> None:
    shared = Shared()
    await shared.fill()

    shared.free(SLOTS)
    for _ in range(2):
        await asyncio.sleep(0.0)

    assert [task.done() for task in shared.waiting] == [True] * QUEUES


async def test_slots_that_become_free_while_reservers_are_on_their_way_are_asked_for_as_well() -> None:
    shared = Shared()
    await shared.fill()

    shared.free(SLOTS - BATCH)
    await asyncio.sleep(0.0)
    shared.free(BATCH)
    await asyncio.sleep(1.0)

    assert [task.done() for task in shared.waiting] == [True] * QUEUES


async def test_a_queue_that_leaves_when_it_is_its_turn_leaves_it_to_the_next() -> None:
    shared = Shared()
    await shared.fill()

    shared.free(BATCH)
    first = next(task for feed, task in zip(shared.feeds, shared.waiting, strict=True) if not feed.reservers)
    first.cancel()
    await asyncio.sleep(0.0)
    await asyncio.sleep(0.0)

    assert sum(task.done() and not task.cancelled() for task in shared.waiting) == 1
