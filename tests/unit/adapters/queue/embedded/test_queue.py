"""The queue in memory: the port's conformance, faults, and what it offers to other people's tests."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from sqsd_adapters.queue.embedded.faults import Fault, FaultKind, Faults
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.queue.embedded.sqs import EmbeddedSqs
from sqsd_adapters.testing.queue_suite import FifoQueueSuite, QueueSuite, Send
from sqsd_core.errors import QueueError, QueueNotFound, QueueRefused, QueueUnavailable
from sqsd_core.message import NO_ATTRIBUTES, Message, MessageAttribute, ReceiptHandle


def sender(queue: EmbeddedQueue) -> Send:
    async def send(
        body: str, attributes: Mapping[str, MessageAttribute] | None = None, group_id: str | None = None
    ) -> None:
        queue.send(body, attributes=attributes or NO_ATTRIBUTES, group_id=group_id)

    return send


class TestEmbeddedQueue(QueueSuite):
    @pytest.fixture
    async def queue(self) -> EmbeddedQueue:
        return EmbeddedQueue()

    @pytest.fixture
    def send(self, queue: EmbeddedQueue) -> Send:
        return sender(queue)


class TestEmbeddedFifoQueue(FifoQueueSuite):
    @pytest.fixture
    async def queue(self) -> EmbeddedQueue:
        return EmbeddedQueue(name="jobs.fifo")

    @pytest.fixture
    def send(self, queue: EmbeddedQueue) -> Send:
        return sender(queue)


async def test_a_test_of_a_job_is_three_lines() -> None:
    queue = EmbeddedQueue()
    queue.send("hello")
    [message] = await queue.receive(max_messages=1, wait=0, visibility=30)
    await queue.delete([message.receipt])
    assert queue.is_empty


def test_a_queue_can_be_filled_and_looked_at_without_an_event_loop() -> None:
    queue = EmbeddedQueue()
    queue.send("now")
    queue.send("later", delay=60)
    assert (queue.visible, queue.in_flight, queue.bodies) == (1, 0, ["now", "later"])
    assert repr(queue) == "<EmbeddedQueue jobs: 1 visible, 0 in flight, 1 delayed>"


async def test_a_poison_message_ends_in_the_dead_letter_queue() -> None:
    queue = EmbeddedQueue(max_receive_count=2)
    queue.send("poison")
    for _ in range(3):
        await queue.receive(max_messages=1, wait=0, visibility=0)
    assert queue.is_empty
    assert queue.dead_letters == ["poison"]
    assert (await queue.describe()).max_receive_count == 2
    dead_letters = queue.dead_letter_queue
    assert dead_letters is not None
    [dead] = await dead_letters.receive(max_messages=1, wait=0, visibility=30)
    assert (dead.body, dead.receive_count) == ("poison", 3)


async def test_a_queue_without_a_dead_letter_queue_says_so() -> None:
    queue = EmbeddedQueue()
    assert (list(queue.dead_letters), queue.dead_letter_queue) == ([], None)
    assert (await queue.describe()).max_receive_count is None


async def test_each_send_to_a_fifo_queue_is_a_message_unless_it_has_a_deduplication_id() -> None:
    queue = EmbeddedQueue(name="jobs.fifo")
    for _ in range(2):
        queue.send("same", group_id="red")
        queue.send("once", group_id="red", deduplication_id="d")
    assert queue.bodies == ["same", "once", "same"]


def test_a_name_gives_the_same_queue_until_it_is_forgotten() -> None:
    queue = EmbeddedQueue.named("shared")
    assert EmbeddedQueue.named("shared") is queue
    assert EmbeddedQueue.named("other") is not queue
    for name in ("shared", "other"):
        EmbeddedQueue.forget(name)
    assert EmbeddedQueue.named("shared") is not queue
    EmbeddedQueue.forget("shared")


def test_a_queue_that_exists_has_its_own_max_receive_count() -> None:
    queue, sqs = EmbeddedQueue.named("limited", max_receive_count=3), EmbeddedSqs()
    EmbeddedQueue(sqs=sqs, name="limited", max_receive_count=3)
    assert EmbeddedQueue.named("limited") is EmbeddedQueue.named("limited", max_receive_count=3) is queue
    with pytest.raises(ValueError, match="max_receive_count=5: the queue limited exists with 3; use another name"):
        EmbeddedQueue.named("limited", max_receive_count=5)
    with pytest.raises(ValueError, match="max_receive_count=5: the queue limited exists with 3; use another name"):
        EmbeddedQueue(sqs=sqs, name="limited", max_receive_count=5)
    EmbeddedQueue.forget("limited")
    assert EmbeddedQueue.found("limited", max_receive_count=5).dead_letter_queue is not None
    assert EmbeddedQueue.found("limited", max_receive_count=7) is EmbeddedQueue.named("limited")
    EmbeddedQueue.forget("limited")


SEVEN: Any = 7
TEXT = MessageAttribute(data_type="String", value="x")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"body": {"order": 7}}, "body: expected str, got dict: use json.dumps"),
        ({"body": [7]}, "body: expected str, got list: use json.dumps"),
        ({"body": b"7"}, "body: expected str, got bytes: decode it"),
        ({"body": None}, "body: expected str, got NoneType"),
        ({"attributes": None}, "attributes: expected a mapping of names to MessageAttribute, got NoneType"),
        ({"attributes": {7: TEXT}}, "attributes: expected names of type str, got int"),
        ({"attributes": {"a": "x"}}, r"attributes\['a'\]: expected MessageAttribute\(.*\), got str"),
        (
            {"attributes": {"a": replace(TEXT, value=SEVEN)}},
            r"attributes\['a'\].value: expected str, also for a Number",
        ),
        ({"attributes": {"a": replace(TEXT, data_type=SEVEN)}}, r"attributes\['a'\].data_type: expected str, got int"),
        ({"group_id": 7}, "group_id: expected str, got int"),
        ({"deduplication_id": 7}, "deduplication_id: expected str, got int"),
        ({"trace_header": 7}, "trace_header: expected str, got int"),
        ({"delay": "7"}, "delay: expected a number of seconds, got str"),
    ],
)
def test_what_is_no_message_is_refused_by_its_type(arguments: dict[str, Any], said: str) -> None:
    queue = EmbeddedQueue()
    with pytest.raises(TypeError, match=said):
        queue.send(**{"body": "x", **arguments})
    assert queue.is_empty


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"name": 7}, "name: expected str, got int"),
        ({"max_receive_count": "3"}, "max_receive_count: expected int, got str"),
        ({"max_receive_count": True}, "max_receive_count: expected int, got bool"),
        ({"clock": 7}, "clock: expected Clock, got int"),
        ({"sqs": "jobs"}, "sqs: expected EmbeddedSqs, got str"),
    ],
)
def test_a_queue_is_not_made_of_what_is_not_of_its_type(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(TypeError, match=said):
        EmbeddedQueue(**arguments)


async def test_two_views_of_one_sqs_share_a_queue() -> None:
    sqs = EmbeddedSqs()
    EmbeddedQueue(sqs=sqs).send("hello")
    assert EmbeddedQueue(sqs=sqs).bodies == ["hello"]


async def test_a_deleted_queue_is_not_found() -> None:
    sqs = EmbeddedSqs()
    queue = EmbeddedQueue(sqs=sqs)
    queue.send("hello")
    [message] = await queue.receive(max_messages=1, wait=0, visibility=30)
    sqs.engine.delete_queue("jobs")
    with pytest.raises(QueueNotFound):
        await queue.receive(max_messages=1, wait=20, visibility=30)
    with pytest.raises(QueueNotFound):
        await queue.delete([message.receipt])
    with pytest.raises(QueueNotFound):
        await queue.describe()


async def test_a_batch_of_eleven_is_refused() -> None:
    with pytest.raises(QueueRefused):
        await EmbeddedQueue().delete([ReceiptHandle(f"{number}") for number in range(11)])


async def test_a_receive_beyond_the_limits_is_refused() -> None:
    with pytest.raises(QueueRefused):
        await EmbeddedQueue().receive(max_messages=11, wait=0, visibility=30)


class TestFaults:
    """Faults of the server, as they come through the port."""

    @pytest.fixture
    def faults(self) -> Faults:
        return Faults()

    @pytest.fixture
    async def queue(self, faults: Faults) -> EmbeddedQueue:
        queue = EmbeddedQueue(faults=faults)
        for number in range(3):
            queue.send(f"{number}")
        return queue

    async def receive(self, queue: EmbeddedQueue) -> Sequence[Message]:
        return await queue.receive(max_messages=10, wait=0, visibility=30)

    @pytest.mark.parametrize(
        ("kind", "error"),
        [
            (FaultKind.THROTTLE, QueueUnavailable),
            (FaultKind.REQUEST_THROTTLED, QueueUnavailable),
            (FaultKind.SERVER_ERROR, QueueUnavailable),
            (FaultKind.UNAVAILABLE, QueueUnavailable),
            (FaultKind.RESET, QueueUnavailable),
            (FaultKind.ACCESS_DENIED, QueueRefused),
            (FaultKind.INVALID_CREDENTIALS, QueueRefused),
            (FaultKind.EXPIRED_CREDENTIALS, QueueRefused),
            (FaultKind.KMS_DISABLED, QueueRefused),
            (FaultKind.QUEUE_GONE, QueueNotFound),
        ],
    )
    async def test_a_refused_call_raises_what_the_port_allows_and_does_nothing(
        self, queue: EmbeddedQueue, faults: Faults, kind: FaultKind, error: type[QueueError]
    ) -> None:
        faults.add(Fault(kind=kind, count=1))
        with pytest.raises(error) as caught:
            await self.receive(queue)
        assert type(caught.value) is error
        assert queue.in_flight == 0
        assert len(await self.receive(queue)) == 3

    async def test_a_lost_answer_was_carried_out(self, queue: EmbeddedQueue, faults: Faults) -> None:
        faults.add(Fault(kind=FaultKind.LOSE_ANSWER, count=1))
        with pytest.raises(QueueUnavailable):
            await self.receive(queue)
        assert queue.in_flight == 3

    async def test_entries_that_fail_may_be_tried_again(self, queue: EmbeddedQueue, faults: Faults) -> None:
        messages = await self.receive(queue)
        faults.add(Fault(kind=FaultKind.FAIL_ENTRIES, operation="DeleteMessageBatch", entries=1, count=1))
        [failed] = await queue.delete([message.receipt for message in messages])
        assert (failed.receipt, failed.retryable) == (messages[0].receipt, True)
        assert queue.in_flight == 1
        assert not await queue.delete([failed.receipt])
        assert queue.is_empty

    async def test_a_duplicate_is_delivered_while_the_first_is_in_flight(
        self, queue: EmbeddedQueue, faults: Faults
    ) -> None:
        first = await self.receive(queue)
        faults.add(Fault(kind=FaultKind.DUPLICATE, count=1))
        second = await self.receive(queue)
        assert [message.id for message in second] == [message.id for message in first]
        assert {message.receive_count for message in second} == {2}

    async def test_a_delay_takes_its_time(self, queue: EmbeddedQueue, faults: Faults) -> None:
        faults.add(Fault(kind=FaultKind.DELAY, operation="GetQueueAttributes", seconds=5))
        await queue.describe()
        assert asyncio.get_running_loop().time() == 5
        assert faults.calls == {"GetQueueAttributes": 1}
