"""What SQS refuses to store: the limits of bodies, attributes, delays and FIFO's ids."""

import re
from collections.abc import Iterable, Mapping

from sqsd_adapters.queue.embedded.errors import (
    ErrorCode,
    SqsError,
    invalid_parameter,
    invalid_value_of,
    missing_parameter,
)
from sqsd_adapters.queue.embedded.settings import MAX_DELAY, MAX_MESSAGE_SIZE, QueueSettings
from sqsd_adapters.queue.embedded.stored import Sending
from sqsd_core.message import MessageAttribute

MAX_ATTRIBUTES = 10  # SQS: message attributes of one message

# SQS, SendMessage: #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF
_REFUSED = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# SQS: letters (Latin ones with marks too, ADR 22), digits, "_", "-" and single dots inside; AWS keeps the prefixes
# "AWS." and "Amazon." to itself
_ATTRIBUTE_NAME = re.compile(
    r"(?!(?i:aws|amazon)\.)(?!\.)(?!.*\.\.)[A-Za-z0-9_\u00c0-\u017f.-]{1,256}(?<!\.)", re.ASCII
)
_ATTRIBUTE_TYPE = re.compile(r"(String|Number|Binary)(\..+)?")
# SQS, message attributes: integers and floating-point numbers
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
# SQS, SendMessage: message group ids and deduplication ids alike
_ID = re.compile(r"[!-~]{1,128}")


def check_sending(sending: Sending, settings: QueueSettings) -> None:
    """Refuse what SQS refuses.

    Raises:
        SqsError: InvalidMessageContents, MissingParameter or InvalidParameterValue.
    """
    _check_body(sending.body)
    _check_attributes(sending.attributes)
    _check_ids(sending, settings)
    _check_delay(sending.delay, settings)
    if size_of(sending) > settings.max_size:
        raise invalid_parameter(
            f"One or more parameters are invalid. Reason: Message must be shorter than {settings.max_size} bytes."
        )


def check_batch(sendings: Iterable[Sending], settings: QueueSettings) -> None:
    """Refuse a batch as a whole, as SQS does on a FIFO queue for one entry without its ids.

    Raises:
        SqsError: InvalidParameterValue, also where a single send lacks the parameter MessageGroupId.
    """
    for sending in sendings:
        try:
            _check_ids(sending, settings)
        except SqsError as error:
            if settings.fifo:
                raise invalid_parameter(str(error)) from None


def check_batch_size(sendings: Iterable[Sending]) -> None:
    """Refuse a batch that is larger than SQS takes.

    Raises:
        SqsError: BatchRequestTooLong.
    """
    size = sum(map(size_of, sendings))
    if size > MAX_MESSAGE_SIZE:
        raise SqsError(
            ErrorCode.BATCH_TOO_LONG,
            f"Batch requests cannot be longer than {MAX_MESSAGE_SIZE} bytes. You have sent {size} bytes.",
        )


def size_of(sending: Sending) -> int:
    """Bytes of body and attributes: names, types and values (SQS: message quotas)."""
    return _bytes(sending.body) + sum(
        _bytes(name) + _bytes(attribute.data_type) + _bytes(attribute.value)
        for name, attribute in sending.attributes.items()
    )


def _bytes(value: str | bytes) -> int:
    return len(value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass"))


def _check_body(body: str) -> None:
    if not body:
        raise missing_parameter("MessageBody")
    if _REFUSED.search(body):
        raise SqsError(
            ErrorCode.INVALID_CONTENTS,
            "Invalid characters found. Valid unicode characters are "
            "#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF",
        )


def _check_attributes(attributes: Mapping[str, MessageAttribute]) -> None:
    if len(attributes) > MAX_ATTRIBUTES:
        raise invalid_parameter(
            f"Number of message attributes [{len(attributes)}] exceeds the allowed maximum [{MAX_ATTRIBUTES}]."
        )
    for name, attribute in attributes.items():
        if not _ATTRIBUTE_NAME.fullmatch(name):
            raise invalid_parameter(
                f"The message attribute name '{name}' is invalid. Attribute name can contain A-Z, a-z, 0-9, "
                "underscore (_), hyphen (-), and period (.) characters."
            )
        if not _ATTRIBUTE_TYPE.fullmatch(attribute.data_type):
            raise invalid_parameter(
                f"The message attribute '{name}' has an invalid message attribute type, the set of supported "
                "type prefixes is Binary, Number, and String."
            )
        if not attribute.value:
            kind = attribute.data_type.partition(".")[0]
            raise invalid_parameter(
                f"Message (user) attribute '{name}' must contain a non-empty value of type '{kind}'."
            )
        _check_value(name, attribute)


def _check_value(name: str, attribute: MessageAttribute) -> None:
    if attribute.data_type.startswith("Binary") is not isinstance(attribute.value, bytes):
        raise invalid_parameter(
            f"The message attribute '{name}' with type '{attribute.data_type}' must use field "
            f"'{'Binary' if attribute.data_type.startswith('Binary') else 'String'}Value'."
        )
    if isinstance(attribute.value, str) and _REFUSED.search(attribute.value):
        raise invalid_parameter(f"Message (user) attribute '{name}' contains invalid characters.")
    if attribute.data_type.startswith("Number") and not _NUMBER.fullmatch(str(attribute.value)):
        raise invalid_parameter(f"Can't cast the value of message (user) attribute '{name}' to a number.")


def _check_ids(sending: Sending, settings: QueueSettings) -> None:
    if settings.fifo and sending.group_id is None:
        raise missing_parameter("MessageGroupId")
    if sending.deduplication_id is not None and not settings.fifo:
        raise invalid_value_of(
            "MessageDeduplicationId",
            sending.deduplication_id,
            "The request includes a parameter that is not valid for this queue type.",
        )
    if settings.fifo and sending.deduplication_id is None and not settings.content_based_deduplication:
        raise invalid_parameter(
            "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId "
            "provided explicitly"
        )
    for name, value in (
        ("MessageGroupId", sending.group_id),
        ("MessageDeduplicationId", sending.deduplication_id),
    ):
        if value is not None and not _ID.fullmatch(value):
            raise invalid_parameter(
                f"Value {value} for parameter {name} is invalid. Reason: {name} can only include "
                "alphanumeric and punctuation characters. 1 to 128 in length."
            )


def _check_delay(delay: float | None, settings: QueueSettings) -> None:
    if delay is None:
        return
    if settings.fifo and delay:
        raise invalid_value_of(
            "DelaySeconds", delay, "The request include parameter that is not valid for this queue type."
        )
    if not 0 <= delay <= MAX_DELAY:
        raise invalid_value_of("DelaySeconds", delay, f"DelaySeconds must be >= 0 and <= {MAX_DELAY}.")
