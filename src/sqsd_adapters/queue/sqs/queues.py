"""What an operator does with queues and their messages: find, look, send, delete, move, purge."""

import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.printable import printable
from sqsd_adapters.queue.sqs.wire import MalformedAnswer, Shape, whole_seconds
from sqsd_core.limits import MAX_BATCH, MAX_VISIBILITY, MAX_WAIT

MAX_SIZE = 1_048_576  # SQS: bytes of a message
_PAGE = 1_000  # SQS: ListQueues, MaxResults
_RUNNING = "RUNNING"


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A message move task of SQS."""

    #: None once the task has ended
    handle: str | None
    #: RUNNING, COMPLETED, CANCELLING, CANCELLED or FAILED
    status: str
    moved: int
    #: None where SQS does not say
    total: int | None
    failure: str | None

    @property
    def is_running(self) -> bool:
        return self.status in {_RUNNING, "CANCELLING"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What became of a batch; keys are the entries' ids."""

    message_ids: Mapping[str, str]
    #: why, in SQS's words
    refused: Mapping[str, str]


class Asks(Protocol):
    """Makes one call to SQS: ``SqsAdmin`` does."""

    async def ask(self, operation: str, request: Shape, *, queue: str = "", wait: float = 0.0) -> Shape: ...


class Queues:
    """Each method is one operation of SQS, or pages of one; raises as ``SqsAdmin.ask``."""

    def __init__(self, *, admin: Asks) -> None:
        self._admin = admin

    async def url_of(self, place: str) -> str:
        """The URL of a queue given by URL, ARN or name."""
        if "://" in place:
            return place
        request = {"QueueName": place}
        if place.startswith("arn:"):
            *_, owner, name = place.split(":")
            request = {"QueueName": name, "QueueOwnerAWSAccountId": owner}
        answer = await self._admin.ask("GetQueueUrl", request, queue=request["QueueName"])
        return _field(answer, "QueueUrl")

    async def attributes(self, url: str) -> Mapping[str, str]:
        answer = await self._ask("GetQueueAttributes", url, AttributeNames=["All"])
        attributes: Mapping[str, str] = answer.get("Attributes") or {}
        return attributes

    async def max_size(self, url: str) -> int:
        """Bytes of a message that the queue takes."""
        return int((await self.attributes(url)).get("MaximumMessageSize", MAX_SIZE))

    async def dead_letters_of(self, url: str) -> str:
        """The URL of the queue's dead-letter queue; raises ConfigurationError where it has none."""
        arn = redrive_policy(await self.attributes(url)).get("deadLetterTargetArn")
        if arn is None:
            raise ConfigurationError(f"the queue {name_of(url)} has no dead-letter queue: it has no redrive policy")
        return await self.url_of(str(arn))

    async def sources_of(self, url: str) -> list[str]:
        """The URLs of the queues whose dead letters go to this one."""
        return [each async for each in self._pages("ListDeadLetterSourceQueues", "queueUrls", {"QueueUrl": url})]

    async def all(self) -> list[str]:
        return [each async for each in self._pages("ListQueues", "QueueUrls", {})]

    async def receive(self, url: str, *, visibility: float, wait: float = 0.0, most: int = MAX_BATCH) -> list[Shape]:
        """Up to ten messages as SQS shows them, hidden for ``visibility`` seconds."""
        request = {
            "QueueUrl": url,
            "MaxNumberOfMessages": most,
            "VisibilityTimeout": whole_seconds(visibility, at_most=MAX_VISIBILITY),
            "WaitTimeSeconds": whole_seconds(wait, at_most=MAX_WAIT),
            "MessageSystemAttributeNames": ["All"],
            "MessageAttributeNames": ["All"],
        }
        answer = await self._admin.ask("ReceiveMessage", request, queue=name_of(url), wait=wait)
        return list(answer.get("Messages") or ())

    async def put_back(self, url: str, receipts: Sequence[str]) -> None:
        """Make messages visible again; what SQS refuses becomes visible by itself."""
        for batch in _batches(receipts):
            entries = [{"Id": str(i), "ReceiptHandle": each, "VisibilityTimeout": 0} for i, each in enumerate(batch)]
            await self._ask("ChangeMessageVisibilityBatch", url, Entries=entries)

    async def delete(self, url: str, receipts: Sequence[str]) -> set[str]:
        """Delete up to ten messages; returns the receipt handles that SQS confirmed."""
        entries = [{"Id": str(i), "ReceiptHandle": each} for i, each in enumerate(receipts)]
        answer = await self._ask("DeleteMessageBatch", url, Entries=entries)
        return {receipts[int(each["Id"])] for each in answer.get("Successful") or ()}

    async def send(self, url: str, entries: Sequence[Mapping[str, Any]]) -> Sent:
        """Send up to ten entries of SendMessageBatch."""
        answer = await self._ask("SendMessageBatch", url, Entries=list(entries))
        return Sent(
            message_ids={each["Id"]: each["MessageId"] for each in answer.get("Successful") or ()},
            refused={each["Id"]: _reason(each) for each in answer.get("Failed") or ()},
        )

    async def start_move(self, source_arn: str, *, destination_arn: str | None, rate: int | None) -> str:
        """Begin a message move task; returns its handle."""
        request: dict[str, Any] = {"SourceArn": source_arn}
        if destination_arn is not None:
            request["DestinationArn"] = destination_arn
        if rate is not None:
            request["MaxNumberOfMessagesPerSecond"] = rate
        answer = await self._admin.ask("StartMessageMoveTask", request, queue=source_arn.rpartition(":")[2])
        return _field(answer, "TaskHandle")

    async def moves(self, source_arn: str) -> list[Move]:
        """The latest move tasks of a dead-letter queue, the newest first."""
        request = {"SourceArn": source_arn, "MaxResults": MAX_BATCH}
        answer = await self._admin.ask("ListMessageMoveTasks", request, queue=source_arn.rpartition(":")[2])
        return [_move(each) for each in answer.get("Results") or ()]

    async def cancel_move(self, handle: str) -> None:
        await self._admin.ask("CancelMessageMoveTask", {"TaskHandle": handle})

    async def purge(self, url: str) -> None:
        await self._ask("PurgeQueue", url)

    async def _ask(self, operation: str, url: str, **request: object) -> Shape:
        return await self._admin.ask(operation, {"QueueUrl": url, **request}, queue=name_of(url))

    async def _pages(self, operation: str, field: str, request: Mapping[str, str]) -> AsyncIterator[str]:
        token: dict[str, str] = {}
        while True:
            answer = await self._admin.ask(operation, {**request, "MaxResults": _PAGE, **token})
            for url in answer.get(field) or ():
                yield str(url)
            if not answer.get("NextToken"):
                return
            token = {"NextToken": answer["NextToken"]}


def _field(answer: Shape, name: str) -> str:
    value = answer.get(name)
    if not isinstance(value, str):
        raise MalformedAnswer(f"the answer has no {name}; does the endpoint speak SQS?")
    return value


def name_of(url: str) -> str:
    return urlsplit(url).path.rstrip("/").rpartition("/")[2]


def redrive_policy(attributes: Mapping[str, str]) -> Mapping[str, object]:
    """The queue's redrive policy; empty where it has none."""
    try:
        policy = json.loads(attributes.get("RedrivePolicy") or "{}")
    except ValueError:
        return {}
    return policy if isinstance(policy, dict) else {}


def _batches(items: Sequence[str]) -> Iterable[Sequence[str]]:
    return (items[start : start + MAX_BATCH] for start in range(0, len(items), MAX_BATCH))


def _reason(entry: Shape) -> str:
    return printable(f"{entry.get('Code', 'refused')}: {entry.get('Message') or ''}".rstrip(": "))


def _move(task: Shape) -> Move:
    total = task.get("ApproximateNumberOfMessagesToMove")
    return Move(
        handle=task.get("TaskHandle"),
        status=str(task.get("Status", "")),
        moved=int(task.get("ApproximateNumberOfMessagesMoved") or 0),
        total=None if total is None else int(total),
        failure=task.get("FailureReason"),
    )
