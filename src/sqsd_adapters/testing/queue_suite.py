"""The conformance suite of the Queue port: subclass it, and provide a queue and a way to send to it."""
# ruff: noqa: PLR2004 - the numbers of a suite need no names

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Protocol

import pytest

from sqsd_core.message import Message, MessageAttribute, ReceiptHandle
from sqsd_core.ports.queue import Queue, VisibilityChange

LONG = 30.0  # seconds of a visibility timeout that is longer than any test
SHORT = 1.0  # seconds; SQS counts in whole ones
PATIENCE = 5.0  # seconds within which a message that is due must arrive

TEXT = 'line\r\nline\t{"key": "välue 🐝"} <xml/> & "quotes"'
ATTRIBUTES = {
    "plain": MessageAttribute(data_type="String", value="grüße\r\n"),
    "count.of-all_things": MessageAttribute(data_type="Number.int", value="-17"),
    "raw": MessageAttribute(data_type="Binary", value=b"\x00\xff\r\n"),
}


class Send(Protocol):
    """Puts a message into the queue under test without using the port."""

    def __call__(
        self,
        body: str,
        attributes: Mapping[str, MessageAttribute] | None = None,
        group_id: str | None = None,
    ) -> Awaitable[object]: ...


async def receive_all(queue: Queue, count: int, *, visibility: float = LONG) -> list[Message]:
    """Receive until ``count`` messages have arrived; a queue may return fewer per receive than it has."""
    messages: list[Message] = []
    async with asyncio.timeout(PATIENCE):
        while len(messages) < count:
            messages += await queue.receive(max_messages=10, wait=SHORT, visibility=visibility)
    return messages


class _Hooks:
    pytestmark = pytest.mark.asyncio

    @pytest.fixture
    def queue(self) -> Queue:
        """An opened adapter of an empty queue."""
        raise NotImplementedError("provide the fixture `queue`")

    @pytest.fixture
    def send(self, queue: Queue) -> Send:
        """Sends a new message to that queue with each call."""
        raise NotImplementedError("provide the fixture `send`")


class QueueSuite(_Hooks):
    """Every promise of the Queue port, for a standard queue.

    A subclass provides the fixtures ``queue`` and ``send``, fresh for each test::

        class TestMine(QueueSuite):
            @pytest.fixture
            async def queue(self):
                async with MyQueue(...) as queue:
                    yield queue

            @pytest.fixture
            def send(self, queue):
                async def send(body, attributes=None, group_id=None):
                    ...
                return send
    """

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


class FifoQueueSuite(_Hooks):
    """What the Queue port promises for a FIFO queue; the fixtures are those of QueueSuite."""

    async def test_a_fifo_queue_is_known_by_its_name(self, queue: Queue) -> None:
        assert queue.name.endswith(".fifo")

    async def test_a_message_tells_its_group(self, queue: Queue, send: Send) -> None:
        await send("grouped", None, "red")
        [message] = await receive_all(queue, 1)
        assert (message.group_id, message.tenant_id) == ("red", None)

    async def test_a_group_comes_in_the_order_of_sending(self, queue: Queue, send: Send) -> None:
        for number in range(5):
            await send(f"{number}", None, "red")
        bodies = []
        for _ in range(5):
            [message] = await queue.receive(max_messages=1, wait=SHORT, visibility=LONG)
            bodies.append(message.body)
            assert not await queue.delete([message.receipt])
        assert bodies == ["0", "1", "2", "3", "4"]

    async def test_several_of_a_group_received_at_once_are_in_order(self, queue: Queue, send: Send) -> None:
        for number in range(5):
            await send(f"{number}", None, "red")
        messages = await queue.receive(max_messages=10, wait=SHORT, visibility=LONG)
        assert [message.body for message in messages] == ["0", "1", "2", "3", "4"][: len(messages)]

    async def test_nothing_of_a_group_comes_while_one_of_it_is_in_flight(self, queue: Queue, send: Send) -> None:
        for number, group in enumerate(("red", "red", "blue")):
            await send(f"{number}", None, group)
        [first] = await queue.receive(max_messages=1, wait=SHORT, visibility=LONG)
        rest = await queue.receive(max_messages=10, wait=SHORT, visibility=LONG)
        assert {message.group_id for message in rest} == {"red", "blue"} - {first.group_id}

    async def test_a_released_message_comes_before_the_rest_of_its_group(self, queue: Queue, send: Send) -> None:
        for number in range(3):
            await send(f"{number}", None, "red")
        [first] = await queue.receive(max_messages=1, wait=SHORT, visibility=LONG)
        assert not await queue.change_visibility([VisibilityChange(receipt=first.receipt, timeout=0)])
        [again] = await queue.receive(max_messages=1, wait=SHORT, visibility=LONG)
        assert again.id == first.id
        assert again.receive_count == 2
