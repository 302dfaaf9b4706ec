"""A queue's attributes: SQS's strings, their limits and defaults, and what they mean."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqsd_adapters.queue.embedded.errors import ErrorCode, SqsError, invalid_timeout
from sqsd_adapters.queue.embedded.parameters import json_map
from sqsd_adapters.queue.embedded.place import HOME, Place
from sqsd_adapters.queue.embedded.redrive import Redrive, RedriveAllow, parse_redrive, parse_redrive_allow
from sqsd_core import limits

MAX_MESSAGE_SIZE = 1_048_576  # SQS: bytes of a message with its attributes, and of a batch
MAX_VISIBILITY = int(limits.MAX_VISIBILITY)
MAX_DELAY = 900  # SQS: 15 minutes

# SQS: SetQueueAttributes, valid values
_LIMITS = {
    "DelaySeconds": (0, MAX_DELAY),
    "KmsDataKeyReusePeriodSeconds": (60, 86_400),
    "MaximumMessageSize": (1_024, MAX_MESSAGE_SIZE),
    "MessageRetentionPeriod": (60, 1_209_600),
    "ReceiveMessageWaitTimeSeconds": (0, 20),
    "VisibilityTimeout": (0, MAX_VISIBILITY),
}
_BOOLEANS = {"ContentBasedDeduplication", "FifoQueue", "SqsManagedSseEnabled"}
_CHOICES = {
    "DeduplicationScope": ("queue", "messageGroup"),
    "FifoThroughputLimit": ("perQueue", "perMessageGroupId"),
}
# shown and without effect here
_FREE = {"KmsMasterKeyId", "Policy"}
_POLICIES = {"RedriveAllowPolicy", "RedrivePolicy"}
_COMPUTED = {
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
    "CreatedTimestamp",
    "LastModifiedTimestamp",
    "QueueArn",
}

DEFAULTS: Mapping[str, str] = {
    "DelaySeconds": "0",
    "MaximumMessageSize": str(MAX_MESSAGE_SIZE),
    "MessageRetentionPeriod": "345600",
    "ReceiveMessageWaitTimeSeconds": "0",
    "SqsManagedSseEnabled": "true",
    "VisibilityTimeout": "30",
}
FIFO_DEFAULTS: Mapping[str, str] = {
    "ContentBasedDeduplication": "false",
    "DeduplicationScope": "queue",
    "FifoQueue": "true",
    "FifoThroughputLimit": "perQueue",
}
#: SQS does not show this default
_UNSHOWN = ("KmsDataKeyReusePeriodSeconds", "300")


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSettings:
    """What a queue's attributes mean. Durations are seconds."""

    #: what was set, in the form in which it is shown
    given: Mapping[str, str]
    #: with the defaults: the strings that GetQueueAttributes shows
    shown: Mapping[str, str]
    fifo: bool
    content_based_deduplication: bool
    #: whether deduplication ids count for each message group alone
    deduplication_by_group: bool
    delay: int
    visibility: int
    wait: int
    retention: int
    max_size: int
    redrive: Redrive | None
    redrive_allow: RedriveAllow


def parse_settings(name: str, given: Mapping[str, str], *, place: Place = HOME) -> QueueSettings:
    """Check and interpret the attributes of CreateQueue and SetQueueAttributes; an empty value counts as unset.

    Raises:
        SqsError: InvalidAttributeName, InvalidAttributeValue or InvalidParameterValue.
    """
    fifo = name.endswith(".fifo")
    checked = {attribute: _checked(attribute, value, fifo=fifo, place=place) for attribute, value in given.items()}
    kept = {attribute: value for attribute, value in checked.items() if value}
    _check_encryption(kept)
    shown = {**DEFAULTS, **(FIFO_DEFAULTS if fifo else {}), **kept}
    if "KmsMasterKeyId" in shown:
        shown["SqsManagedSseEnabled"] = "false"
    if shown.get(_UNSHOWN[0]) == _UNSHOWN[1]:
        del shown[_UNSHOWN[0]]
    return QueueSettings(
        given=kept,
        shown=shown,
        fifo=fifo,
        content_based_deduplication=shown.get("ContentBasedDeduplication") == "true",
        deduplication_by_group=shown.get("DeduplicationScope") == "messageGroup",
        delay=int(shown["DelaySeconds"]),
        visibility=int(shown["VisibilityTimeout"]),
        wait=int(shown["ReceiveMessageWaitTimeSeconds"]),
        retention=int(shown["MessageRetentionPeriod"]),
        max_size=int(shown["MaximumMessageSize"]),
        redrive=parse_redrive(shown["RedrivePolicy"], place=place) if "RedrivePolicy" in shown else None,
        redrive_allow=parse_redrive_allow(shown.get("RedriveAllowPolicy", '{"redrivePermission":"allowAll"}')),
    )


def changed_settings(
    name: str, settings: QueueSettings, changes: Mapping[str, str], *, place: Place = HOME
) -> QueueSettings:
    """The settings after SetQueueAttributes; a KMS key takes the place of encryption by SQS.

    Raises:
        SqsError: as ``parse_settings``.
    """
    given = dict(settings.given)
    if changes.get("KmsMasterKeyId") and "SqsManagedSseEnabled" not in changes:
        given.pop("SqsManagedSseEnabled", None)
    return parse_settings(name, {**given, **changes}, place=place)


def check_attribute_name(name: str) -> None:
    """Refuse to show an attribute that no queue has.

    Raises:
        SqsError: InvalidAttributeName.
    """
    if name not in {*_LIMITS, *_BOOLEANS, *_CHOICES, *_FREE, *_POLICIES, *_COMPUTED}:
        raise unknown_attribute(name)


def check_visibility(timeout: float) -> None:
    """Refuse a visibility timeout that is out of range, in seconds.

    Raises:
        SqsError: InvalidParameterValue.
    """
    if not 0 <= timeout <= MAX_VISIBILITY:
        raise invalid_timeout(timeout, f"Must be between 0 and {MAX_VISIBILITY}, if provided.")


def check_throughput(settings: QueueSettings, *, given: Iterable[str]) -> None:
    """Refuse a throughput limit for each message group while deduplication ids count for the whole queue.

    ``given`` names the attributes of the request. A file of an earlier version may hold a queue with such settings;
    its other attributes can change. Source: SetQueueAttributes, FifoThroughputLimit.

    Raises:
        SqsError: InvalidAttributeValue.
    """
    by_group = settings.shown.get("FifoThroughputLimit") == "perMessageGroupId"
    if by_group and not settings.deduplication_by_group and not _CHOICES.keys().isdisjoint(given):
        raise SqsError(
            ErrorCode.INVALID_ATTRIBUTE_VALUE,
            "Invalid value for the parameter FifoThroughputLimit. Reason: perMessageGroupId is allowed only when "
            "DeduplicationScope is messageGroup.",
        )


def unknown_attribute(name: str) -> SqsError:
    return SqsError(ErrorCode.INVALID_ATTRIBUTE_NAME, f"Unknown Attribute {name}.")


def _checked(name: str, value: str, *, fifo: bool, place: Place) -> str:
    """The value in the form in which it is shown."""
    _check_name(name, fifo=fifo)
    if name in _BOOLEANS:
        return _boolean(name, value.lower())
    if name == "RedrivePolicy":
        return str(parse_redrive(value, place=place)) if value else ""
    if value and not _is_valid(name, value):
        raise SqsError(ErrorCode.INVALID_ATTRIBUTE_VALUE, f"Invalid value for the parameter {name}.")
    return value


def _check_name(name: str, *, fifo: bool) -> None:
    if name in _CHOICES and not fifo:
        raise SqsError(
            ErrorCode.INVALID_ATTRIBUTE_NAME, f"You can specify the {name} only when FifoQueue is set to true."
        )
    if name in {"ContentBasedDeduplication", "FifoQueue"} and not fifo:
        raise unknown_attribute(name)
    if name not in {*_LIMITS, *_BOOLEANS, *_CHOICES, *_FREE, *_POLICIES}:
        raise unknown_attribute(name)


def _boolean(name: str, value: str) -> str:
    if name == "FifoQueue" and value != "true":
        raise SqsError(
            ErrorCode.INVALID_ATTRIBUTE_VALUE,
            "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.",
        )
    if value not in {"true", "false", ""}:
        raise SqsError(ErrorCode.INVALID_ATTRIBUTE_VALUE, f"Invalid value for the parameter {name}.")
    return value


def _is_valid(name: str, value: str) -> bool:
    match name:
        case "Policy":
            return json_map(value) is not None
        case "RedriveAllowPolicy":
            return bool(parse_redrive_allow(value))
        case "KmsMasterKeyId":
            return True
        case _ if name in _CHOICES:
            return value in _CHOICES[name]
        case _:
            return _is_within(value, *_LIMITS[name])


def _is_within(value: str, least: int, most: int) -> bool:
    return value.isascii() and value.isdecimal() and len(value) <= len(str(most)) and least <= int(value) <= most


def _check_encryption(given: Mapping[str, str]) -> None:
    if "KmsMasterKeyId" in given and given.get("SqsManagedSseEnabled") == "true":
        # the code is SQS's own, though the name is known
        raise SqsError(
            ErrorCode.INVALID_ATTRIBUTE_NAME,
            "You can use one type of server-side encryption (SSE) at one time. "
            "You can either enable KMS SSE or SQS SSE.",
        )
