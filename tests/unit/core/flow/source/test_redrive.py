"""Which try of a message is its last one, and how sure that is."""

import asyncio

import pytest

from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import LoopClock
from sqsd_core.errors import QueueRefused, QueueUnavailable
from sqsd_core.flow.source.redrive import PATIENCE, RECENT, Redrive
from sqsd_core.message import Message, MessageId, ReceiptHandle
from tests.support.troubled_queue import TroubledQueue


def message(receive_count: int) -> Message:
    return Message(id=MessageId("m"), receipt=ReceiptHandle("r"), body="", receive_count=receive_count)


@pytest.fixture
async def queue() -> TroubledQueue:
    return TroubledQueue(EmbeddedQueue(clock=LoopClock(), max_receive_count=5))


def redrive_of(queue: TroubledQueue, *, learnt: int | None = 3) -> Redrive:
    redrive = Redrive(queue=queue, clock=LoopClock())
    redrive.learn(learnt)
    return redrive


@pytest.mark.parametrize(("limit", "count", "expected"), [(3, 2, False), (3, 3, True), (3, 4, True), (None, 9, False)])
async def test_the_last_try_is_the_one_with_the_queues_limit(
    queue: TroubledQueue, limit: int | None, count: int, *, expected: bool
) -> None:
    redrive = redrive_of(queue, learnt=limit)

    assert redrive.is_last(message(count)) is expected
    assert await redrive.is_surely_last(message(count)) is expected
    assert queue.calls["describe"] == 0


async def test_a_limit_that_was_raised_meanwhile_is_found_out(queue: TroubledQueue) -> None:
    redrive = redrive_of(queue)
    await asyncio.sleep(RECENT + 1.0)

    assert not await redrive.is_surely_last(message(3))
    assert await redrive.is_surely_last(message(5))
    assert queue.calls["describe"] == 1


async def test_before_the_limit_nothing_is_asked(queue: TroubledQueue) -> None:
    redrive = redrive_of(queue)
    await asyncio.sleep(RECENT + 1.0)

    assert not await redrive.is_surely_last(message(2))
    assert queue.calls["describe"] == 0


@pytest.mark.parametrize("error", [QueueRefused("AccessDenied"), QueueUnavailable("timed out")])
async def test_where_the_queue_does_not_say_it_again_nothing_is_sure_and_it_is_asked_once_a_minute(
    queue: TroubledQueue, error: QueueRefused | QueueUnavailable
) -> None:
    queue.fail("describe", error)
    redrive = redrive_of(queue, learnt=5)
    await asyncio.sleep(RECENT + 1.0)

    assert not await redrive.is_surely_last(message(5))
    assert not await redrive.is_surely_last(message(5))
    assert queue.calls["describe"] == 1
    await asyncio.sleep(RECENT + 1.0)
    assert await redrive.is_surely_last(message(5))


async def test_a_slot_does_not_wait_long_for_the_answer(queue: TroubledQueue) -> None:
    queue.delay["describe"] = 60.0
    redrive = redrive_of(queue)
    await asyncio.sleep(RECENT + 1.0)
    loop = asyncio.get_running_loop()
    began = loop.time()

    assert not await redrive.is_surely_last(message(5))
    assert loop.time() - began <= PATIENCE + 0.1
