"""The handoff of a worker with a limited pace: when a slot gets its message, and whom it wakes."""

import asyncio
from typing import TYPE_CHECKING

from sqsd_adapters.testing.fakes import LoopClock
from sqsd_core.flow.plan import Share
from sqsd_core.flow.worker.feed import Feed
from sqsd_core.flow.worker.paced_handoff import PacedHandoff
from sqsd_core.flow.worker.turns import Turns
from sqsd_core.policy.rate import Bucket, Rate
from sqsd_core.policy.receives import Receives
from sqsd_core.policy.window import Window
from tests.unit.core.flow.worker.test_handoff import HOME, delivery

if TYPE_CHECKING:
    from sqsd_core.flow.delivery import Delivery


class Slots:
    """A handoff with one queue, and the slots that take from it; none gives back before it is told to."""

    def __init__(self, group: asyncio.TaskGroup, *, slots: int, rate: Rate | None = None) -> None:
        self.handoff = PacedHandoff(
            bucket=None if rate is None else Bucket(rate),
            window=Window(slots=slots),
            turns=Turns(share=Share.WEIGHTED),
            clock=LoopClock(),
            slots=slots,
        )
        self.feed = Feed(receives=Receives(receivers=1))
        self.handoff.join(self.feed, HOME)
        self.taken: list[Delivery] = []
        self.over: asyncio.Queue[bool] = asyncio.Queue()
        self.tasks = [group.create_task(self._run()) for _ in range(slots)]

    async def _run(self) -> None:
        while (taken := await self.handoff.take()) is not None:
            self.taken.append(taken)
            await self.over.get()
            self.handoff.give_back(taken, succeeded=True)

    async def put(self, count: int) -> None:
        self.handoff.again([delivery(number) for number in range(count)])
        await asyncio.sleep(0.001)

    async def end(self, count: int) -> None:
        for _ in range(count):
            self.over.put_nowait(True)
        await asyncio.sleep(0.001)

    def stop(self) -> None:
        for task in self.tasks:
            task.cancel()


async def test_no_more_slots_take_than_are_in_use() -> None:
    async with asyncio.TaskGroup() as group:
        slots = Slots(group, slots=8)
        slots.handoff.resize(3)
        await slots.put(20)
        assert len(slots.taken) == 3

        slots.handoff.resize(5)
        await asyncio.sleep(0.001)
        assert len(slots.taken) == 5

        slots.handoff.resize(2)
        await slots.end(3)
        assert (len(slots.taken), slots.handoff.running) == (5, 2)
        await slots.end(1)
        assert (len(slots.taken), slots.handoff.running) == (6, 2)
        slots.stop()


async def test_a_token_waits_for_its_message_and_a_message_for_its_token() -> None:
    async with asyncio.TaskGroup() as group:
        slots = Slots(group, slots=4, rate=Rate(starts=1, seconds=60.0, burst=2))
        await asyncio.sleep(300.0)
        await slots.put(4)
        assert len(slots.taken) == 2
        assert 59.0 < slots.handoff.next_start < 60.0
        await asyncio.sleep(60.0)
        assert len(slots.taken) == 3
        slots.stop()


async def test_slots_that_wait_for_a_token_end_when_it_is_closed() -> None:
    async with asyncio.timeout(1.0), asyncio.TaskGroup() as group:
        slots = Slots(group, slots=4, rate=Rate(starts=1, seconds=3_600.0))
        await slots.put(4)
        slots.handoff.close()
        await asyncio.sleep(0.001)
        assert sum(task.done() for task in slots.tasks) == 3
        await slots.end(1)


async def test_a_reserver_sleeps_while_all_usable_slots_are_taken() -> None:
    async with asyncio.TaskGroup() as group:
        slots = Slots(group, slots=8)
        slots.handoff.resize(3)
        await slots.put(3)
        reserver = group.create_task(slots.handoff.reserve(slots.feed, at_most=10))
        await asyncio.sleep(10.0)
        assert not reserver.done()
        await slots.end(1)
        assert (await reserver).messages == 1
        slots.stop()
