"""Runs a handler written for AWS Lambda in the daemon's process, with Lambda's event of one or several messages.

    LAMBDA_HANDLER=my_app.handler INVOKER=examples.lambda_adapter:run INVOKER_BATCH_SIZE=10 sqsd -e sqsd.env

LAMBDA_HANDLER has Lambda's form, ``module.function``. The handler gets None for its context. What it raises is a
failure of all messages, as with Lambda.
"""

import base64
import hashlib
import os
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

from sqsd import Failed, Message, MessageAttribute

Handler = Callable[[dict[str, Any], None], Any]


def run(messages: list[Message] | Message) -> object:
    """Call the handler with a batch, and return its ``batchItemFailures``; a single message comes with a size of 1."""
    if not isinstance(messages, list):
        return _of_one(handler()(event_of([messages]), None))
    return handler()(event_of(messages), None)


def _of_one(answer: object) -> Failed | None:
    failures = answer.get("batchItemFailures") if isinstance(answer, dict) else None
    return Failed("reported in batchItemFailures") if failures else None


@cache
def handler() -> Handler:
    module, _, function = os.environ["LAMBDA_HANDLER"].rpartition(".")
    found: Handler = getattr(import_module(module), function)
    return found


def event_of(messages: list[Message]) -> dict[str, Any]:
    return {"Records": [_record(message) for message in messages]}


def _record(message: Message) -> dict[str, Any]:
    return {
        "messageId": message.id,
        "receiptHandle": message.id,  # handlers may log it; the daemon deletes the message
        "body": message.body,
        "attributes": _system_attributes(message),
        "messageAttributes": {name: _attribute(each) for name, each in message.attributes.items()},
        "md5OfBody": hashlib.md5(message.body.encode(), usedforsecurity=False).hexdigest(),
        "eventSource": "aws:sqs",
    }


def _system_attributes(message: Message) -> dict[str, str]:
    found = {
        "ApproximateReceiveCount": message.receive_count,
        "SentTimestamp": _milliseconds(message.sent_at),
        "SenderId": message.sender_id,
        "ApproximateFirstReceiveTimestamp": _milliseconds(message.first_received_at),
        "SequenceNumber": message.sequence_number,
        "MessageGroupId": message.group_id or message.tenant_id,
        "MessageDeduplicationId": message.deduplication_id,
        "AWSTraceHeader": message.trace_header,
    }
    return {name: str(value) for name, value in found.items() if value is not None}


def _milliseconds(instant: float | None) -> int | None:
    return None if instant is None else round(instant * 1_000)


def _attribute(attribute: MessageAttribute) -> dict[str, Any]:
    value = attribute.value
    shown = {"binaryValue": base64.b64encode(value).decode()} if isinstance(value, bytes) else {"stringValue": value}
    return {**shown, "stringListValues": [], "binaryListValues": [], "dataType": attribute.data_type}
