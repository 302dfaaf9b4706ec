"""SendMessage as the port has it: the request, and the answer; pure."""

from collections.abc import Mapping
from typing import Any

from sqsd_adapters.queue.sqs.fields import MISREAD, text
from sqsd_adapters.queue.sqs.wire import MalformedAnswer, Shape, whole_seconds
from sqsd_core.limits import MAX_DELAY
from sqsd_core.message import MessageAttribute, MessageId


def send_request(
    url: str,
    body: str,
    *,
    attributes: Mapping[str, MessageAttribute],
    group_id: str | None,
    deduplication_id: str | None,
    delay: float,
) -> dict[str, Any]:
    request: dict[str, Any] = {"QueueUrl": url, "MessageBody": body}
    if attributes:
        request["MessageAttributes"] = {name: _wired(attribute) for name, attribute in attributes.items()}
    if group_id is not None:
        request["MessageGroupId"] = group_id
    if deduplication_id is not None:
        request["MessageDeduplicationId"] = deduplication_id
    if delay:
        request["DelaySeconds"] = whole_seconds(delay, at_most=MAX_DELAY)
    return request


def sent(answer: Shape) -> MessageId:
    """Read the id of the message.

    Raises:
        MalformedAnswer: there is none
    """
    try:
        return MessageId(text(answer["MessageId"]))
    except MISREAD as error:
        raise MalformedAnswer from error


def _wired(attribute: MessageAttribute) -> dict[str, str | bytes]:
    kind = "BinaryValue" if isinstance(attribute.value, bytes) else "StringValue"
    return {"DataType": attribute.data_type, kind: attribute.value}
