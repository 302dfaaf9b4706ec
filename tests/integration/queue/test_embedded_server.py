"""The embedded SQS as a server: what real SDKs see of it, and long polls whose clients go away."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import pytest
from aiobotocore.session import get_session
from botocore.exceptions import ClientError, HTTPClientError

from sqsd_adapters.errors import AddressInUse
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.queue.embedded.server import EmbeddedSqsServer
from tests.support.embedded import Boto, embedded_server

pytestmark = pytest.mark.integration

MIB = 1_048_576
BATCH = "AWS.SimpleQueueService."
ATTRIBUTES = {
    "text": {"DataType": "String", "StringValue": "grüße\r\n"},
    "number": {"DataType": "Number.int", "StringValue": "-7"},
    "raw": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
}


@pytest.fixture
async def server() -> AsyncIterator[EmbeddedSqsServer]:
    async with embedded_server(queues=["jobs", "jobs.fifo"]) as server:
        yield server


@pytest.fixture
def url(server: EmbeddedSqsServer) -> str:
    return server.queue_url("jobs")


@pytest.fixture
def queue(server: EmbeddedSqsServer) -> EmbeddedQueue:
    """The server's queue, seen from inside."""
    return EmbeddedQueue(sqs=server.sqs)


@pytest.fixture
def boto(server: EmbeddedSqsServer) -> Iterator[Boto]:
    boto = Boto(server.url)
    yield boto
    boto.close()


async def error_code(boto: Boto, operation: str, **parameters: object) -> tuple[str, int]:
    with pytest.raises(ClientError) as caught:
        await boto(operation, **parameters)
    response = caught.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


async def test_boto3_sends_receives_and_deletes_a_message(boto: Boto, url: str, queue: EmbeddedQueue) -> None:
    sent = await boto("send_message", QueueUrl=url, MessageBody="héllo 🐝\r\n", MessageAttributes=ATTRIBUTES)
    answer = await boto(
        "receive_message", QueueUrl=url, MessageAttributeNames=["All"], MessageSystemAttributeNames=["All"]
    )
    [message] = answer["Messages"]
    assert message["MessageId"] == sent["MessageId"]
    assert message["Body"] == "héllo 🐝\r\n"
    assert message["MD5OfBody"] == sent["MD5OfMessageBody"]
    assert message["MessageAttributes"] == ATTRIBUTES
    assert message["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    assert set(message["Attributes"]) == {
        "ApproximateFirstReceiveTimestamp",
        "ApproximateReceiveCount",
        "SenderId",
        "SentTimestamp",
    }
    await boto("delete_message", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert queue.is_empty


async def test_attributes_come_only_when_they_are_asked_for(boto: Boto, url: str) -> None:
    await boto("send_message", QueueUrl=url, MessageBody="x", MessageAttributes=ATTRIBUTES)
    wanted = ["text", "other"]
    [message] = (await boto("receive_message", QueueUrl=url, VisibilityTimeout=0))["Messages"]
    assert not message.keys() & {"Attributes", "MessageAttributes", "MD5OfMessageAttributes"}
    [message] = (await boto("receive_message", QueueUrl=url, MessageAttributeNames=wanted))["Messages"]
    assert message["MessageAttributes"].keys() == {"text"}


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (["shop.*"], {"shop.id", "shop.name", "shopping"}),
        (["shop", "i.*"], {"id"}),
        (["All"], {"shop.id", "shop.name", "shopping", "id"}),
        ([".*"], {"shop.id", "shop.name", "shopping", "id"}),
        (["*"], {"shop.id", "shop.name", "shopping", "id"}),
        (["s*"], set()),
    ],
)
async def test_attributes_are_chosen_by_name_by_prefix_or_all(
    boto: Boto, url: str, wanted: list[str], expected: set[str]
) -> None:
    attributes = dict.fromkeys(("shop.id", "shop.name", "shopping", "id"), ATTRIBUTES["text"])
    await boto("send_message", QueueUrl=url, MessageBody="x", MessageAttributes=attributes)
    [message] = (await boto("receive_message", QueueUrl=url, MessageAttributeNames=wanted))["Messages"]
    assert message.get("MessageAttributes", {}).keys() == expected


@pytest.mark.parametrize("parameter", ["AttributeNames", "MessageSystemAttributeNames"])
async def test_a_system_attribute_that_does_not_exist_is_refused(boto: Boto, url: str, parameter: str) -> None:
    code = await error_code(boto, "receive_message", QueueUrl=url, **{parameter: ["SenderId", "Colour"]})
    assert code == ("InvalidAttributeName", 400)


async def test_all_may_be_written_in_capitals_as_celery_does(boto: Boto, url: str) -> None:
    attributes = {"colour": {"DataType": "String", "StringValue": "blue"}}
    await boto("send_message", QueueUrl=url, MessageBody="x", MessageAttributes=attributes)
    wanted = {"MessageAttributeNames": ["ALL"], "MessageSystemAttributeNames": ["ALL"]}
    [message] = (await boto("receive_message", QueueUrl=url, **wanted))["Messages"]
    assert message["MessageAttributes"] == attributes
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"


async def test_a_trace_header_comes_along(boto: Boto, url: str) -> None:
    header = {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-5759e988-bd862e3fe1be46a9"}}
    sent = await boto("send_message", QueueUrl=url, MessageBody="x", MessageSystemAttributes=header)
    assert sent["MD5OfMessageSystemAttributes"]
    names = ["AWSTraceHeader"]
    [message] = (await boto("receive_message", QueueUrl=url, AttributeNames=names))["Messages"]
    assert message["Attributes"] == {"AWSTraceHeader": "Root=1-5759e988-bd862e3fe1be46a9"}


@pytest.mark.parametrize("operation", ["SendMessage", "SendMessageBatch"])
async def test_the_trace_id_of_the_request_becomes_the_trace_header_of_a_message_without_one(
    server: EmbeddedSqsServer, boto: Boto, url: str, operation: str
) -> None:
    own = {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=own"}}
    messages: list[dict[str, Any]] = [
        {"MessageBody": "plain"},
        {"MessageBody": "own", "MessageSystemAttributes": own},
    ]
    entries = [{"Id": message["MessageBody"], **message} for message in messages]
    requests: list[dict[str, Any]] = [{"Entries": entries}] if operation.endswith("Batch") else messages
    headers = {"X-Amz-Target": f"AmazonSQS.{operation}", "X-Amzn-Trace-Id": "Root=request"}
    async with aiohttp.ClientSession() as session:
        for request in requests:
            async with session.post(server.url, json={"QueueUrl": url, **request}, headers=headers) as answer:
                assert answer.status == 200
    received = await boto(
        "receive_message", QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["AWSTraceHeader"]
    )
    shown = {message["Body"]: message["Attributes"]["AWSTraceHeader"] for message in received["Messages"]}
    assert shown == {"plain": "Root=request", "own": "Root=own"}


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ({"MessageDeduplicationId": "d"}, "The request must contain the parameter MessageGroupId."),
        ({"MessageGroupId": "g"}, "The queue should either have ContentBasedDeduplication enabled"),
        ({"MessageGroupId": "", "MessageDeduplicationId": "d"}, "1 to 128 in length"),
    ],
)
async def test_a_fifo_batch_with_one_entry_that_lacks_an_id_fails_as_a_whole(
    boto: Boto, server: EmbeddedSqsServer, bad: dict[str, str], reason: str
) -> None:
    url = server.queue_url("jobs.fifo")
    good = {"Id": "1", "MessageBody": "a", "MessageGroupId": "g", "MessageDeduplicationId": "1"}
    with pytest.raises(ClientError, match=reason) as caught:
        await boto("send_message_batch", QueueUrl=url, Entries=[good, {"Id": "2", "MessageBody": "b", **bad}])
    assert caught.value.response["Error"]["Code"] == "InvalidParameterValue"
    assert EmbeddedQueue(sqs=server.sqs, name="jobs.fifo").is_empty


async def test_a_batch_is_carried_out_entry_by_entry(boto: Boto, url: str) -> None:
    entries = [{"Id": "good", "MessageBody": "x"}, {"Id": "bad", "MessageBody": "x", "DelaySeconds": 901}]
    answer = await boto("send_message_batch", QueueUrl=url, Entries=entries)
    assert [entry["Id"] for entry in answer["Successful"]] == ["good"]
    [failed] = answer["Failed"]
    assert (failed["Id"], failed["Code"], failed["SenderFault"]) == ("bad", "InvalidParameterValue", True)
    [message] = (await boto("receive_message", QueueUrl=url))["Messages"]
    changes = [
        {"Id": "good", "ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": 60},
        {"Id": "bad", "ReceiptHandle": "broken", "VisibilityTimeout": 60},
    ]
    answer = await boto("change_message_visibility_batch", QueueUrl=url, Entries=changes)
    assert [entry["Id"] for entry in answer["Successful"]] == ["good"]
    assert [entry["Code"] for entry in answer["Failed"]] == ["ReceiptHandleIsInvalid"]
    deletes = [{"Id": change["Id"], "ReceiptHandle": change["ReceiptHandle"]} for change in changes]
    answer = await boto("delete_message_batch", QueueUrl=url, Entries=deletes)
    assert [entry["Id"] for entry in answer["Successful"]] == ["good"]
    assert [entry["Code"] for entry in answer["Failed"]] == ["ReceiptHandleIsInvalid"]


@pytest.mark.parametrize(
    ("operation", "good", "bad"),
    [
        ("DeleteMessageBatch", {}, {"ReceiptHandle": None}),
        ("DeleteMessageBatch", {}, {"ReceiptHandle": 1}),
        ("ChangeMessageVisibilityBatch", {"VisibilityTimeout": 0}, {"VisibilityTimeout": "0"}),
        ("ChangeMessageVisibilityBatch", {"VisibilityTimeout": 0}, {"VisibilityTimeout": 0, "ReceiptHandle": None}),
    ],
)
async def test_an_entry_of_another_shape_fails_the_batch_before_any_entry_is_carried_out(
    server: EmbeddedSqsServer, queue: EmbeddedQueue, operation: str, good: dict[str, object], bad: dict[str, object]
) -> None:
    queue.send("x")
    [message] = await queue.receive(max_messages=1, wait=0, visibility=60)
    entry = {"Id": "1", "ReceiptHandle": message.receipt}
    request = {"QueueUrl": server.queue_url("jobs"), "Entries": [entry | good, entry | {"Id": "2"} | bad]}
    headers = {"X-Amz-Target": f"AmazonSQS.{operation}"}
    async with aiohttp.ClientSession() as session, session.post(server.url, json=request, headers=headers) as answer:
        assert answer.status == 400
    assert (queue.visible, queue.in_flight) == (0, 1)


async def test_a_batch_of_a_mebibyte_passes_and_a_byte_more_does_not(boto: Boto, url: str) -> None:
    body = "\t" * (MIB // 2)
    entries = [{"Id": f"{number}", "MessageBody": body} for number in range(2)]
    await boto("send_message_batch", QueueUrl=url, Entries=entries)
    entries.append({"Id": "2", "MessageBody": "x"})
    code = await error_code(boto, "send_message_batch", QueueUrl=url, Entries=entries)
    assert code == ("AWS.SimpleQueueService.BatchRequestTooLong", 400)


async def test_a_fifo_queue_has_groups_sequences_and_deduplication(boto: Boto, server: EmbeddedSqsServer) -> None:
    url = server.queue_url("jobs.fifo")
    send = {"QueueUrl": url, "MessageBody": "x", "MessageGroupId": "red", "MessageDeduplicationId": "d"}
    first, second = await boto("send_message", **send), await boto("send_message", **send)
    assert first == second
    answer = await boto("receive_message", QueueUrl=url, MessageSystemAttributeNames=["All"])
    [message] = answer["Messages"]
    assert message["Attributes"]["MessageGroupId"] == "red"
    assert message["Attributes"]["MessageDeduplicationId"] == "d"
    assert message["Attributes"]["SequenceNumber"] == first["SequenceNumber"]


async def test_a_lost_answer_of_a_fifo_receive_is_repeated(boto: Boto, server: EmbeddedSqsServer) -> None:
    url = server.queue_url("jobs.fifo")
    await boto("send_message", QueueUrl=url, MessageBody="x", MessageGroupId="red", MessageDeduplicationId="d")
    first, second = [await boto("receive_message", QueueUrl=url, ReceiveRequestAttemptId="attempt") for _ in range(2)]
    assert first["Messages"] == second["Messages"]


async def test_queues_are_created_found_listed_changed_and_deleted(boto: Boto, server: EmbeddedSqsServer) -> None:
    created = await boto("create_queue", QueueName="mail", Attributes={"VisibilityTimeout": "7"})
    assert created == await boto("get_queue_url", QueueName="mail")
    assert created["QueueUrl"] == server.queue_url("mail")
    listed = await boto("list_queues", MaxResults=2)
    rest = await boto("list_queues", MaxResults=2, NextToken=listed["NextToken"])
    assert [*listed["QueueUrls"], *rest["QueueUrls"]] == [
        server.queue_url(name) for name in ("jobs", "jobs.fifo", "mail")
    ]
    await boto("set_queue_attributes", **created, Attributes={"DelaySeconds": "3"})
    names = ["VisibilityTimeout", "DelaySeconds", "RedrivePolicy"]
    shown = await boto("get_queue_attributes", **created, AttributeNames=names)
    assert shown["Attributes"] == {"VisibilityTimeout": "7", "DelaySeconds": "3"}
    await boto("delete_queue", **created)
    assert await error_code(boto, "get_queue_url", QueueName="mail") == (
        "AWS.SimpleQueueService.NonExistentQueue",
        400,
    )


async def test_a_purge_empties_the_queue(boto: Boto, url: str, queue: EmbeddedQueue) -> None:
    queue.send("x")
    await boto("purge_queue", QueueUrl=url)
    assert queue.is_empty
    assert await error_code(boto, "purge_queue", QueueUrl=url) == (
        "AWS.SimpleQueueService.PurgeQueueInProgress",
        403,
    )


@pytest.mark.parametrize(
    ("name", "attributes", "code"),
    [
        ("x.fifo", {}, "InvalidParameterValue"),
        ("x.fifo", {"FifoQueue": "false"}, "InvalidAttributeValue"),
        ("x", {"FifoQueue": "true"}, "InvalidParameterValue"),
        ("x", {"Policy": "no JSON"}, "InvalidAttributeValue"),
    ],
)
async def test_a_queue_whose_name_or_attributes_do_not_fit_is_not_created(
    boto: Boto, name: str, attributes: dict[str, str], code: str
) -> None:
    assert await error_code(boto, "create_queue", QueueName=name, Attributes=attributes) == (code, 400)


async def test_another_accounts_queue_is_not_found(boto: Boto) -> None:
    code, _ = await error_code(boto, "get_queue_url", QueueName="jobs", QueueOwnerAWSAccountId="1" * 12)
    assert code == "AWS.SimpleQueueService.NonExistentQueue"


@pytest.mark.parametrize(
    ("operation", "parameters", "expected"),
    [
        ("receive_message", {"MaxNumberOfMessages": 11}, ("InvalidParameterValue", 400)),
        ("receive_message", {"WaitTimeSeconds": 21}, ("InvalidParameterValue", 400)),
        ("send_message", {"MessageBody": ""}, ("MissingParameter", 400)),
        ("send_message", {"MessageBody": "\x00"}, ("InvalidMessageContents", 400)),
        ("send_message", {"MessageBody": "x" * (MIB + 1)}, ("InvalidParameterValue", 400)),
        ("delete_message", {"ReceiptHandle": "broken"}, ("ReceiptHandleIsInvalid", 404)),
        (
            "change_message_visibility",
            {"ReceiptHandle": "broken", "VisibilityTimeout": 43_201},
            ("InvalidParameterValue", 400),
        ),
        ("get_queue_attributes", {"AttributeNames": ["Colour"]}, ("InvalidAttributeName", 400)),
        ("set_queue_attributes", {"Attributes": {"DelaySeconds": "x"}}, ("InvalidAttributeValue", 400)),
        ("delete_message_batch", {"Entries": []}, (f"{BATCH}EmptyBatchRequest", 400)),
        (
            "delete_message_batch",
            {"Entries": [{"Id": f"{n}", "ReceiptHandle": "x"} for n in range(11)]},
            (f"{BATCH}TooManyEntriesInBatchRequest", 400),
        ),
        (
            "delete_message_batch",
            {"Entries": [{"Id": "a", "ReceiptHandle": "x"}] * 2},
            (f"{BATCH}BatchEntryIdsNotDistinct", 400),
        ),
        (
            "delete_message_batch",
            {"Entries": [{"Id": "a b", "ReceiptHandle": "x"}]},
            (f"{BATCH}InvalidBatchEntryId", 400),
        ),
        ("tag_queue", {"Tags": {}}, ("MissingParameter", 400)),
        ("remove_permission", {"Label": "none"}, ("InvalidParameterValue", 400)),
    ],
)
async def test_errors_have_the_codes_that_sqs_gives_them(
    boto: Boto, url: str, operation: str, parameters: dict[str, object], expected: tuple[str, int]
) -> None:
    assert await error_code(boto, operation, QueueUrl=url, **parameters) == expected


@pytest.mark.parametrize(
    ("target", "body", "kind"),
    [
        ("AmazonSQS.ListQueues", b"[]", "SerializationException"),
        ("AmazonSQS.ListQueues", b"{", "SerializationException"),
        ("AmazonSQS.SendMessage", b"{}", "QueueDoesNotExist"),
        ("AmazonSQS.SendMessage", b'{"QueueUrl": 7}', "SerializationException"),
        ("AmazonSQS.GetQueueUrl", b"{}", "MissingRequiredParameterException"),
        ("", b"{}", "UnknownOperationException"),
    ],
)
async def test_a_request_that_no_sdk_sends_is_answered_with_an_error(
    server: EmbeddedSqsServer, target: str, body: bytes, kind: str
) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.post(server.url, data=body, headers={"X-Amz-Target": target}) as answer,
    ):
        assert answer.status == 400
        assert answer.headers["x-amzn-RequestId"]
        assert (await answer.json(content_type=None))["__type"].endswith(f"#{kind}")


async def test_aiobotocore_long_polls_until_a_message_comes(
    server: EmbeddedSqsServer, url: str, queue: EmbeddedQueue
) -> None:
    async with (
        get_session().create_client(
            "sqs",
            endpoint_url=server.url,
            region_name="us-east-1",
            aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
            aws_secret_access_key="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        ) as client,
        asyncio.timeout(5),
        asyncio.TaskGroup() as group,
    ):
        receiving = group.create_task(client.receive_message(QueueUrl=url, WaitTimeSeconds=20))
        await asyncio.sleep(0.2)
        queue.send("late")
        answer = await receiving
    assert [message["Body"] for message in answer["Messages"]] == ["late"]


async def abandon_a_poll(server: EmbeddedSqsServer) -> None:
    """Begin a long poll and go away in the middle of it."""
    request = {"QueueUrl": server.queue_url("jobs"), "WaitTimeSeconds": 20, "VisibilityTimeout": 1}
    async with aiohttp.ClientSession() as session:
        headers = {"X-Amz-Target": "AmazonSQS.ReceiveMessage"}
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2), session.post(server.url, json=request, headers=headers):
                pass
    await asyncio.sleep(0.1)


async def test_an_abandoned_poll_swallows_the_next_message_until_its_visibility_ends(
    server: EmbeddedSqsServer, queue: EmbeddedQueue
) -> None:
    await abandon_a_poll(server)
    queue.send("swallowed")
    await asyncio.sleep(0.1)
    assert (queue.visible, queue.in_flight) == (0, 1)
    [message] = await queue.receive(max_messages=1, wait=5, visibility=30)
    assert message.receive_count == 2


async def test_an_abandoned_poll_can_be_made_to_end_with_its_client() -> None:
    async with embedded_server(cancel_abandoned_polls=True) as server:
        await abandon_a_poll(server)
        queue = EmbeddedQueue(sqs=server.sqs)
        queue.send("spared")
        await asyncio.sleep(0.1)
        assert (queue.visible, queue.in_flight) == (1, 0)


async def test_a_server_closes_in_the_middle_of_long_polls() -> None:
    loop = asyncio.get_running_loop()
    async with embedded_server() as server:
        boto = Boto(server.url)
        url = server.queue_url("jobs")
        polling = asyncio.create_task(boto("receive_message", QueueUrl=url, WaitTimeSeconds=20))
        await abandon_a_poll(server)
        begin = loop.time()
    assert loop.time() - begin < 5
    with pytest.raises(HTTPClientError):  # its connection was closed, and it did not wait for the poll's end
        await polling
    assert loop.time() - begin < 5
    boto.close()


async def test_a_taken_port_is_named(server: EmbeddedSqsServer) -> None:
    port = int(server.url.rpartition(":")[2])
    with pytest.raises(AddressInUse, match=f":{port}"):
        async with EmbeddedSqsServer(port=port):
            pass
