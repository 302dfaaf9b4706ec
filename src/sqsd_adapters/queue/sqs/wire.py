"""Translates between SQS's JSON and the port's types; pure, and the same for both clients."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqsd_adapters.printable import printable
from sqsd_adapters.queue.sqs.fields import MISREAD
from sqsd_core.errors import QueueUnavailable
from sqsd_core.limits import MAX_BATCH, MAX_VISIBILITY, MAX_WAIT
from sqsd_core.message import ReceiptHandle
from sqsd_core.ports.queue import (
    FailedEntry,
    QueueDescription,
    VisibilityChange,
)

#: a request or an answer as JSON has it
Shape = Mapping[str, Any]

T = TypeVar("T")

MAX_CODE = 80  # characters; SQS's longest is about 40
_ALL = ["All"]
#: of the entries of a batch
_IDS = tuple(str(index) for index in range(MAX_BATCH))
_DEPTH = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)
#: a batch's entry may be throttled alone; SQS then calls it the sender's fault
_THROTTLED = frozenset(
    {"RequestThrottled", "Throttling", "ThrottlingException", "KmsThrottled", "KMS.ThrottlingException"}
)
#: what no repetition changes, whomever the answer blames
_FINAL = frozenset({"AccessDenied", "AccessDeniedException", "KmsAccessDenied", "KMS.AccessDeniedException"})
#: how codes begin that say that no entry will be carried out: permissions, and the queue's key
_REFUSED = ("AccessDenied", "KMS.", "Kms")


class MalformedAnswer(QueueUnavailable):
    """The answer is not one of SQS's; check QUEUE_URL, SQS_ENDPOINT_URL and what stands between."""


def is_answer(shape: Shape, names: frozenset[str]) -> bool:
    """Whether JSON can be the answer to a call whose answers have fields of these ``names``; an empty one can.

    Something else may answer in SQS's place, in JSON as well.
    """
    return not shape or not names.isdisjoint(shape)


def receive_request(
    url: str, *, max_messages: int, wait: float, visibility: float, attempt_id: str | None = None
) -> dict[str, Any]:
    request = {
        "QueueUrl": url,
        "MaxNumberOfMessages": max(1, min(max_messages, MAX_BATCH)),
        "WaitTimeSeconds": whole_seconds(wait, at_most=MAX_WAIT),
        "VisibilityTimeout": whole_seconds(visibility, at_most=MAX_VISIBILITY),
        "MessageSystemAttributeNames": _ALL,
        "MessageAttributeNames": _ALL,
    }
    if attempt_id is not None:
        request["ReceiveRequestAttemptId"] = attempt_id
    return request


def delete_request(url: str, receipts: Sequence[ReceiptHandle]) -> dict[str, Any]:
    entries = [{"Id": entry_id, "ReceiptHandle": receipt} for entry_id, receipt in _numbered(receipts)]
    return {"QueueUrl": url, "Entries": entries}


def visibility_request(url: str, changes: Sequence[VisibilityChange]) -> dict[str, Any]:
    entries = [
        {
            "Id": entry_id,
            "ReceiptHandle": change.receipt,
            "VisibilityTimeout": whole_seconds(change.timeout, at_most=MAX_VISIBILITY),
        }
        for entry_id, change in _numbered(changes)
    ]
    return {"QueueUrl": url, "Entries": entries}


def _numbered(entries: Sequence[T]) -> Iterator[tuple[str, T]]:
    """The entries of a batch, at most ten, each with its id."""
    return zip(_IDS[: len(entries)], entries, strict=True)


def description_request(url: str) -> dict[str, Any]:
    return {"QueueUrl": url, "AttributeNames": [*_DEPTH, "RedrivePolicy"]}


def whole_seconds(seconds: float, *, at_most: float) -> int:
    """SQS knows whole seconds only: rounded up, so that nothing becomes visible before its time."""
    return math.ceil(max(0.0, min(seconds, at_most)))


def failed(answer: Shape, receipts: Sequence[ReceiptHandle]) -> list[FailedEntry]:
    """The entries of a batch that were not carried out; one that the answer passes over may be tried again.

    Raises:
        MalformedAnswer: the answer is not a batch's
    """
    try:
        refused = {entry["Id"]: entry for entry in answer.get("Failed") or ()}
        done = {entry["Id"] for entry in answer.get("Successful") or ()}
    except MISREAD as error:
        raise MalformedAnswer from error
    if not refused and done.issuperset(_IDS[: len(receipts)]):
        return []
    return [
        _failed(receipt, refused.get(entry_id, {})) for entry_id, receipt in _numbered(receipts) if entry_id not in done
    ]


def _failed(receipt: ReceiptHandle, entry: Shape) -> FailedEntry:
    code = printable(str(entry.get("Code", "Unanswered")), MAX_CODE)
    retryable = code in _THROTTLED or not (entry.get("SenderFault") or code in _FINAL)
    refused = code.startswith(_REFUSED) and code not in _THROTTLED
    return FailedEntry(receipt=receipt, code=code, retryable=retryable, refused=refused)


def description(answer: Shape) -> QueueDescription:
    """The answer to GetQueueAttributes.

    Raises:
        MalformedAnswer: a count is no number, or the redrive policy no JSON
    """
    try:
        attributes = answer.get("Attributes") or {}
        visible, in_flight, delayed = (int(attributes.get(name, 0)) for name in _DEPTH)
        redrive = json.loads(attributes.get("RedrivePolicy") or "{}")
        limit = redrive.get("maxReceiveCount")
        return QueueDescription(
            visible=visible,
            in_flight=in_flight,
            delayed=delayed,
            max_receive_count=None if limit is None else int(limit),
            dead_letter_queue=str(redrive.get("deadLetterTargetArn", "")).rpartition(":")[2],
        )
    except (*MISREAD, RecursionError) as error:
        raise MalformedAnswer from error
