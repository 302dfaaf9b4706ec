"""How to test a job: with the daemon's real flow, a queue in memory, and no waiting."""

import asyncio

from examples.shipping import MINUTE, Shipping
from sqsd_adapters.testing import EmbeddedQueue, in_virtual_time, work_off


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


@in_virtual_time
async def test_an_unpaid_order_comes_back_a_minute_later() -> None:
    queue, shipping = EmbeddedQueue(), Shipping()
    queue.send('{"order": 7}')
    asyncio.get_running_loop().call_later(MINUTE / 2, shipping.paid.add, 7)
    board = await work_off(queue, shipping, within=2 * MINUTE)
    assert board.outcomes == {"RetryLater": 1, "Succeeded": 1}
