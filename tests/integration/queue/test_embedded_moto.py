"""The embedded SQS and moto's play the same script, and answer alike where both have the operation.

The scripts leave out where moto differs from SQS: it has no message move tasks, sets attributes that SQS does not know,
and receives another group's message before one that has come back.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.request import Request, urlopen

import pytest
from botocore.exceptions import ClientError

from tests.support.embedded import Boto, embedded_server
from tests.support.moto import moto_server

pytestmark = pytest.mark.integration

ATTRIBUTES = {
    "text": {"DataType": "String", "StringValue": "grüße"},
    "number": {"DataType": "Number.int", "StringValue": "-7"},
    "raw": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
}
# differ by nature: times, ids and handles are the server's own
_OWN = {
    "ApproximateFirstReceiveTimestamp",
    "Message",  # the text of an entry's error, which moto words in its own way
    "MessageId",
    "ReceiptHandle",
    "SenderId",
    "SentTimestamp",
}
# SendMessage's answer has it for FIFO queues (API reference), moto's has not
_MISSING_FROM_MOTO = {"SequenceNumber"}

Step = Callable[[str, dict[str, Any]], Awaitable[Any]]
Script = Callable[["Player"], Awaitable[None]]


class Player:
    """Plays calls on one server and notes the answers, normalised."""

    def __init__(self, boto: Boto) -> None:
        self._boto = boto
        self.answers: list[object] = []

    async def __call__(self, operation: str, **parameters: Any) -> dict[str, Any]:
        try:
            answer = await self._boto(operation, **parameters)
        except ClientError as error:
            code = error.response["Error"]["Code"].rpartition(".")[2]
            self.answers.append((operation, code))
            return {}
        self.answers.append((operation, normalise(answer)))
        return answer

    async def create(self, name: str, **attributes: str) -> str:
        answer = await self("create_queue", QueueName=name, Attributes=attributes)
        return str(answer["QueueUrl"])

    async def receive(self, url: str, **parameters: Any) -> list[dict[str, Any]]:
        asked = {"MessageAttributeNames": ["All"], "MessageSystemAttributeNames": ["All"], **parameters}
        return list((await self("receive_message", QueueUrl=url, **asked)).get("Messages", []))


def normalise(value: Any) -> Any:
    """Keep the shape, and of the server's own words only that they are there."""
    match value:
        case dict():
            return {
                key: "…" if key in _OWN else normalise(item)
                for key, item in value.items()
                if item != [] and key not in _MISSING_FROM_MOTO
            }
        case list():
            return [normalise(item) for item in value]
        case str() if "://" in value:
            return value.rpartition("/")[2]
        case _:
            return value


async def send_and_receive(play: Player) -> None:
    url = await play.create("jobs")
    await play("send_message", QueueUrl=url, MessageBody="héllo 🐝", MessageAttributes=ATTRIBUTES)
    [message] = await play.receive(url)
    await play.receive(url)
    await play("delete_message", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    await play("delete_message", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    await play.receive(url)


async def batches(play: Player) -> None:
    url = await play.create("jobs")
    entries = [{"Id": f"e{n}", "MessageBody": f"{n}", "MessageAttributes": ATTRIBUTES} for n in range(10)]
    await play("send_message_batch", QueueUrl=url, Entries=entries)
    messages = await play.receive(url, MaxNumberOfMessages=10)
    handles = [message["ReceiptHandle"] for message in messages]
    changes = [{"Id": f"e{n}", "ReceiptHandle": handle, "VisibilityTimeout": 60} for n, handle in enumerate(handles)]
    await play("change_message_visibility_batch", QueueUrl=url, Entries=changes)
    deletes = [{"Id": f"e{n}", "ReceiptHandle": handle} for n, handle in enumerate(handles)]
    await play("delete_message_batch", QueueUrl=url, Entries=deletes)
    await play("get_queue_attributes", QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])


async def visibility(play: Player) -> None:
    url = await play.create("jobs", VisibilityTimeout="20")
    await play("send_message", QueueUrl=url, MessageBody="x")
    [message] = await play.receive(url)
    change = {"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]}
    await play("change_message_visibility", **change, VisibilityTimeout=0)
    [message] = await play.receive(url, VisibilityTimeout=1)
    await play.receive(url)
    await asyncio.sleep(1.1)
    await play.receive(url, WaitTimeSeconds=1)
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    await play("get_queue_attributes", QueueUrl=url, AttributeNames=names)


async def delays(play: Player) -> None:
    url = await play.create("jobs")
    await play("send_message", QueueUrl=url, MessageBody="x", DelaySeconds=1)
    names = ["ApproximateNumberOfMessagesDelayed"]
    await play("get_queue_attributes", QueueUrl=url, AttributeNames=names)
    await play.receive(url)
    await asyncio.sleep(1.1)
    await play.receive(url)


async def groups(play: Player) -> None:
    url = await play.create("jobs.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    for body, group in (("a", "red"), ("b", "red"), ("c", "blue"), ("a", "red")):
        await play("send_message", QueueUrl=url, MessageBody=body, MessageGroupId=group)
    [first] = await play.receive(url)
    await play.receive(url, MaxNumberOfMessages=10)
    await play("delete_message", QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
    await play.receive(url, MaxNumberOfMessages=10)


async def dead_letters(play: Player) -> None:
    dead = await play.create("dead")
    names = ["QueueArn"]
    answer = await play._boto("get_queue_attributes", QueueUrl=dead, AttributeNames=names)
    policy = f'{{"deadLetterTargetArn":"{answer["Attributes"]["QueueArn"]}","maxReceiveCount":2}}'
    answer = await play._boto("create_queue", QueueName="jobs", Attributes={"RedrivePolicy": policy})
    url = answer["QueueUrl"]
    await play("send_message", QueueUrl=url, MessageBody="poison")
    for _ in range(3):
        await play.receive(url, VisibilityTimeout=0)
    await play("receive_message", QueueUrl=dead, MessageSystemAttributeNames=["ApproximateReceiveCount"])


async def queues(play: Player) -> None:
    url = await play.create("jobs", VisibilityTimeout="7")
    await play.create("jobs", VisibilityTimeout="7")
    await play("create_queue", QueueName="jobs", Attributes={"VisibilityTimeout": "8"})
    await play.create("mail")
    await play("get_queue_url", QueueName="jobs")
    await play("list_queues", QueueNamePrefix="jo")
    await play("set_queue_attributes", QueueUrl=url, Attributes={"DelaySeconds": "3"})
    names = ["VisibilityTimeout", "DelaySeconds", "MessageRetentionPeriod", "ReceiveMessageWaitTimeSeconds"]
    await play("get_queue_attributes", QueueUrl=url, AttributeNames=names)
    await play("purge_queue", QueueUrl=url)
    await play("delete_queue", QueueUrl=url)
    await play("get_queue_url", QueueName="jobs")


async def mistakes(play: Player) -> None:
    url = await play.create("jobs")
    await play("receive_message", QueueUrl=url, MaxNumberOfMessages=11)
    await play("send_message", QueueUrl=url + "-not", MessageBody="x")
    await play("send_message_batch", QueueUrl=url, Entries=[])
    same = [{"Id": "a", "MessageBody": "x"}] * 2
    await play("send_message_batch", QueueUrl=url, Entries=same)
    eleven = [{"Id": f"e{n}", "MessageBody": "x"} for n in range(11)]
    await play("send_message_batch", QueueUrl=url, Entries=eleven)
    await play("get_queue_attributes", QueueUrl=url, AttributeNames=["Colour"])
    await play("delete_message", QueueUrl=url, ReceiptHandle="broken")
    broken = [{"Id": "a", "ReceiptHandle": "broken"}]
    await play("delete_message_batch", QueueUrl=url, Entries=broken)


async def tags(play: Player) -> None:
    url = await play.create("jobs")
    await play("tag_queue", QueueUrl=url, Tags={"a": "1", "b": ""})
    await play("untag_queue", QueueUrl=url, TagKeys=["a", "none"])
    await play("list_queue_tags", QueueUrl=url)
    await play("tag_queue", QueueUrl=url, Tags={})
    await play("tag_queue", QueueUrl=url, Tags={f"{n}": "x" for n in range(51)})
    await play("list_queue_tags", QueueUrl=url)


async def sources(play: Player) -> None:
    dead = await play.create("dead")
    answer = await play._boto("get_queue_attributes", QueueUrl=dead, AttributeNames=["QueueArn"])
    policy = f'{{"deadLetterTargetArn":"{answer["Attributes"]["QueueArn"]}","maxReceiveCount":2}}'
    await play("list_dead_letter_source_queues", QueueUrl=dead)
    await play._boto("create_queue", QueueName="jobs", Attributes={"RedrivePolicy": policy})
    await play("list_dead_letter_source_queues", QueueUrl=dead)


async def permissions(play: Player) -> None:
    url = await play.create("jobs")
    permission = {"QueueUrl": url, "Label": "l", "AWSAccountIds": ["1" * 12]}
    await play("add_permission", **permission, Actions=["SendMessage"])
    await play("add_permission", **permission, Actions=["SendMessage"])
    await play("add_permission", **{**permission, "Label": "m"}, Actions=["CreateQueue"])
    await play("add_permission", **{**permission, "Label": "m"}, Actions=["SendMessage"] * 8)
    await play("remove_permission", QueueUrl=url, Label="none")
    await play("remove_permission", QueueUrl=url, Label="l")


async def settings(play: Player) -> None:
    url = await play.create("jobs", VisibilityTimeout="7", MaximumMessageSize="2048")
    names = ["DelaySeconds", "MaximumMessageSize", "MessageRetentionPeriod", "VisibilityTimeout"]
    await play("set_queue_attributes", QueueUrl=url, Attributes={"MessageRetentionPeriod": "600", "DelaySeconds": "2"})
    await play("get_queue_attributes", QueueUrl=url, AttributeNames=names)
    fifo = await play.create("jobs.fifo", FifoQueue="true", DeduplicationScope="messageGroup")
    chosen = ["ContentBasedDeduplication", "DeduplicationScope", "FifoQueue", "FifoThroughputLimit"]
    await play("get_queue_attributes", QueueUrl=fifo, AttributeNames=chosen)


async def batch_errors(play: Player) -> None:
    url = await play.create("jobs")
    await play("send_message_batch", QueueUrl=url, Entries=[{"Id": "a b", "MessageBody": "x"}])
    await play("delete_message_batch", QueueUrl=url, Entries=[])
    same = [{"Id": "a", "ReceiptHandle": "x"}] * 2
    await play("delete_message_batch", QueueUrl=url, Entries=same)
    await play("send_message", QueueUrl=url, MessageBody="x")
    [message] = await play.receive(url)
    entries = [
        {"Id": "good", "ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": 0},
        {"Id": "bad", "ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": 50_000},
    ]
    await play("change_message_visibility_batch", QueueUrl=url, Entries=entries)
    await play(
        "change_message_visibility", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=50_000
    )


async def group_visibility(play: Player) -> None:
    url = await play.create("jobs.fifo", FifoQueue="true")
    # of one group: moto takes another group's message before one that has come back, SQS promises no order of groups
    for number in range(3):
        identity = {"MessageGroupId": "red", "MessageDeduplicationId": f"{number}"}
        await play("send_message", QueueUrl=url, MessageBody=f"{number}", **identity)
    [first] = await play.receive(url)
    await play("change_message_visibility", QueueUrl=url, ReceiptHandle=first["ReceiptHandle"], VisibilityTimeout=0)
    [first] = await play.receive(url)
    await play("delete_message", QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
    await play.receive(url, MaxNumberOfMessages=10)


async def played(script: Script, url: str) -> list[object]:
    boto = Boto(url)
    try:
        player = Player(boto)
        await script(player)
        return player.answers
    finally:
        boto.close()


def forget_everything(moto: str) -> None:
    with urlopen(Request(f"{moto}/moto-api/reset", method="POST"), timeout=10) as answer:
        answer.read()


@pytest.mark.parametrize(
    "script",
    [
        send_and_receive,
        batches,
        visibility,
        delays,
        groups,
        dead_letters,
        queues,
        mistakes,
        tags,
        sources,
        permissions,
        settings,
        batch_errors,
        group_visibility,
    ],
    ids=lambda script: script.__name__,
)
async def test_both_answer_a_script_alike(script: Script) -> None:
    with moto_server() as moto:
        # its queues outlive the server, in this process
        await asyncio.to_thread(forget_everything, moto)
        expected = await played(script, moto)
    async with embedded_server(queues=[]) as server:
        assert await played(script, server.url) == expected
