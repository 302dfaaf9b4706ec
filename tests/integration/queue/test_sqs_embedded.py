"""SqsQueue against the embedded SQS as a server, with boto3 on the other side."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from sqsd_adapters.queue.embedded.faults import Fault, FaultKind
from sqsd_adapters.queue.embedded.server import EmbeddedSqsServer
from sqsd_adapters.queue.sqs import Client
from sqsd_adapters.queue.sqs.client import ATTEMPTS
from sqsd_adapters.testing.queue_suite import FifoQueueSuite, QueueSuite
from sqsd_adapters.testing.sender_suite import FifoSenderSuite, SenderSuite
from sqsd_core.errors import QueueUnavailable
from tests.support.bodies import mixed_bodies
from tests.support.embedded import embedded_server
from tests.support.moto import OverTheWire, bodies_worked_off, sender, sqs_client, sqs_queue

pytestmark = pytest.mark.integration


@pytest.fixture
async def server() -> AsyncIterator[EmbeddedSqsServer]:
    async with embedded_server(queues=("jobs", "jobs.fifo"), cancel_abandoned_polls=True) as server:
        yield server


@pytest.fixture
def boto(server: EmbeddedSqsServer) -> Iterator[Any]:
    with sqs_client(server.url) as client:
        yield client


class TestStandard(OverTheWire, QueueSuite):
    @pytest.fixture
    def url(self, server: EmbeddedSqsServer) -> str:
        return server.queue_url("jobs")


class TestFifo(OverTheWire, FifoQueueSuite):
    @pytest.fixture
    def url(self, server: EmbeddedSqsServer) -> str:
        return server.queue_url("jobs.fifo")


class TestSender(OverTheWire, SenderSuite):
    @pytest.fixture
    def url(self, server: EmbeddedSqsServer) -> str:
        return server.queue_url("jobs")


class TestFifoSender(OverTheWire, FifoSenderSuite):
    @pytest.fixture
    def url(self, server: EmbeddedSqsServer) -> str:
        return server.queue_url("jobs.fifo")


async def test_two_hundred_mixed_bodies_arrive_as_they_were_sent_and_the_queue_is_empty_after(
    server: EmbeddedSqsServer, boto: Any, client: Client
) -> None:
    bodies = mixed_bodies(200)
    url = server.queue_url("jobs")
    send = sender(boto, url)
    for body in bodies:
        await send(body)
    async with sqs_queue(url, client=client) as queue:
        received = await bodies_worked_off(queue)
        description = await queue.describe()
    assert sorted(received) == sorted(bodies)
    assert (description.visible, description.in_flight) == (0, 0)


async def test_a_fifo_receive_whose_answer_was_lost_brings_its_messages_when_it_is_repeated(
    server: EmbeddedSqsServer, boto: Any, client: Client
) -> None:
    url = server.queue_url("jobs.fifo")
    send = sender(boto, url)
    for number in range(3):
        await send(f"{number}", None, "red")
    attempts = ATTEMPTS + 1 if client == "short" else ATTEMPTS
    server.faults.add(Fault(kind=FaultKind.LOSE_ANSWER, operation="ReceiveMessage", count=attempts))
    async with sqs_queue(url, client=client) as queue:
        with pytest.raises(QueueUnavailable):
            await queue.receive(max_messages=10, wait=0, visibility=300)
        messages = await queue.receive(max_messages=10, wait=0, visibility=300)
    assert [message.body for message in messages] == ["0", "1", "2"]


@pytest.mark.parametrize(
    "kind", [FaultKind.RESET, FaultKind.REQUEST_THROTTLED, FaultKind.SERVER_ERROR, FaultKind.LOSE_ANSWER]
)
async def test_a_delete_that_meets_a_blip_is_carried_out(
    kind: FaultKind, server: EmbeddedSqsServer, boto: Any, client: Client
) -> None:
    url = server.queue_url("jobs")
    await sender(boto, url)("once")
    server.faults.add(Fault(kind=kind, operation="DeleteMessageBatch", count=1))
    async with sqs_queue(url, client=client) as queue:
        [message] = await queue.receive(max_messages=10, wait=0, visibility=300)
        assert await queue.delete([message.receipt]) == []
        description = await queue.describe()
    assert (description.visible, description.in_flight) == (0, 0)


async def test_entries_that_fail_on_sqs_side_may_be_tried_again(
    server: EmbeddedSqsServer, boto: Any, client: Client
) -> None:
    url = server.queue_url("jobs")
    send = sender(boto, url)
    for number in range(3):
        await send(f"{number}")
    server.faults.add(Fault(kind=FaultKind.FAIL_ENTRIES, operation="DeleteMessageBatch", entries=2, count=1))
    async with sqs_queue(url, client=client) as queue:
        messages = await queue.receive(max_messages=10, wait=0, visibility=300)
        failures = await queue.delete([message.receipt for message in messages])
        assert [failure.receipt for failure in failures] == [message.receipt for message in messages[:2]]
        assert all(failure.retryable for failure in failures)
        assert await queue.delete([failure.receipt for failure in failures]) == []
