"""What the Queue port promises for a FIFO queue."""
# ruff: noqa: PLR2004 - the numbers of a suite need no names

from sqsd_adapters.testing.queue_suite.hooks import LONG, SHORT, QueueHooks, Send, receive_all
from sqsd_core.ports.queue import Queue, VisibilityChange


class FifoQueueSuite(QueueHooks):
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
