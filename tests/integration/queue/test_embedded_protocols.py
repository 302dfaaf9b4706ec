"""Every operation of SQS, in both of its protocols, as botocore writes the requests and reads the answers."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from botocore.exceptions import ClientError

from sqsd_adapters.queue.embedded.message_operations import MESSAGE_OPERATIONS
from sqsd_adapters.queue.embedded.operations import RECEIVE
from sqsd_adapters.queue.embedded.owner_operations import OWNER_OPERATIONS
from sqsd_adapters.queue.embedded.queue_operations import QUEUE_OPERATIONS
from sqsd_adapters.queue.embedded.server import EmbeddedSqsServer
from tests.support.embedded import Boto, embedded_server
from tests.support.query_boto import model, query_client

pytestmark = pytest.mark.integration

ATTRIBUTES = {
    "text": {"DataType": "String", "StringValue": "grüße <&> \r\n"},
    "number": {"DataType": "Number.int", "StringValue": "-7"},
    "raw": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
}


@pytest.fixture
async def server() -> AsyncIterator[EmbeddedSqsServer]:
    async with embedded_server(queues=["dead"]) as server:
        yield server


@pytest.fixture(params=["json", "query"])
def boto(request: pytest.FixtureRequest, server: EmbeddedSqsServer, tmp_path: Path) -> Iterator[Boto]:
    boto = Boto(server.url, client=query_client(server.url, tmp_path) if request.param == "query" else None)
    yield boto
    boto.close()


@pytest.fixture
async def url(boto: Boto) -> str:
    answer = await boto("create_queue", QueueName="jobs", Attributes={"VisibilityTimeout": "0"}, tags={"a": "1"})
    return str(answer["QueueUrl"])


@pytest.fixture
async def dead(boto: Boto, server: EmbeddedSqsServer, url: str) -> str:
    """The dead-letter queue of ``url``."""
    arn = await arn_of(boto, server.queue_url("dead"))
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})
    await boto("set_queue_attributes", QueueUrl=url, Attributes={"RedrivePolicy": policy})
    return server.queue_url("dead")


async def arn_of(boto: Boto, url: str) -> str:
    answer = await boto("get_queue_attributes", QueueUrl=url, AttributeNames=["QueueArn"])
    return str(answer["Attributes"]["QueueArn"])


def test_no_operation_of_the_service_model_is_missing() -> None:
    assert {*MESSAGE_OPERATIONS, *QUEUE_OPERATIONS, *OWNER_OPERATIONS, RECEIVE} == set(model()["operations"])


async def test_a_message_is_sent_received_changed_and_deleted(boto: Boto, url: str) -> None:
    body = "<a href='x'>&amp;</a> héllo 🐝\r\n\t"
    header = {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1"}}
    sent = await boto(
        "send_message",
        QueueUrl=url,
        MessageBody=body,
        MessageAttributes=ATTRIBUTES,
        MessageSystemAttributes=header,
        DelaySeconds=0,
    )
    answer = await boto(
        "receive_message",
        QueueUrl=url,
        MaxNumberOfMessages=10,
        VisibilityTimeout=30,
        WaitTimeSeconds=1,
        MessageAttributeNames=["All"],
        AttributeNames=["All"],
    )
    [message] = answer["Messages"]
    assert (message["MessageId"], message["Body"]) == (sent["MessageId"], body)
    assert message["MessageAttributes"] == ATTRIBUTES
    assert message["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
    assert message["Attributes"]["AWSTraceHeader"] == "Root=1"
    receipt = {"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]}
    assert await boto("change_message_visibility", **receipt, VisibilityTimeout=60) == {}
    assert await boto("delete_message", **receipt) == {}


async def test_batches_report_what_succeeded_and_what_failed(boto: Boto, url: str) -> None:
    entries = [
        {"Id": "good", "MessageBody": "a", "MessageAttributes": ATTRIBUTES},
        {"Id": "bad", "MessageBody": "b", "DelaySeconds": 901},
    ]
    sent = await boto("send_message_batch", QueueUrl=url, Entries=entries)
    assert [entry["Id"] for entry in sent["Successful"]] == ["good"]
    assert sent["Failed"] == [
        {
            "Id": "bad",
            "Code": "InvalidParameterValue",
            "SenderFault": True,
            "Message": "Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.",
        }
    ]
    [message] = (await boto("receive_message", QueueUrl=url, VisibilityTimeout=30))["Messages"]
    handles = {"good": message["ReceiptHandle"], "bad": "broken"}
    for operation, more in (
        ("change_message_visibility_batch", {"VisibilityTimeout": 60}),
        ("delete_message_batch", {}),
    ):
        entries = [{"Id": name, "ReceiptHandle": handle, **more} for name, handle in handles.items()]
        answer = await boto(operation, QueueUrl=url, Entries=entries)
        assert [entry["Id"] for entry in answer["Successful"]] == ["good"]
        assert [entry["Code"] for entry in answer["Failed"]] == ["ReceiptHandleIsInvalid"]


async def test_queues_are_found_listed_described_purged_and_deleted(boto: Boto, url: str) -> None:
    assert (await boto("get_queue_url", QueueName="jobs"))["QueueUrl"] == url
    listed = await boto("list_queues", MaxResults=1)
    assert [listed["NextToken"], len(listed["QueueUrls"])] == ["dead", 1]
    assert (await boto("list_queues", QueueNamePrefix="jo"))["QueueUrls"] == [url]
    assert (await boto("list_queues", QueueNamePrefix="none")).get("QueueUrls", []) == []
    shown = await boto("get_queue_attributes", QueueUrl=url, AttributeNames=["All"])
    assert shown["Attributes"]["VisibilityTimeout"] == "0"
    assert await boto("purge_queue", QueueUrl=url) == {}
    assert await boto("delete_queue", QueueUrl=url) == {}
    with pytest.raises(ClientError, match="The specified queue does not exist") as caught:
        await boto("get_queue_url", QueueName="jobs")
    assert caught.value.response["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


async def test_tags_are_kept(boto: Boto, url: str) -> None:
    assert await boto("tag_queue", QueueUrl=url, Tags={"b": "", "c": "3"}) == {}
    assert await boto("untag_queue", QueueUrl=url, TagKeys=["c", "none"]) == {}
    assert (await boto("list_queue_tags", QueueUrl=url))["Tags"] == {"a": "1", "b": ""}
    await boto("untag_queue", QueueUrl=url, TagKeys=["a", "b"])
    assert await boto("list_queue_tags", QueueUrl=url) == {}


async def test_permissions_come_and_go(boto: Boto, url: str) -> None:
    permission = {"QueueUrl": url, "Label": "l", "AWSAccountIds": ["1" * 12], "Actions": ["SendMessage", "PurgeQueue"]}
    assert await boto("add_permission", **permission) == {}
    shown = await boto("get_queue_attributes", QueueUrl=url, AttributeNames=["Policy"])
    assert json.loads(shown["Attributes"]["Policy"])["Statement"][0]["Sid"] == "l"
    assert await boto("remove_permission", QueueUrl=url, Label="l") == {}
    assert await boto("get_queue_attributes", QueueUrl=url, AttributeNames=["Policy"]) == {}


async def test_dead_letters_are_moved_back_and_their_sources_listed(
    boto: Boto, server: EmbeddedSqsServer, url: str, dead: str
) -> None:
    assert (await boto("list_dead_letter_source_queues", QueueUrl=dead))["queueUrls"] == [url]
    for body in ("a", "b"):
        await boto("send_message", QueueUrl=url, MessageBody=body)
    for _ in range(3):
        await boto("receive_message", QueueUrl=url, MaxNumberOfMessages=10)
    source = await arn_of(boto, dead)
    task = await boto("start_message_move_task", SourceArn=source, MaxNumberOfMessagesPerSecond=1)
    [running] = (await boto("list_message_move_tasks", SourceArn=source))["Results"]
    assert (running["Status"], running["TaskHandle"]) == ("RUNNING", task["TaskHandle"])
    assert (running["MaxNumberOfMessagesPerSecond"], running["ApproximateNumberOfMessagesToMove"]) == (1, 2)
    cancelled = await boto("cancel_message_move_task", TaskHandle=task["TaskHandle"])
    assert cancelled["ApproximateNumberOfMessagesMoved"] in {0, 1}
    await boto("start_message_move_task", SourceArn=source, DestinationArn=await arn_of(boto, url))
    answer = await boto("receive_message", QueueUrl=url, WaitTimeSeconds=5, VisibilityTimeout=60)
    assert answer["Messages"]
    statuses = [
        each["Status"] for each in (await boto("list_message_move_tasks", SourceArn=source, MaxResults=10))["Results"]
    ]
    assert statuses == ["COMPLETED", "CANCELLED"]


@pytest.mark.parametrize(
    ("operation", "parameters", "expected"),
    [
        ("send_message", {"MessageBody": ""}, ("MissingParameter", 400)),
        ("receive_message", {"MaxNumberOfMessages": 11}, ("InvalidParameterValue", 400)),
        ("delete_message", {"ReceiptHandle": "broken"}, ("ReceiptHandleIsInvalid", 404)),
        ("get_queue_attributes", {"AttributeNames": ["Colour"]}, ("InvalidAttributeName", 400)),
        ("set_queue_attributes", {"Attributes": {"DelaySeconds": "x"}}, ("InvalidAttributeValue", 400)),
        ("delete_message_batch", {"Entries": []}, ("AWS.SimpleQueueService.EmptyBatchRequest", 400)),
        ("remove_permission", {"Label": "none"}, ("InvalidParameterValue", 400)),
    ],
)
async def test_errors_have_the_same_code_and_status_in_both(
    boto: Boto, url: str, operation: str, parameters: dict[str, object], expected: tuple[str, int]
) -> None:
    with pytest.raises(ClientError) as caught:
        await boto(operation, QueueUrl=url, **parameters)
    response = caught.value.response
    assert (response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]) == expected


async def test_a_task_that_is_not_there_cannot_be_cancelled(boto: Boto) -> None:
    with pytest.raises(ClientError, match="Value for parameter TaskHandle is invalid"):
        await boto("cancel_message_move_task", TaskHandle="nonsense")
    with pytest.raises(ClientError) as caught:
        await boto("list_message_move_tasks", SourceArn="arn:aws:sqs:us-east-1:000000000000:none")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404
    assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"


async def test_a_shell_script_calls_a_queues_own_url_with_get_and_post(server: EmbeddedSqsServer) -> None:
    url = server.queue_url("dead")
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{url}?{urlencode({'Action': 'SendMessage', 'MessageBody': 'hi'})}") as answer:
            assert answer.status == 200
            assert answer.content_type == "text/xml"
        async with session.post(url, data={"Action": "ReceiveMessage", "Version": "2012-11-05"}) as answer:
            text = await answer.text()
    assert "<Body>hi</Body>" in text
    assert text.startswith('<?xml version="1.0"?><ReceiveMessageResponse xmlns=')


async def test_an_action_that_does_not_exist_is_an_error_in_xml(server: EmbeddedSqsServer) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"{server.url}/?Action=Fly") as answer:
        assert answer.status == 400
        assert "<Code>InvalidAction</Code><Message>The action Fly is not valid" in await answer.text()


@pytest.mark.parametrize("action", ["CreateQueue&QueueName=new", "ListQueues"])
async def test_an_action_of_no_queue_is_not_valid_at_a_queues_url(server: EmbeddedSqsServer, action: str) -> None:
    url = f"{server.queue_url('dead')}?Action={action}"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        assert answer.status == 400
        assert "<Code>InvalidAction</Code>" in await answer.text()


async def test_a_receive_without_messages_has_an_empty_element(server: EmbeddedSqsServer) -> None:
    url = f"{server.queue_url('dead')}?Action=ReceiveMessage"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        assert "<ReceiveMessageResult/>" in await answer.text()


async def test_a_query_is_answered_in_json_where_json_is_asked_for(server: EmbeddedSqsServer) -> None:
    url = server.queue_url("dead")
    async with aiohttp.ClientSession(headers={"Accept": "application/json"}) as session:

        async def ask(path: str, **fields: str) -> Any:
            async with session.post(path, data=fields) as answer:
                assert answer.content_type == "application/json"
                return await answer.json()

        empty = await ask(url, Action="ReceiveMessage")
        await ask(url, Action="SendMessage", MessageBody="hi")
        received = await ask(url, Action="ReceiveMessage", **{"AttributeName.1": "ApproximateReceiveCount"})
        listed = await ask(f"{server.url}/", Action="ListQueues")
        attributes = await ask(url, Action="GetQueueAttributes", **{"AttributeName.1": "QueueArn"})
        purged = await ask(url, Action="PurgeQueue")
        refused = await ask(url, Action="ListQueues")
    assert empty["ReceiveMessageResponse"]["ReceiveMessageResult"] == {"messages": None}
    [message] = received["ReceiveMessageResponse"]["ReceiveMessageResult"]["messages"]
    assert (message["Body"], message["Attributes"]) == ("hi", [{"Name": "ApproximateReceiveCount", "Value": "1"}])
    assert url in listed["ListQueuesResponse"]["ListQueuesResult"]["queueUrls"]
    arn = "arn:aws:sqs:us-east-1:000000000000:dead"
    assert attributes["GetQueueAttributesResponse"]["GetQueueAttributesResult"] == {
        "Attributes": [{"Name": "QueueArn", "Value": arn}]
    }
    assert list(purged["PurgeQueueResponse"]) == ["ResponseMetadata"]
    assert refused["Error"] == {
        "Code": "InvalidAction",
        "Message": "The action ListQueues is not valid for this endpoint.",
        "Type": "Sender",
    }
