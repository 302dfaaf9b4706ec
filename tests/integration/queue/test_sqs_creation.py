"""QUEUE_ENSURE=create against the embedded SQS and moto: what is created, what stays, and what is refused."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import uuid4

import pytest

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.queue.embedded.faults import Fault, FaultKind
from sqsd_adapters.queue.embedded.server import EmbeddedSqsServer
from sqsd_core.errors import QueueRefused
from tests.support.embedded import Boto, embedded_server
from tests.support.moto import moto_server, sqs_client, sqs_queue

pytestmark = pytest.mark.integration

MOTO_ACCOUNT, EMBEDDED_ACCOUNT = "123456789012", "000000000000"


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    with moto_server() as url:
        yield url


@pytest.fixture
async def server() -> AsyncIterator[EmbeddedSqsServer]:
    async with embedded_server(queues=()) as server:
        yield server


@pytest.fixture(params=["embedded", "moto"])
def root(request: pytest.FixtureRequest, moto: str, server: EmbeddedSqsServer) -> str:
    """The URL of a queue without its name."""
    return f"{moto}/{MOTO_ACCOUNT}" if request.param == "moto" else f"{server.url}/{EMBEDDED_ACCOUNT}"


@pytest.fixture
def boto(root: str) -> Iterator[Boto]:
    with sqs_client(root.rpartition("/")[0]) as client:
        yield Boto("", client)


@pytest.fixture(params=["", ".fifo"])
def name(request: pytest.FixtureRequest) -> str:
    return f"jobs-{uuid4().hex}{request.param}"


def dead_letters_of(name: str) -> str:
    return f"{name.removesuffix('.fifo')}-dlq{'.fifo' if name.endswith('.fifo') else ''}"


async def create(root: str, name: str) -> list[str]:
    async with sqs_queue(f"{root}/{name}") as queue:
        return [*await queue.create_missing(visibility=90.0)]


async def attributes_of(boto: Boto, name: str) -> dict[str, Any]:
    url = (await boto("get_queue_url", QueueName=name))["QueueUrl"]
    attributes: dict[str, Any] = (await boto("get_queue_attributes", QueueUrl=url, AttributeNames=["All"]))[
        "Attributes"
    ]
    return attributes


async def test_both_queues_are_created_with_a_redrive_policy_between_them(root: str, boto: Boto, name: str) -> None:
    done = await create(root, name)
    assert done == [f"created the dead-letter queue {dead_letters_of(name)}", f"created the queue {name}"]
    attributes = await attributes_of(boto, name)
    dead_letters = await attributes_of(boto, dead_letters_of(name))
    policy = json.loads(attributes["RedrivePolicy"])
    assert policy == {"deadLetterTargetArn": dead_letters["QueueArn"], "maxReceiveCount": 5}
    assert attributes["VisibilityTimeout"] == "90"
    assert dead_letters["MessageRetentionPeriod"] == "1209600"
    fifo = "true" if name.endswith(".fifo") else None
    assert (attributes.get("FifoQueue"), dead_letters.get("FifoQueue")) == (fifo, fifo)


async def test_both_queues_are_tagged(root: str, boto: Boto, name: str) -> None:
    await create(root, name)
    url = f"{root}/{dead_letters_of(name)}"
    tags = (await boto("list_queue_tags", QueueUrl=url))["Tags"]
    assert tags == {"created-by": "sqsd", "dead-letters-of": name}


async def test_creating_again_changes_nothing(root: str, boto: Boto, name: str) -> None:
    await create(root, name)
    before = await attributes_of(boto, name)
    assert await create(root, name) == []
    after = await attributes_of(boto, name)
    assert {key: value for key, value in after.items() if "Timestamp" not in key} == {
        key: value for key, value in before.items() if "Timestamp" not in key
    }


async def test_a_queue_without_a_redrive_policy_gets_one_and_keeps_its_attributes(
    root: str, boto: Boto, name: str
) -> None:
    fifo = {"FifoQueue": "true"} if name.endswith(".fifo") else {}
    await boto("create_queue", QueueName=name, Attributes={"VisibilityTimeout": "17", **fifo})
    done = await create(root, name)
    assert done[-1] == f"set the redrive policy of the queue {name}"
    attributes = await attributes_of(boto, name)
    assert attributes["VisibilityTimeout"] == "17"
    assert json.loads(attributes["RedrivePolicy"])["maxReceiveCount"] == 5


async def test_a_dead_letter_queue_that_is_there_is_used_as_it_is(root: str, boto: Boto, name: str) -> None:
    fifo = {"FifoQueue": "true"} if name.endswith(".fifo") else {}
    attributes = {"MessageRetentionPeriod": "3600", **fifo}
    await boto("create_queue", QueueName=dead_letters_of(name), Attributes=attributes)
    assert await create(root, name) == [f"created the queue {name}"]
    assert (await attributes_of(boto, dead_letters_of(name)))["MessageRetentionPeriod"] == "3600"


async def test_a_dead_letter_queue_that_was_deleted_is_created_again(
    server: EmbeddedSqsServer,
) -> None:
    root = f"{server.url}/{EMBEDDED_ACCOUNT}"
    await create(root, "jobs")
    server.sqs.engine.delete_queue("jobs-dlq")
    assert await create(root, "jobs") == ["created the dead-letter queue jobs-dlq"]


async def test_a_name_that_is_too_long_for_a_dead_letter_queue_is_refused(root: str) -> None:
    with pytest.raises(ConfigurationError, match="longer than 80 characters"):
        await create(root, "j" * 78)


async def test_a_missing_right_is_named(server: EmbeddedSqsServer) -> None:
    server.faults.add(Fault(kind=FaultKind.ACCESS_DENIED, operation="CreateQueue"))
    with pytest.raises(QueueRefused, match="allow sqs:CreateQueue and sqs:TagQueue"):
        await create(f"{server.url}/{EMBEDDED_ACCOUNT}", "jobs")


async def test_a_missing_right_to_send_is_named(server: EmbeddedSqsServer) -> None:
    await create(f"{server.url}/{EMBEDDED_ACCOUNT}", "jobs")
    server.faults.add(Fault(kind=FaultKind.ACCESS_DENIED, operation="SendMessage"))
    async with sqs_queue(server.queue_url("jobs")) as queue:
        with pytest.raises(QueueRefused, match="allow sqs:SendMessage"):
            await queue.send("hello")
