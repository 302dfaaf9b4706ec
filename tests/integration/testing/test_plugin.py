"""The fixtures that other projects get from the pytest plugin."""

import boto3  # type: ignore[import-untyped]
import pytest

from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import ScriptedInvoker
from sqsd_adapters.testing.harness import work_off

pytestmark = pytest.mark.integration


def test_a_sender_that_uses_an_sdk_finds_an_sqs(embedded_sqs: str) -> None:
    sqs = boto3.client(
        "sqs",
        endpoint_url=embedded_sqs,
        region_name="eu-central-1",
        aws_access_key_id="any",
        aws_secret_access_key="any",
    )
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="one order")

    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    assert message["Body"] == "one order"
    sqs.close()


async def test_a_job_finds_a_queue(embedded_queue: EmbeddedQueue) -> None:
    embedded_queue.send("hello")
    job = ScriptedInvoker()

    await work_off(embedded_queue, job)

    assert job.bodies == ["hello"]


async def test_a_job_may_be_a_function(embedded_queue: EmbeddedQueue) -> None:
    embedded_queue.send("hello")
    greeted: list[str] = []

    await work_off(embedded_queue, lambda message: greeted.append(message.body))

    assert greeted == ["hello"]
