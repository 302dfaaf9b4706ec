"""How to test a job: with the daemon's real flow, a queue in memory, and no waiting."""

import asyncio

from examples.shipping import MINUTE, Shipping
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.harness import work_off
from sqsd_adapters.testing.virtual_time import VirtualTimeLoop


async def test_a_paid_order_is_shipped_once() -> None:
    queue, shipping = EmbeddedQueue(), Shipping()
    shipping.paid.add(7)
    queue.send('{"order": 7}')
    board = await work_off(queue, shipping)
    assert shipping.shipped == [7]
    assert board.outcomes == {"Succeeded": 1}


async def test_an_order_that_cannot_be_read_ends_in_the_dead_letter_queue() -> None:
    queue, shipping = EmbeddedQueue(max_receive_count=3), Shipping()
    queue.send("not JSON")
    board = await work_off(queue, shipping)
    assert board.outcomes == {"Failed": 3}
    assert queue.dead_letters == ["not JSON"]


def test_an_unpaid_order_comes_back_a_minute_later() -> None:
    async def pay_later() -> float:
        queue, shipping = EmbeddedQueue(), Shipping()
        loop = asyncio.get_running_loop()
        queue.send('{"order": 7}')
        loop.call_later(MINUTE / 2, shipping.paid.add, 7)
        await work_off(queue, shipping, within=2 * MINUTE)
        return loop.time()

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        assert runner.run(pay_later()) >= MINUTE
