"""What SQS answers about messages, pure: values to the fields of its service model."""

from base64 import b64encode
from collections.abc import Iterable, Mapping
from typing import Any

from sqsd_adapters.queue.embedded.checksums import md5_of_attributes
from sqsd_adapters.queue.embedded.errors import ErrorCode, SqsError
from sqsd_adapters.queue.embedded.parameters import Json
from sqsd_adapters.queue.embedded.settings import unknown_attribute
from sqsd_adapters.queue.embedded.stored import Received, Sent
from sqsd_core.message import NO_ATTRIBUTES, MessageAttribute

_ALL = frozenset({"All", "ALL"})  # Celery's transport writes it in capitals (ADR 22)
_EVERYTHING = _ALL | {".*", "*"}

#: ReceiveMessage, MessageSystemAttributeNames
SYSTEM_ATTRIBUTES = frozenset(
    {
        *_ALL,
        "ApproximateFirstReceiveTimestamp",
        "ApproximateReceiveCount",
        "AWSTraceHeader",
        "DeadLetterQueueSourceArn",
        "MessageDeduplicationId",
        "MessageGroupId",
        "SenderId",
        "SentTimestamp",
        "SequenceNumber",
    }
)


def sent(result: Sent) -> Json:
    """The answer to SendMessage."""
    return _present(
        MessageId=result.message_id,
        MD5OfMessageBody=result.md5_of_body,
        MD5OfMessageAttributes=result.md5_of_attributes,
        MD5OfMessageSystemAttributes=result.md5_of_system_attributes,
        SequenceNumber=result.sequence_number,
    )


def failed_entry(entry_id: str, error: SqsError) -> Json:
    """One entry of a batch's ``Failed``."""
    sender = error.code is not ErrorCode.INTERNAL_ERROR
    return {"Id": entry_id, "Code": str(error.code), "Message": str(error), "SenderFault": sender}


def check_system_names(names: Iterable[str]) -> None:
    """Refuse a name that no message has.

    Raises:
        SqsError: InvalidAttributeName.
    """
    for name in names:
        if name not in SYSTEM_ATTRIBUTES:
            raise unknown_attribute(name)


def message(received: Received, *, system: Iterable[str], attributes: Iterable[str]) -> Json:
    """A delivery with the attributes that the receiver asked for."""
    chosen = _choose(received.sending.attributes, [*attributes])
    return _present(
        MessageId=received.id,
        ReceiptHandle=received.receipt,
        MD5OfBody=received.sent.md5_of_body,
        Body=received.sending.body,
        Attributes=_system_attributes(received, set(system)) or None,
        MessageAttributes={name: _shown(attribute) for name, attribute in chosen.items()} or None,
        MD5OfMessageAttributes=md5_of_attributes(chosen),
    )


def _choose(attributes: Mapping[str, MessageAttribute], wanted: list[str]) -> Mapping[str, MessageAttribute]:
    """By name, by a prefix such as ``bar.*``, or all of them (SQS: ReceiveMessage, MessageAttributeNames).

    The dot belongs to the pattern: ``bar.*`` finds ``barn`` as well.
    """
    if not attributes or not wanted:
        return NO_ATTRIBUTES
    if not _EVERYTHING.isdisjoint(wanted):
        return attributes
    prefixes = tuple(name.removesuffix(".*") for name in wanted if name.endswith(".*"))
    return {
        name: attribute
        for name, attribute in attributes.items()
        if name in wanted or (prefixes and name.startswith(prefixes))
    }


def _system_attributes(received: Received, wanted: set[str]) -> Json:
    if not wanted:
        return {}
    known = _present(
        SenderId=received.sender_id,
        SentTimestamp=_milliseconds(received.sent_at),
        ApproximateReceiveCount=str(received.receive_count),
        ApproximateFirstReceiveTimestamp=_milliseconds(received.first_received_at),
        MessageGroupId=received.sending.group_id,
        MessageDeduplicationId=received.sending.deduplication_id,
        SequenceNumber=received.sent.sequence_number,
        AWSTraceHeader=received.sending.trace_header,
        DeadLetterQueueSourceArn=received.source_arn,
    )
    return known if wanted & _ALL else {name: value for name, value in known.items() if name in wanted}


def _shown(attribute: MessageAttribute) -> Json:
    if isinstance(attribute.value, bytes):
        return {"DataType": attribute.data_type, "BinaryValue": b64encode(attribute.value).decode()}
    return {"DataType": attribute.data_type, "StringValue": attribute.value}


def _milliseconds(instant: float) -> str:
    return str(int(instant * 1000))


def _present(**fields: Any) -> Json:  # noqa: ANN401 - JSON
    return {name: value for name, value in fields.items() if value is not None}
