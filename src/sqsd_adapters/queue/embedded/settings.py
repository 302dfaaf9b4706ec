"""A queue's attributes: SQS's strings, their limits and defaults, and what they mean."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqsd_adapters.queue.embedded.errors import ErrorCode, SqsError, invalid_parameter, invalid_timeout

REGION = "us-east-1"
ACCOUNT_ID = "000000000000"

MAX_MESSAGE_SIZE = 1_048_576  # SQS: bytes of a message with its attributes, and of a batch
MAX_VISIBILITY = 43_200  # SQS: 12 hours
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
_CHOICES = {
    "ContentBasedDeduplication": ("true", "false"),
    "DeduplicationScope": ("queue", "messageGroup"),
    "FifoQueue": ("true", "false"),
    "FifoThroughputLimit": ("perQueue", "perMessageGroupId"),
    "SqsManagedSseEnabled": ("true", "false"),
}
# accepted, shown and without effect here
_FREE = {"KmsMasterKeyId", "Policy", "RedriveAllowPolicy"}
_FIFO_ONLY = {"ContentBasedDeduplication", "DeduplicationScope", "FifoQueue", "FifoThroughputLimit"}
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
    "FifoThroughputLimit": "perQueue",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Redrive:
    """Where a message goes that was received too often."""

    target_arn: str
    #: receives that a message may have; the next attempt moves it
    max_receive_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSettings:
    """What a queue's attributes mean. Durations are seconds."""

    #: as given and by default, the strings that GetQueueAttributes shows
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


def parse_settings(name: str, given: Mapping[str, str]) -> QueueSettings:
    """Check and interpret the attributes of CreateQueue and SetQueueAttributes.

    Raises:
        SqsError: InvalidAttributeName or InvalidAttributeValue.
    """
    fifo = name.endswith(".fifo")
    for attribute, value in given.items():
        _check(attribute, value, fifo=fifo)
    defaults = {**DEFAULTS, **(FIFO_DEFAULTS if fifo else {})}
    shown = {**defaults, **{key: value for key, value in given.items() if value}}
    if fifo:
        shown["FifoQueue"] = "true"
    return QueueSettings(
        shown=shown,
        fifo=fifo,
        content_based_deduplication=shown.get("ContentBasedDeduplication") == "true",
        deduplication_by_group=shown.get("DeduplicationScope") == "messageGroup",
        delay=int(shown["DelaySeconds"]),
        visibility=int(shown["VisibilityTimeout"]),
        wait=int(shown["ReceiveMessageWaitTimeSeconds"]),
        retention=int(shown["MessageRetentionPeriod"]),
        max_size=int(shown["MaximumMessageSize"]),
        redrive=_redrive(shown["RedrivePolicy"]) if "RedrivePolicy" in shown else None,
    )


def check_attribute_name(name: str) -> None:
    """Refuse to show an attribute that no queue has.

    Raises:
        SqsError: InvalidAttributeName.
    """
    known = {*_LIMITS, *_CHOICES, *_FREE, *_COMPUTED, "RedrivePolicy"}
    if name not in known:
        raise SqsError(ErrorCode.INVALID_ATTRIBUTE_NAME, f"Unknown Attribute {name}.")


def check_visibility(timeout: float) -> None:
    """Refuse a visibility timeout that is out of range, in seconds.

    Raises:
        SqsError: InvalidParameterValue.
    """
    if not 0 <= timeout <= MAX_VISIBILITY:
        raise invalid_timeout(timeout, f"Must be between 0 and {MAX_VISIBILITY}, if provided.")


def arn_of(name: str) -> str:
    return f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:{name}"


def name_of(arn: str) -> str:
    """The queue's name, the last part of its ARN."""
    return arn.rpartition(":")[2]


def redrive_to(name: str, max_receive_count: int) -> dict[str, str]:
    """The attribute that makes ``name`` a queue's dead-letter queue."""
    policy = {"deadLetterTargetArn": arn_of(name), "maxReceiveCount": max_receive_count}
    return {"RedrivePolicy": json.dumps(policy, separators=(",", ":"))}


def _check(name: str, value: str, *, fifo: bool) -> None:
    if name in _FIFO_ONLY and not fifo:
        raise SqsError(ErrorCode.INVALID_ATTRIBUTE_NAME, f"Unknown Attribute {name}.")
    if name == "FifoQueue" and value != "true":
        raise _invalid_value(name, "Modifying queue type is not supported.")
    if name in _LIMITS:
        least, most = _LIMITS[name]
        if value and not (value.isdecimal() and least <= int(value) <= most):
            raise _invalid_value(name, f"Must be an integer from {least} to {most}.")
    elif name in _CHOICES:
        if value and value not in _CHOICES[name]:
            raise _invalid_value(name, f"Must be one of {', '.join(_CHOICES[name])}.")
    elif name == "RedrivePolicy":
        if value:
            _redrive(value)
    elif name not in _FREE:
        raise SqsError(ErrorCode.INVALID_ATTRIBUTE_NAME, f"Unknown Attribute {name}.")


def _redrive(policy: str) -> Redrive:
    try:
        fields = json.loads(policy)
        redrive = Redrive(
            target_arn=str(fields["deadLetterTargetArn"]), max_receive_count=int(fields["maxReceiveCount"])
        )
    except (ValueError, KeyError, TypeError):
        raise _invalid_value("RedrivePolicy", "It needs deadLetterTargetArn and maxReceiveCount.") from None
    if not 1 <= redrive.max_receive_count <= 1_000:  # noqa: PLR2004 - SQS: RedrivePolicy
        raise invalid_parameter(
            f"Value {policy} for parameter RedrivePolicy is invalid. "
            "Reason: Invalid value for maxReceiveCount: must be an integer from 1 to 1000."
        )
    return redrive


def _invalid_value(name: str, reason: str) -> SqsError:
    return SqsError(ErrorCode.INVALID_ATTRIBUTE_VALUE, f"Invalid value for the parameter {name}. Reason: {reason}")
