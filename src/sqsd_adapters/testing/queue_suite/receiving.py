"""What the Queue port promises about receiving, for a standard queue."""
# ruff: noqa: PLR2004 - the numbers of a suite need no names

import asyncio

from sqsd_adapters.testing.queue_suite.hooks import (
    ATTRIBUTES,
    LONG,
    PATIENCE,
    SHORT,
    TEXT,
    QueueHooks,
    Send,
    receive_all,
)
from sqsd_core.ports.queue import Queue, VisibilityChange


class Receiving(QueueHooks):
    """Part of ``QueueSuite``."""

    async def test_a_message_arrives_as_it_was_sent(self, queue: Queue, send: Send) -> None:
        await send(TEXT, ATTRIBUTES)
        [message] = await receive_all(queue, 1)
        assert message.body == TEXT
        assert dict(message.attributes) == ATTRIBUTES
        assert message.id
        assert message.receipt
        assert message.receive_count == 1
        assert message.group_id is None

    async def test_a_group_on_a_standard_queue_is_a_tenant_and_orders_nothing(self, queue: Queue, send: Send) -> None:
        await send("fair", None, "tenant-7")
        [message] = await receive_all(queue, 1)
        assert (message.group_id, message.tenant_id) == (None, "tenant-7")

    async def test_a_delivery_knows_when_it_was_sent_and_first_received(self, queue: Queue, send: Send) -> None:
        await send("when")
        [first] = await receive_all(queue, 1)
        assert first.sent_at is not None
        assert first.first_received_at is not None
        # SQS cuts instants to milliseconds
        assert first.sent_at <= first.first_received_at + 0.001
        await queue.change_visibility([VisibilityChange(receipt=first.receipt, timeout=0)])
        [second] = await receive_all(queue, 1)
        assert second.sent_at == first.sent_at
        assert second.first_received_at == first.first_received_at

    async def test_a_large_body_arrives_byte_for_byte(self, queue: Queue, send: Send) -> None:
        body = "äöü🐝\r\n" * 15_000
        await send(body)
        [message] = await receive_all(queue, 1)
        assert message.body == body

    async def test_a_receive_brings_at_most_what_it_asks_for(self, queue: Queue, send: Send) -> None:
        for number in range(12):
            await send(f"message {number}")
        few = await queue.receive(max_messages=3, wait=SHORT, visibility=LONG)
        assert 1 <= len(few) <= 3
        many = await queue.receive(max_messages=10, wait=SHORT, visibility=LONG)
        assert 1 <= len(many) <= 10
        rest = await receive_all(queue, 12 - len(few) - len(many))
        assert {m.body for m in [*few, *many, *rest]} == {f"message {number}" for number in range(12)}

    async def test_an_empty_queue_answers_at_once_when_told_not_to_wait(self, queue: Queue) -> None:
        async with asyncio.timeout(PATIENCE):
            assert not await queue.receive(max_messages=10, wait=0, visibility=LONG)

    async def test_an_empty_queue_answers_when_the_wait_is_over(self, queue: Queue) -> None:
        loop = asyncio.get_running_loop()
        begin = loop.time()
        assert not await queue.receive(max_messages=1, wait=SHORT, visibility=LONG)
        assert SHORT - 0.1 <= loop.time() - begin < SHORT + PATIENCE

    async def test_a_waiting_receive_brings_a_message_that_comes_later(self, queue: Queue, send: Send) -> None:
        async with asyncio.TaskGroup() as group, asyncio.timeout(PATIENCE):
            receiving = group.create_task(queue.receive(max_messages=10, wait=20, visibility=LONG))
            await asyncio.sleep(0.2)
            await send("late")
            [message] = await receiving
        assert message.body == "late"

    async def test_receives_side_by_side_never_bring_the_same_message(self, queue: Queue, send: Send) -> None:
        for number in range(10):
            await send(f"message {number}")
        answers = await asyncio.gather(*(queue.receive(max_messages=10, wait=SHORT, visibility=LONG) for _ in range(5)))
        bodies = [message.body for answer in answers for message in answer]
        assert len(bodies) == len(set(bodies)) == 10

    async def test_a_received_message_is_hidden_from_others(self, queue: Queue, send: Send) -> None:
        await send("hidden")
        await receive_all(queue, 1)
        assert not await queue.receive(max_messages=10, wait=0, visibility=LONG)

    async def test_a_message_comes_back_when_its_visibility_timeout_ends(self, queue: Queue, send: Send) -> None:
        await send("again")
        [first] = await receive_all(queue, 1, visibility=SHORT)
        [second] = await receive_all(queue, 1)
        assert second.id == first.id
        assert second.receive_count == 2
        assert second.receipt != first.receipt

    async def test_a_cancelled_receive_ends_at_once_and_harms_no_later_one(self, queue: Queue, send: Send) -> None:
        waiting = asyncio.create_task(queue.receive(max_messages=1, wait=20, visibility=SHORT))
        await asyncio.sleep(0.2)
        async with asyncio.timeout(PATIENCE):
            waiting.cancel()
            await asyncio.wait([waiting])
        assert waiting.cancelled()
        await send("after")
        # the cancelled receive may have hidden it for its visibility timeout
        [message] = await receive_all(queue, 1)
        assert message.body == "after"

    async def test_a_standard_queue_has_a_standard_name(self, queue: Queue) -> None:
        assert queue.name
        assert not queue.name.endswith(".fifo")
