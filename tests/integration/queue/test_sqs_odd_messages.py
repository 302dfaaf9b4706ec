"""SqsQueue and answers with messages that are not written as SQS writes them, both ways, standard and FIFO."""

import logging
from typing import Any

import pytest

from sqsd_adapters.queue.sqs import Client
from sqsd_core.message import ReceiptHandle
from sqsd_core.ports.queue import VisibilityChange
from tests.support.moto import sqs_queue
from tests.support.scripted_sqs import ScriptedSqs, answer

pytestmark = pytest.mark.integration

TEXT = {"DataType": "String", "StringValue": "v"}
NAMES = pytest.mark.parametrize("name", ["jobs", "jobs.fifo"])


def ten(**odd: Any) -> list[dict[str, Any]]:
    """Ten messages of ten groups; the fourth has these parts."""
    raws: list[dict[str, Any]] = [
        {
            "MessageId": f"m-{number}",
            "ReceiptHandle": f"r-{number}",
            "Body": f"body {number}",
            "Attributes": {"MessageGroupId": f"g-{number}", "SentTimestamp": "1424260799000"},
        }
        for number in range(10)
    ]
    raws[3] |= odd
    return raws


@NAMES
@pytest.mark.parametrize(
    ("odd", "dropped"),
    [
        ({"MessageAttributes": {"a": TEXT, "b": {"DataType": "Binary", "BinaryValue": "é"}}}, "MessageAttributes.b"),
        ({"MessageAttributes": {"a": TEXT, "b": TEXT | {"StringValue": None}}}, "MessageAttributes.b"),
        ({"MessageAttributes": {"a": TEXT, "b": None}}, "MessageAttributes.b"),
        ({"MessageAttributes": {"a": TEXT, "b": "text"}}, "MessageAttributes.b"),
        ({"Attributes": {"MessageGroupId": "g", "SentTimestamp": "yesterday"}}, "SentTimestamp"),
        ({"Attributes": {"MessageGroupId": "g", "ApproximateReceiveCount": None}}, "ApproximateReceiveCount"),
        ({"Attributes": {"MessageGroupId": "g", "SenderId": {}}}, "SenderId"),
        ({"Attributes": []}, None),
    ],
)
async def test_nine_run_and_the_tenth_runs_with_what_could_be_read(
    odd: dict[str, Any], dropped: str | None, name: str, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        ScriptedSqs(answer({"Messages": ten(**odd)})) as sqs,
        sqs_queue(f"{sqs.url}/1/{name}", client=client) as queue,
    ):
        messages = await queue.receive(max_messages=10, wait=0, visibility=30)

    assert [message.body for message in messages] == [f"body {number}" for number in range(10)]
    said = [(record.message, record.__dict__["message_id"], record.__dict__["dropped"]) for record in warnings(caplog)]
    assert said == ([("message partly unreadable, parts dropped", "m-3", dropped)] if dropped else [])
    assert len(sqs.asked) == 1


@NAMES
@pytest.mark.parametrize(
    ("odd", "dropped"),
    [({"Body": None}, "Body"), ({"ReceiptHandle": "\ud800"}, "ReceiptHandle"), ({"MessageId": 3}, "MessageId")],
)
async def test_a_message_that_cannot_run_is_left_and_said_and_the_nine_run(
    odd: dict[str, Any], dropped: str, name: str, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        ScriptedSqs(answer({"Messages": ten(**odd)})) as sqs,
        sqs_queue(f"{sqs.url}/1/{name}", client=client) as queue,
    ):
        messages = await queue.receive(max_messages=10, wait=0, visibility=30)

    assert [message.body for message in messages] == [f"body {number}" for number in range(10) if number != 3]
    [record] = warnings(caplog)
    assert record.message == "message cannot be read, left in the queue"
    assert record.__dict__["dropped"] == dropped


@NAMES
async def test_messages_beyond_those_asked_for_are_left_and_counted(
    name: str, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        ScriptedSqs(answer({"Messages": ten() + ten()})) as sqs,
        sqs_queue(f"{sqs.url}/1/{name}", client=client) as queue,
    ):
        messages = await queue.receive(max_messages=3, wait=0, visibility=30)

    assert [message.id for message in messages] == ["m-0", "m-1", "m-2"]
    [record] = warnings(caplog)
    assert (record.message, record.__dict__["messages"]) == (
        "SQS returned too many messages, extra ones left in the queue",
        17,
    )


async def test_a_receipt_that_is_no_unicode_is_settled_without_an_error(client: Client) -> None:
    receipt = ReceiptHandle("\ud800")
    refused = {"Failed": [{"Id": "0", "Code": "ReceiptHandleIsInvalid", "SenderFault": True}]}
    async with ScriptedSqs(answer(refused)) as sqs, sqs_queue(f"{sqs.url}/1/jobs", client=client) as queue:
        [deleted] = await queue.delete([receipt])
        [hidden] = await queue.change_visibility([VisibilityChange(receipt=receipt, timeout=0)])
    assert (deleted.code, deleted.retryable) == (hidden.code, hidden.retryable) == ("ReceiptHandleIsInvalid", False)


def warnings(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.levelno >= logging.WARNING]
