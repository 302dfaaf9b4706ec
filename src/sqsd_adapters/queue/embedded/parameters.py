"""The parameters of a call, pure: from the fields of SQS's service model to values, or SQS's own errors."""

import json
import re
from base64 import b64decode
from collections.abc import Mapping
from typing import Any, TypeGuard

from sqsd_adapters.queue.embedded.errors import (
    invalid_parameter,
    invalid_value_of,
    malformed,
    missing_parameter,
)
from sqsd_adapters.queue.embedded.stored import Sending
from sqsd_core.message import NO_ATTRIBUTES, MessageAttribute

Json = dict[str, Any]

TRACE_HEADER = "AWSTraceHeader"
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")

#: SQS words the limits of its parameters in two ways
BETWEEN = "Must be between {least} and {most}, if provided."
AT_LEAST_AND_AT_MOST = "Must be >= {least} and <= {most}, if provided."


def json_map(text: str | bytes) -> Json | None:
    """A JSON object in a text, or None."""
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return fields if isinstance(fields, dict) else None


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


def number(parameters: Json, name: str) -> int | None:
    """A whole number, or None where it is not given."""
    value = parameters.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise malformed(name)
    return value


def integer(parameters: Json, name: str, *, least: int, most: int, rule: str = BETWEEN) -> int | None:
    """A whole number within SQS's limits, or None where it is not given; ``rule`` words them as SQS does."""
    value = number(parameters, name)
    if value is not None and not least <= value <= most:
        raise invalid_value_of(name, value, rule.format(least=least, most=most))
    return value


def names(parameters: Json, name: str) -> list[str]:
    value = parameters.get(name) or []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise malformed(name)
    return value


def string_map(parameters: Json, name: str) -> dict[str, str]:
    value = parameters.get(name) or {}
    if not isinstance(value, dict) or not all(_is_text(item) for item in (*value, *value.values())):
        raise malformed(name)
    return value


def _is_text(value: object) -> TypeGuard[str]:
    """Whether it is a string, and one that UTF-8 can write: JSON may hold half of a surrogate pair."""
    return isinstance(value, str) and not _LONE_SURROGATE.search(value)


def sending(parameters: Json) -> Sending:
    """The parameters of SendMessage, or of an entry of its batch."""
    delay = number(parameters, "DelaySeconds")
    system = message_attributes(parameters.get("MessageSystemAttributes"))
    for name, attribute in system.items():
        if name != TRACE_HEADER:
            raise invalid_parameter(f"Message system attribute name '{name}' is invalid.")
        if attribute.data_type != "String" or not (attribute.value and _is_text(attribute.value)):
            raise invalid_parameter(
                f"Message system attribute '{name}' must contain a non-empty value of type 'String'."
            )
    return Sending(
        body=text(parameters, "MessageBody"),
        attributes=message_attributes(parameters.get("MessageAttributes")),
        trace_header=str(system[TRACE_HEADER].value) if system else None,
        delay=delay,
        group_id=optional_text(parameters, "MessageGroupId"),
        deduplication_id=optional_text(parameters, "MessageDeduplicationId"),
    )


def message_attributes(given: Any) -> Mapping[str, MessageAttribute]:  # noqa: ANN401 - as it came
    """Message attributes as the protocols write them: a type, and a string or base64."""
    if not given:
        return NO_ATTRIBUTES
    if not isinstance(given, dict):
        raise malformed("MessageAttributes")
    return {name: _attribute(field) for name, field in given.items()}


def _attribute(field: Any) -> MessageAttribute:  # noqa: ANN401 - as it came
    if not isinstance(field, dict):
        raise malformed("MessageAttributes")
    binary, string, data_type = field.get("BinaryValue"), field.get("StringValue") or "", field.get("DataType")
    if not (_is_text(data_type) and isinstance(string, str)):
        raise malformed("MessageAttributes")
    if binary is None:
        return MessageAttribute(data_type=data_type, value=string)
    try:
        return MessageAttribute(data_type=data_type, value=b64decode(binary, validate=True))
    except (TypeError, ValueError):
        raise malformed("MessageAttributes") from None
