"""What the Queue port promises about deleting, hiding and counting, for a standard queue."""
# ruff: noqa: PLR2004 - the numbers of a suite need no names

import asyncio

from sqsd_adapters.testing.queue_suite.hooks import LONG, SHORT, QueueHooks, Send, receive_all
from sqsd_core.message import ReceiptHandle
from sqsd_core.ports.queue import Queue, VisibilityChange


class Settling(QueueHooks):
    """Part of ``QueueSuite``."""

    async def test_a_deleted_message_does_not_come_back(self, queue: Queue, send: Send) -> None:
        await send("done")
        [message] = await receive_all(queue, 1, visibility=SHORT)
        assert not await queue.delete([message.receipt])
        await asyncio.sleep(SHORT + 0.1)
        assert not await queue.receive(max_messages=10, wait=0, visibility=LONG)

    async def test_a_message_deleted_twice_is_no_error(self, queue: Queue, send: Send) -> None:
        await send("done")
        [message] = await receive_all(queue, 1)
        assert not await queue.delete([message.receipt])
        assert not await queue.delete([message.receipt])

    async def test_ten_messages_are_deleted_at_once(self, queue: Queue, send: Send) -> None:
        for number in range(10):
            await send(f"message {number}")
        messages = await receive_all(queue, 10)
        assert not await queue.delete([message.receipt for message in messages])
        description = await queue.describe()
        assert (description.visible, description.in_flight) == (0, 0)

    async def test_a_delete_that_fails_is_returned_and_the_others_are_carried_out(
        self, queue: Queue, send: Send
    ) -> None:
        await send("done")
        [message] = await receive_all(queue, 1)
        broken = ReceiptHandle("no receipt of this queue")
        [failed] = await queue.delete([broken, message.receipt])
        assert failed.receipt == broken
        assert failed.code
        assert not failed.retryable
        assert (await queue.describe()).in_flight == 0

    async def test_an_empty_batch_is_carried_out(self, queue: Queue) -> None:
        assert not await queue.delete([])
        assert not await queue.change_visibility([])

    async def test_a_released_message_is_visible_at_once(self, queue: Queue, send: Send) -> None:
        await send("released")
        [first] = await receive_all(queue, 1)
        assert not await queue.change_visibility([VisibilityChange(receipt=first.receipt, timeout=0)])
        [second] = await queue.receive(max_messages=10, wait=SHORT, visibility=LONG)
        assert second.id == first.id
        assert second.receive_count == 2

    async def test_an_extended_message_stays_hidden(self, queue: Queue, send: Send) -> None:
        await send("extended")
        [message] = await receive_all(queue, 1, visibility=SHORT)
        assert not await queue.change_visibility([VisibilityChange(receipt=message.receipt, timeout=LONG)])
        await asyncio.sleep(SHORT + 0.1)
        assert not await queue.receive(max_messages=10, wait=0, visibility=LONG)

    async def test_the_last_change_of_a_visibility_counts(self, queue: Queue, send: Send) -> None:
        await send("changed")
        [first] = await receive_all(queue, 1)
        for timeout in (2 * LONG, LONG, 0):
            changes = [VisibilityChange(receipt=first.receipt, timeout=timeout)]
            assert not await queue.change_visibility(changes)
        [second] = await queue.receive(max_messages=10, wait=SHORT, visibility=LONG)
        assert second.id == first.id

    async def test_ten_messages_are_released_at_once(self, queue: Queue, send: Send) -> None:
        for number in range(10):
            await send(f"message {number}")
        messages = await receive_all(queue, 10)
        changes = [VisibilityChange(receipt=message.receipt, timeout=0) for message in messages]
        assert not await queue.change_visibility(changes)
        again = await receive_all(queue, 10)
        assert {message.id for message in again} == {message.id for message in messages}

    async def test_a_deleted_message_cannot_be_hidden(self, queue: Queue, send: Send) -> None:
        await send("gone")
        await send("here")
        gone, here = await receive_all(queue, 2)
        assert not await queue.delete([gone.receipt])
        changes = [VisibilityChange(receipt=message.receipt, timeout=0) for message in (gone, here)]
        [failed] = await queue.change_visibility(changes)
        assert failed.receipt == gone.receipt
        assert not failed.retryable
        [again] = await receive_all(queue, 1)
        assert again.id == here.id

    async def test_a_queue_counts_what_is_visible_and_what_is_in_flight(self, queue: Queue, send: Send) -> None:
        for number in range(5):
            await send(f"message {number}")
        received = await queue.receive(max_messages=2, wait=SHORT, visibility=LONG)
        description = await queue.describe()
        assert description.in_flight == len(received)
        assert description.visible == 5 - len(received)
        assert description.delayed == 0
