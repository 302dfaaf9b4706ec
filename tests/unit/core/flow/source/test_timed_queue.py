"""The calls to a queue are timed, whichever adapter makes them."""

import asyncio

import pytest

from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import LoopClock
from sqsd_core.errors import QueueError, QueueUnavailable
from sqsd_core.flow.source.timed_queue import TimedQueue
from sqsd_core.flow.watchers import Watchers
from sqsd_core.ports.observer import Observer
from sqsd_core.ports.queue import Queue, QueueDescription, VisibilityChange


class Stopwatch(Observer):
    """Writes down the calls that it is told of."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, float, QueueError | None]] = []

    def called(self, queue: str, operation: str, duration: float, error: QueueError | None) -> None:
        self.calls.append((queue, operation, duration, error))


class SlowQueue(EmbeddedQueue):
    """Its attributes take their time, and then cannot be read."""

    async def describe(self) -> QueueDescription:
        await asyncio.sleep(3.0)
        raise QueueUnavailable("no answer")


@pytest.fixture
def stopwatch() -> Stopwatch:
    return Stopwatch()


def timed(queue: Queue, stopwatch: Stopwatch) -> TimedQueue:
    return TimedQueue(queue=queue, label="orders", watchers=Watchers([stopwatch]), clock=LoopClock())


async def test_each_operation_is_told_by_the_name_that_sqs_gives_it(stopwatch: Stopwatch) -> None:
    queue = timed(EmbeddedQueue(clock=LoopClock()), stopwatch)
    await queue.receive(max_messages=1, wait=20.0, visibility=30.0)
    await queue.delete([])
    await queue.change_visibility([])
    await queue.describe()

    assert [call[:3] for call in stopwatch.calls] == [
        ("orders", "ReceiveMessage", 20.0),
        ("orders", "DeleteMessageBatch", 0.0),
        ("orders", "ChangeMessageVisibilityBatch", 0.0),
        ("orders", "GetQueueAttributes", 0.0),
    ]


async def test_what_the_queue_answers_is_passed_on(stopwatch: Stopwatch) -> None:
    embedded = EmbeddedQueue(clock=LoopClock(), name="jobs")
    embedded.send("hello")
    queue = timed(embedded, stopwatch)
    (message,) = await queue.receive(max_messages=1, wait=0.0, visibility=30.0)
    await queue.change_visibility([VisibilityChange(receipt=message.receipt, timeout=0.0)])

    assert (queue.name, message.body, embedded.visible) == ("jobs", "hello", 1)


async def test_a_call_that_fails_is_told_with_its_error(stopwatch: Stopwatch) -> None:
    with pytest.raises(QueueUnavailable) as raised:
        await timed(SlowQueue(clock=LoopClock()), stopwatch).describe()

    assert stopwatch.calls == [("orders", "GetQueueAttributes", 3.0, raised.value)]


async def test_a_call_that_is_cancelled_is_not_told(stopwatch: Stopwatch) -> None:
    call = asyncio.create_task(timed(SlowQueue(clock=LoopClock()), stopwatch).describe())
    await asyncio.sleep(1.0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call

    assert stopwatch.calls == []
