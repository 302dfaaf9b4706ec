"""The buffer of slots that take batches: whose turn it is, and how many slots are woken."""

import asyncio
from collections import Counter

from sqsd_adapters.testing.fakes import LoopClock
from sqsd_core.flow.delivery import Delivery
from sqsd_core.flow.plan import Share
from sqsd_core.flow.worker.batch_handoff import BatchHandoff
from sqsd_core.flow.worker.feed import Feed
from sqsd_core.flow.worker.turns import Turns
from sqsd_core.message import Message, MessageId, ReceiptHandle
from sqsd_core.policy.gathering import Gathering
from sqsd_core.policy.locking import Lock
from sqsd_core.policy.periodic import attributes
from sqsd_core.policy.receives import Receives
from sqsd_core.policy.window import Window
from tests.support.homes import RecordingHome

TASK = attributes(path="/t", name="t", scheduled_time="2026-01-01T00:00:00Z")


def delivery(home: RecordingHome, number: int, *, alone: bool) -> Delivery:
    message = Message(id=MessageId(str(number)), receipt=ReceiptHandle(str(number)), body="")
    return Delivery(
        message=message._replace(attributes=TASK) if alone else message,
        receipt=message.receipt,
        lock=Lock(message.id, "test"),
        received_at=0.0,
        invisible_until=60.0,
        home=home,
    )


class Buffered:
    """A handoff into which each queue has put 100 messages; those of ``tasks`` run alone."""

    def __init__(self, *queues: str, slots: int) -> None:
        gathering = Gathering(size=10)
        self.handoff = BatchHandoff(
            gathering=gathering,
            window=Window(slots=slots * 10),
            turns=Turns(share=Share.WEIGHTED),
            clock=LoopClock(),
            slots=slots,
        )
        homes = [RecordingHome(queue) for queue in queues]
        for home in homes:
            self.handoff.join(Feed(name=home.name, receives=Receives(receivers=1)), home)
        self.deliveries = [
            delivery(home, number, alone=home.name == "tasks") for home in homes for number in range(100)
        ]


async def test_the_shares_of_queues_are_counted_in_messages() -> None:
    stage = Buffered("orders", "tasks", slots=1)
    stage.handoff.again(stage.deliveries)
    started: Counter[str] = Counter()

    for _ in range(55):
        batch = await stage.handoff.take_batch()
        started[batch[0].home.name] += len(batch)
        stage.handoff.give_back_batch(batch, failed=set())

    assert abs(started["orders"] - started["tasks"]) <= 20


async def test_each_slot_that_a_batch_is_left_for_is_woken() -> None:
    stage = Buffered("tasks", slots=4)
    slots = [asyncio.create_task(stage.handoff.take_batch()) for _ in range(4)]
    await asyncio.sleep(0)

    stage.handoff.again(stage.deliveries[:4])

    assert [len(batch) for batch in await asyncio.wait_for(asyncio.gather(*slots), 1.0)] == [1, 1, 1, 1]
