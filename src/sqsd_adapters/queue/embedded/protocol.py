"""SQS's JSON protocol, pure: parameters to values, values to answers, errors to status and headers."""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable, Mapping
from typing import Any

from sqsd_adapters.queue.embedded.checksums import md5_of_attributes
from sqsd_adapters.queue.embedded.errors import ErrorCode, SqsError, invalid_parameter, missing_parameter
from sqsd_adapters.queue.embedded.stored import Received, Sending, Sent
from sqsd_core.message import NO_ATTRIBUTES, MessageAttribute

Json = dict[str, Any]

CONTENT_TYPE = "application/x-amz-json-1.0"
TARGET_PREFIX = "AmazonSQS."

_SQS = "com.amazonaws.sqs#"
_CORAL = "com.amazon.coral.service#"
# What SQS sends where it is not simply its own type, the same name for the older protocol, and status 400.
_WIRE: Mapping[ErrorCode, tuple[str, str, int]] = {
    ErrorCode.ACCESS_DENIED: (f"{_CORAL}AccessDeniedException", "AccessDenied", 403),
    ErrorCode.BATCH_IDS_NOT_DISTINCT: (_SQS, "AWS.SimpleQueueService.", 400),
    ErrorCode.BATCH_TOO_LONG: (_SQS, "AWS.SimpleQueueService.", 400),
    ErrorCode.EMPTY_BATCH: (_SQS, "AWS.SimpleQueueService.", 400),
    ErrorCode.EXPIRED_TOKEN: (f"{_CORAL}ExpiredTokenException", "ExpiredToken", 403),
    ErrorCode.INTERNAL_ERROR: (f"{_CORAL}InternalFailure", "InternalFailure", 500),
    ErrorCode.INVALID_BATCH_ID: (_SQS, "AWS.SimpleQueueService.", 400),
    ErrorCode.INVALID_PARAMETER: (f"{_CORAL}InvalidParameterValueException", "InvalidParameterValue", 400),
    ErrorCode.INVALID_TOKEN: (f"{_CORAL}UnrecognizedClientException", "InvalidClientTokenId", 403),
    ErrorCode.KMS_DISABLED: (f"{_SQS}KmsDisabled", "KMS.DisabledException", 400),
    ErrorCode.MALFORMED: (f"{_CORAL}SerializationException", "MalformedInput", 400),
    ErrorCode.MISSING_PARAMETER: (f"{_CORAL}MissingRequiredParameterException", "MissingParameter", 400),
    ErrorCode.NOT_IN_FLIGHT: (_SQS, "AWS.SimpleQueueService.", 400),
    ErrorCode.OVER_LIMIT: (_SQS, "", 403),
    ErrorCode.PURGE_IN_PROGRESS: (_SQS, "AWS.SimpleQueueService.", 403),
    ErrorCode.QUEUE_DOES_NOT_EXIST: (
        f"{_SQS}QueueDoesNotExist",
        "AWS.SimpleQueueService.NonExistentQueue",
        400,
    ),
    ErrorCode.QUEUE_NAME_EXISTS: (f"{_SQS}QueueNameExists", "QueueAlreadyExists", 400),
    ErrorCode.RECEIPT_INVALID: (_SQS, "", 404),
    ErrorCode.THROTTLED: (_SQS, "", 403),
    ErrorCode.THROTTLING: ("com.amazon.coral.availability#ThrottlingException", "Throttling", 400),
    ErrorCode.TOO_MANY_ENTRIES: (_SQS, "AWS.SimpleQueueService.", 400),
    ErrorCode.UNAVAILABLE: (f"{_CORAL}ServiceUnavailableException", "ServiceUnavailable", 503),
    ErrorCode.UNKNOWN_OPERATION: (f"{_CORAL}UnknownOperationException", "InvalidAction", 400),
}


def error_answer(error: SqsError) -> tuple[int, Mapping[str, str], Json]:
    """Status, headers and body by which SQS reports an error."""
    kind, query_code, status = _WIRE.get(error.code, (_SQS, "", 400))
    kind = f"{kind}{error.code}" if kind == _SQS else kind
    query_code = f"{query_code}{error.code}" if query_code in {"", "AWS.SimpleQueueService."} else query_code
    fault = "Sender" if status < 500 else "Receiver"  # noqa: PLR2004 - HTTP's own line
    return status, {"x-amzn-query-error": f"{query_code};{fault}"}, {"__type": kind, "message": str(error)}


def failed_entry(entry_id: str, error: SqsError) -> Json:
    """One entry of a batch's ``Failed``."""
    sender = error.code is not ErrorCode.INTERNAL_ERROR
    return {"Id": entry_id, "Code": str(error.code), "Message": str(error), "SenderFault": sender}


def text(parameters: Json, name: str) -> str:
    """A parameter that must be there."""
    value = parameters.get(name)
    if value is None:
        raise missing_parameter(name)
    if not isinstance(value, str):
        raise malformed(name)
    return value


def optional_text(parameters: Json, name: str) -> str | None:
    return None if parameters.get(name) is None else text(parameters, name)


def integer(parameters: Json, name: str, *, least: int, most: int) -> int | None:
    """A whole number within SQS's limits, or None where it is not given."""
    value = parameters.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise malformed(name)
    if not least <= value <= most:
        raise invalid_parameter(
            f"Value {value} for parameter {name} is invalid. Reason: Must be >= {least} and <= {most}, if provided."
        )
    return value


def names(parameters: Json, name: str) -> list[str]:
    value = parameters.get(name) or []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise malformed(name)
    return value


def string_map(parameters: Json, name: str) -> dict[str, str]:
    value = parameters.get(name) or {}
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise malformed(name)
    return value


def sending(parameters: Json) -> Sending:
    """The parameters of SendMessage, or of an entry of its batch."""
    delay = parameters.get("DelaySeconds")
    if delay is not None and not isinstance(delay, int):
        raise malformed("DelaySeconds")
    system = message_attributes(parameters.get("MessageSystemAttributes"))
    trace_header = system.get("AWSTraceHeader")
    return Sending(
        body=text(parameters, "MessageBody"),
        attributes=message_attributes(parameters.get("MessageAttributes")),
        trace_header=None if trace_header is None else str(trace_header.value),
        delay=delay,
        group_id=optional_text(parameters, "MessageGroupId"),
        deduplication_id=optional_text(parameters, "MessageDeduplicationId"),
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


def message_attributes(given: Any) -> Mapping[str, MessageAttribute]:  # noqa: ANN401 - JSON as it came
    """Message attributes as the protocol writes them: a type, and a string or base64."""
    if not given:
        return NO_ATTRIBUTES
    try:
        return {
            name: MessageAttribute(
                data_type=field["DataType"],
                value=b64decode(field["BinaryValue"], validate=True)
                if field.get("BinaryValue") is not None
                else field.get("StringValue") or "",
            )
            for name, field in given.items()
        }
    except (AttributeError, KeyError, TypeError, Base64Error):
        raise malformed("MessageAttributes") from None


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
    """By name, by a prefix such as ``bar.*``, or all of them (SQS: ReceiveMessage, MessageAttributeNames)."""
    if not attributes or not wanted:
        return NO_ATTRIBUTES
    if "All" in wanted or ".*" in wanted:
        return attributes
    prefixes = tuple(name.removesuffix("*") for name in wanted if name.endswith(".*"))
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
    return known if "All" in wanted else {name: value for name, value in known.items() if name in wanted}


def _shown(attribute: MessageAttribute) -> Json:
    if isinstance(attribute.value, bytes):
        return {"DataType": attribute.data_type, "BinaryValue": b64encode(attribute.value).decode()}
    return {"DataType": attribute.data_type, "StringValue": attribute.value}


def _milliseconds(instant: float) -> str:
    return str(int(instant * 1000))


def _present(**fields: Any) -> Json:  # noqa: ANN401 - JSON
    return {name: value for name, value in fields.items() if value is not None}


def malformed(what: str) -> SqsError:
    return SqsError(ErrorCode.MALFORMED, f"{what} is not what the service's model says.")
