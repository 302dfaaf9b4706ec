"""The depth of the queues: asked for only while somebody looks, at most once a minute."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import EPOCH, LoopClock
from sqsd_core.errors import QueueRefused
from sqsd_core.flow.services.depth import Depths
from tests.support.troubled_queue import TroubledQueue


@asynccontextmanager
async def asking(queue: TroubledQueue) -> AsyncIterator[Depths]:
    depths = Depths(queues=lambda: {"jobs": queue}, clock=LoopClock())
    async with asyncio.TaskGroup() as group:
        task = group.create_task(depths.run())
        yield depths
        task.cancel()


def jobs() -> TroubledQueue:
    return TroubledQueue(EmbeddedQueue(clock=LoopClock(), name="jobs"))


async def test_a_queue_is_not_asked_while_nobody_looks() -> None:
    queue = jobs()
    async with asking(queue):
        await asyncio.sleep(3_600.0)

    assert queue.calls["describe"] == 0


async def test_a_look_makes_the_daemon_ask_and_the_next_look_knows() -> None:
    queue = jobs()
    queue.inner.send("a")  # type: ignore[attr-defined]
    async with asking(queue) as depths:
        assert depths.look() == {}
        await asyncio.sleep(0.1)
        depth = depths.look()["jobs"]

    assert (depth.visible, depth.in_flight, depth.delayed, depth.trend) == (1, 0, 0, None)
    assert EPOCH <= depth.at <= EPOCH + 0.1


async def test_however_many_look_a_queue_is_asked_once_a_minute() -> None:
    queue = jobs()
    async with asking(queue) as depths:
        for _ in range(6_000):
            depths.look()
            await asyncio.sleep(0.1)

    assert 10 <= queue.calls["describe"] <= 11


async def test_two_answers_give_a_trend() -> None:
    queue = jobs()
    async with asking(queue) as depths:
        depths.look()
        await asyncio.sleep(60.0)
        for number in range(120):
            queue.inner.send(str(number))  # type: ignore[attr-defined]
        depths.look()
        await asyncio.sleep(0.1)
        trend = depths.look()["jobs"].trend

    assert trend is not None
    assert round(trend, 1) == 2.0


async def test_an_answer_that_is_old_is_not_shown() -> None:
    queue = jobs()
    async with asking(queue) as depths:
        depths.look()
        await asyncio.sleep(600.0)
        assert depths.look() == {}


async def test_a_queue_that_refuses_has_no_depth_and_is_asked_no_more_often() -> None:
    queue = jobs()
    queue.fail("describe", QueueRefused("AccessDenied"), times=100)
    async with asking(queue) as depths:
        for _ in range(1_200):
            assert depths.look() == {}
            await asyncio.sleep(0.1)

    assert queue.calls["describe"] <= 3


async def test_a_queue_that_has_left_is_not_shown() -> None:
    queue = jobs()
    queues = {"jobs": queue}
    depths = Depths(queues=lambda: queues, clock=LoopClock())
    async with asyncio.TaskGroup() as group:
        task = group.create_task(depths.run())
        depths.look()
        await asyncio.sleep(1.0)
        assert depths.look()
        queues.clear()
        assert depths.look() == {}
        task.cancel()
