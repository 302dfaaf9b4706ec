"""AWS Lambda's event of SQS messages, and its batch response: section 12 of the contract, without I/O."""

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import md5, sha256
from typing import Any

from sqsd_core.limits import MAX_VISIBILITY
from sqsd_core.message import Message, MessageAttribute
from sqsd_core.outcome import Failed, Outcome, RetryLater, Succeeded
from sqsd_core.seconds import seconds

LISTED = "listed in batchItemFailures"
UNREADABLE = "the answer is no batch response"
FAILURES, IDENTIFIER, DELAY = "batchItemFailures", "itemIdentifier", "delaySeconds"

Json = dict[str, Any]

_SUCCEEDED = Succeeded()


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSource:
    """The queue in Lambda's event: ``arn`` is the ``eventSourceARN`` of each record, ``region`` its ``awsRegion``."""

    arn: str
    region: str


UNKNOWN_SOURCE = EventSource(arn="", region="")


def lambda_event(messages: Sequence[Message], *, source: EventSource) -> dict[str, Any]:
    """Build the event that AWS Lambda passes to a handler for messages of SQS, for a handler in your own process.

    ``receiptHandle`` is not the real receipt handle, because the daemon deletes the message.
    """
    return {"Records": [_record(message, source) for message in messages]}


def event(messages: Sequence[Message], *, source: EventSource) -> bytes:
    """Build the event as JSON."""
    shown = lambda_event(messages, source=source)
    return json.dumps(shown, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def batch_id(messages: Sequence[Message]) -> bytes:
    """Name a batch: the same messages make the same name, in each attempt."""
    return b"batch_" + sha256(" ".join(message.id for message in messages).encode()).hexdigest()[:32].encode()


def outcomes(answer: bytes, messages: Sequence[Message]) -> Sequence[Outcome]:
    """Read the body of a successful answer; what cannot be read fails all messages."""
    if not answer.strip():
        return [_SUCCEEDED] * len(messages)
    try:
        response = json.loads(answer)
    except (ValueError, RecursionError):
        return _all_failed(messages, "it is no JSON")
    return outcomes_of(response, messages)


def outcomes_of(response: object, messages: Sequence[Message]) -> Sequence[Outcome]:
    """Read a batch response: ``{"batchItemFailures": [{"itemIdentifier": id, "delaySeconds": 30}]}``.

    Nothing, an empty object and an empty list of failures are a success of all messages. An item that names no message
    of the batch fails all of them, as in Lambda: which one was meant is not known.
    """
    if response is None or response in ("", {}):
        return [_SUCCEEDED] * len(messages)
    if not isinstance(response, dict) or FAILURES not in response:
        return _all_failed(messages, f"it has no {FAILURES}")
    items = response[FAILURES]
    if not isinstance(items, list | None):
        return _all_failed(messages, f"{FAILURES} is no list")
    result: list[Outcome] = [_SUCCEEDED] * len(messages)
    positions = {str(message.id): position for position, message in enumerate(messages)}
    for item in items or ():
        identifier = item.get(IDENTIFIER) if isinstance(item, dict) else None
        if not isinstance(identifier, str) or identifier not in positions:
            return _all_failed(messages, f"an {IDENTIFIER} names no message of the batch")
        result[positions[identifier]] = _failure(item)
    return result


def _failure(item: Json) -> Outcome:
    if DELAY not in item:
        return Failed(LISTED)
    try:
        delay = seconds(item[DELAY])
    except (TypeError, ValueError):
        delay = -1.0
    if delay < 0.0:
        return Failed(f"{LISTED}, {DELAY} is no number of seconds")
    return RetryLater(min(delay, MAX_VISIBILITY), LISTED)


def _all_failed(messages: Sequence[Message], why: str) -> Sequence[Outcome]:
    return [Failed(f"{UNREADABLE}: {why}")] * len(messages)


def _record(message: Message, source: EventSource) -> Json:
    return {
        "messageId": message.id,
        # opaque, since handlers log events, and with the real one anybody could delete the message
        "receiptHandle": f"{message.id}:{message.receive_count}",
        "body": message.body,
        "attributes": _system_attributes(message),
        "messageAttributes": {name: _attribute(each) for name, each in message.attributes.items()},
        "md5OfBody": md5(message.body.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest(),
        "eventSource": "aws:sqs",
        "eventSourceARN": source.arn,
        "awsRegion": source.region,
    }


def _system_attributes(message: Message) -> Mapping[str, str]:
    known = {
        "ApproximateReceiveCount": str(message.receive_count),
        "SentTimestamp": _milliseconds(message.sent_at),
        "SenderId": message.sender_id,
        "ApproximateFirstReceiveTimestamp": _milliseconds(message.first_received_at),
        "SequenceNumber": message.sequence_number,
        "MessageGroupId": message.group_id or message.tenant_id,
        "MessageDeduplicationId": message.deduplication_id,
        "AWSTraceHeader": message.trace_header,
    }
    return {name: value for name, value in known.items() if value is not None}


def _attribute(attribute: MessageAttribute) -> Json:
    value = attribute.value
    shown = {"stringValue": value} if isinstance(value, str) else {"binaryValue": b64encode(value).decode("ascii")}
    return {**shown, "stringListValues": [], "binaryListValues": [], "dataType": attribute.data_type}


def _milliseconds(instant: float | None) -> str | None:
    return None if instant is None else str(round(instant * 1000))
