"""The conformance suite of the Sender port: subclass it, and provide a sender and the queue that it sends to."""
# ruff: noqa: PLR2004 - the numbers of a suite need no names

import asyncio

import pytest

from sqsd_adapters.testing.queue_suite import ATTRIBUTES, LONG, SHORT, TEXT, receive_all
from sqsd_core.errors import QueueRefused
from sqsd_core.message import MessageAttribute
from sqsd_core.ports.queue import Queue
from sqsd_core.ports.sender import Sender


class _Hooks:
    pytestmark = pytest.mark.asyncio

    @pytest.fixture
    def queue(self) -> Queue:
        """An opened adapter of an empty queue."""
        raise NotImplementedError("provide the fixture `queue`")

    @pytest.fixture
    def sender(self, queue: Queue) -> Sender:
        """Sends to that queue."""
        raise NotImplementedError("provide the fixture `sender`")


class SenderSuite(_Hooks):
    """Every promise of the Sender port, for a standard queue.

    A subclass provides the fixtures ``queue`` and ``sender``, fresh for each test::

        class TestMine(SenderSuite):
            @pytest.fixture
            async def queue(self):
                async with MyQueue(...) as queue:
                    yield queue

            @pytest.fixture
            def sender(self, queue):
                return MySender(...)
    """

    async def test_a_message_arrives_as_it_was_sent(self, queue: Queue, sender: Sender) -> None:
        sent = await sender.send(TEXT, attributes=ATTRIBUTES)
        [message] = await receive_all(queue, 1)
        assert (message.id, message.body) == (sent, TEXT)
        assert dict(message.attributes) == ATTRIBUTES

    async def test_each_message_has_an_id_of_its_own(self, queue: Queue, sender: Sender) -> None:
        ids = await asyncio.gather(*(sender.send("same body") for _ in range(5)))
        messages = await receive_all(queue, 5)
        assert {message.id for message in messages} == set(ids)
        assert len(set(ids)) == 5

    async def test_a_group_on_a_standard_queue_is_a_tenant(self, queue: Queue, sender: Sender) -> None:
        await sender.send("fair", group_id="tenant-7")
        [message] = await receive_all(queue, 1)
        assert message.tenant_id == "tenant-7"

    async def test_a_delayed_message_comes_later(self, queue: Queue, sender: Sender) -> None:
        await sender.send("late", delay=SHORT)
        assert not await queue.receive(max_messages=10, wait=0, visibility=LONG)
        [message] = await receive_all(queue, 1)
        assert message.body == "late"

    async def test_what_the_queue_does_not_take_is_refused(self, sender: Sender) -> None:
        with pytest.raises(QueueRefused):
            await sender.send("body", attributes={"odd": MessageAttribute(data_type="Nonsense", value="x")})


class FifoSenderSuite(_Hooks):
    """What the Sender port promises for a FIFO queue; the fixtures are those of SenderSuite."""

    async def test_a_message_tells_its_group(self, queue: Queue, sender: Sender) -> None:
        await sender.send("grouped", group_id="red", deduplication_id="1")
        [message] = await receive_all(queue, 1)
        assert message.group_id == "red"

    async def test_what_has_the_same_deduplication_id_is_sent_once(self, queue: Queue, sender: Sender) -> None:
        await sender.send("first", group_id="red", deduplication_id="1")
        await sender.send("second", group_id="red", deduplication_id="1")
        await sender.send("other", group_id="blue", deduplication_id="2")
        assert sorted(message.body for message in await receive_all(queue, 2)) == ["first", "other"]
        assert not await queue.receive(max_messages=10, wait=0, visibility=LONG)
