"""SQS's shapes to ours and back; pure, and the same for both clients."""

import json
import math
from base64 import b64decode
from collections.abc import Mapping, Sequence
from typing import Any

from sqsd_core.errors import QueueUnavailable
from sqsd_core.message import NO_ATTRIBUTES, Message, MessageAttribute, ReceiptHandle
from sqsd_core.ports.queue import (
    MAX_BATCH,
    MAX_VISIBILITY,
    MAX_WAIT,
    FailedEntry,
    QueueDescription,
    VisibilityChange,
)

#: a request or an answer as JSON has it
Shape = Mapping[str, Any]

_ALL = ["All"]
_DEPTH = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)
#: a batch's entry may be throttled alone; SQS then calls it the sender's fault
_THROTTLED = frozenset({"RequestThrottled", "Throttling", "ThrottlingException", "KmsThrottled"})
#: what a shape of another language raises, one number too large for a float among them
_MISREAD = (AttributeError, KeyError, OverflowError, TypeError, ValueError)


class MalformedAnswer(QueueUnavailable):
    """What answered does not speak SQS's language."""


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
    entries = [{"Id": str(index), "ReceiptHandle": receipt} for index, receipt in enumerate(receipts)]
    return {"QueueUrl": url, "Entries": entries}


def visibility_request(url: str, changes: Sequence[VisibilityChange]) -> dict[str, Any]:
    entries = [
        {
            "Id": str(index),
            "ReceiptHandle": change.receipt,
            "VisibilityTimeout": whole_seconds(change.timeout, at_most=MAX_VISIBILITY),
        }
        for index, change in enumerate(changes)
    ]
    return {"QueueUrl": url, "Entries": entries}


def description_request(url: str) -> dict[str, Any]:
    return {"QueueUrl": url, "AttributeNames": [*_DEPTH, "RedrivePolicy"]}


def whole_seconds(seconds: float, *, at_most: float) -> int:
    """SQS knows whole seconds only: rounded up, so that nothing becomes visible before its time."""
    return math.ceil(max(0.0, min(seconds, at_most)))


def messages(answer: Shape, *, fifo: bool) -> list[Message]:
    """The messages of a receive's answer; only those of a FIFO queue have groups that order them.

    Raises:
        MalformedAnswer: a message lacks what makes it one
    """
    try:
        return [_message(raw, fifo=fifo) for raw in answer.get("Messages") or ()]
    except _MISREAD as error:
        raise MalformedAnswer from error


def _message(raw: Shape, *, fifo: bool) -> Message:
    system = raw.get("Attributes") or {}
    group = _text_or_none(system.get("MessageGroupId"))
    return Message(
        id=_text(raw["MessageId"]),
        receipt=_text(raw["ReceiptHandle"]),
        body=_text(raw["Body"]),
        receive_count=max(1, int(system.get("ApproximateReceiveCount", 1))),
        first_received_at=_seconds(system.get("ApproximateFirstReceiveTimestamp")),
        sent_at=_seconds(system.get("SentTimestamp")),
        sender_id=_text_or_none(system.get("SenderId")),
        group_id=group if fifo else None,
        tenant_id=None if fifo else group,
        trace_header=_text_or_none(system.get("AWSTraceHeader")),
        attributes=_attributes(raw.get("MessageAttributes")),
    )


def _text(value: object) -> Any:  # noqa: ANN401 - a str of whichever NewType the field has
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _text_or_none(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise TypeError("not a text")


def _seconds(milliseconds: str | None) -> float | None:
    return None if milliseconds is None else int(milliseconds) / 1000


def _attributes(raw: Shape | None) -> Mapping[str, MessageAttribute]:
    if not raw:
        return NO_ATTRIBUTES
    return {
        name: MessageAttribute(data_type=_text(attribute["DataType"]), value=_value(attribute))
        for name, attribute in raw.items()
    }


def _value(attribute: Shape) -> str | bytes:
    if "StringValue" in attribute:
        return str(attribute["StringValue"])
    binary = attribute["BinaryValue"]
    # aiobotocore has decoded it; plain JSON has not
    return binary if isinstance(binary, bytes) else b64decode(binary)


def failed(answer: Shape, receipts: Sequence[ReceiptHandle]) -> list[FailedEntry]:
    """The entries of a batch that were not carried out; one that the answer passes over may be tried again.

    Raises:
        MalformedAnswer: the answer is not a batch's
    """
    try:
        refused = {entry["Id"]: entry for entry in answer.get("Failed") or ()}
        done = {entry["Id"] for entry in answer.get("Successful") or ()}
    except _MISREAD as error:
        raise MalformedAnswer from error
    return [
        _failed(receipt, refused.get(str(index), {}))
        for index, receipt in enumerate(receipts)
        if str(index) not in done
    ]


def _failed(receipt: ReceiptHandle, entry: Shape) -> FailedEntry:
    code = str(entry.get("Code", "Unanswered"))
    retryable = not entry.get("SenderFault") or code in _THROTTLED
    return FailedEntry(receipt=receipt, code=code, retryable=retryable)


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
        )
    except _MISREAD as error:
        raise MalformedAnswer from error
