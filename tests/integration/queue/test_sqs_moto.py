"""SqsQueue against moto's server, with boto3 on the other side."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from sqsd_adapters.queue.sqs import Client
from sqsd_adapters.testing.queue_suite import FifoQueueSuite, QueueSuite
from sqsd_adapters.testing.sender_suite import FifoSenderSuite, SenderSuite
from sqsd_core.errors import QueueNotFound
from sqsd_core.message import ReceiptHandle
from tests.support.bodies import mixed_bodies
from tests.support.moto import OverTheWire, bodies_worked_off, create_queue, moto_server, sqs_client, sqs_queue

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with moto_server() as url:
        yield url


@pytest.fixture
def boto(endpoint: str) -> Iterator[Any]:
    with sqs_client(endpoint) as client:
        yield client


@pytest.fixture
def url(boto: Any) -> str:
    return create_queue(boto, f"jobs-{uuid4()}")


class TestStandard(OverTheWire, QueueSuite):
    pass


class TestFifo(OverTheWire, FifoQueueSuite):
    @pytest.fixture
    def url(self, boto: Any) -> str:
        return create_queue(boto, f"jobs-{uuid4()}.fifo")


class TestSender(OverTheWire, SenderSuite):
    pass


class TestFifoSender(OverTheWire, FifoSenderSuite):
    @pytest.fixture
    def url(self, boto: Any) -> str:
        return create_queue(boto, f"jobs-{uuid4()}.fifo")


async def test_a_hundred_mixed_bodies_arrive_as_they_were_sent_and_the_queue_is_empty_after(
    boto: Any, url: str, client: Client
) -> None:
    bodies = mixed_bodies(100)
    for body in bodies:
        boto.send_message(QueueUrl=url, MessageBody=body)
    async with sqs_queue(url, client=client) as queue:
        received = await bodies_worked_off(queue)
        description = await queue.describe()
    assert sorted(received) == sorted(bodies)
    assert (description.visible, description.in_flight) == (0, 0)


async def test_a_description_counts_messages_and_knows_the_redrive_limit(boto: Any, url: str, client: Client) -> None:
    dead = boto.create_queue(QueueName=f"dead-{uuid4()}")["QueueUrl"]
    arn = boto.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 3})
    boto.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": policy})
    boto.send_message(QueueUrl=url, MessageBody="one")
    boto.send_message(QueueUrl=url, MessageBody="two")
    async with sqs_queue(url, client=client) as queue:
        await queue.receive(max_messages=1, wait=0, visibility=300)
        description = await queue.describe()
    assert (description.visible, description.in_flight, description.max_receive_count) == (1, 1, 3)


async def test_a_queue_that_does_not_exist_is_named(url: str, client: Client) -> None:
    async with sqs_queue(f"{url}-gone", client=client) as queue:
        with pytest.raises(QueueNotFound, match="-gone"):
            await queue.receive(max_messages=1, wait=0, visibility=30)
        with pytest.raises(QueueNotFound):
            await queue.delete([ReceiptHandle("any")])
        with pytest.raises(QueueNotFound):
            await queue.describe()
