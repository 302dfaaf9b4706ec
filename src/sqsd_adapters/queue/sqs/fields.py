"""The parts of a message as SQS writes them; each raises one of ``MISREAD`` where it is written in another way."""

from base64 import b64decode
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqsd_core.message import MessageAttribute

#: what reading another shape than expected raises; a number too large for a float is an OverflowError
MISREAD = (AttributeError, KeyError, OverflowError, TypeError, ValueError)
YEAR_10000 = 253_402_300_800.0  # Unix time in seconds: dates of HTTP and ISO 8601 end before it


def text(value: object) -> Any:  # noqa: ANN401 - a str of whichever NewType the field has
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def count(value: Any) -> int:  # noqa: ANN401 - text that holds a number, or a number
    return max(1, int(value))


@lru_cache(maxsize=256)  # messages of one receive, and of a busy queue, share their milliseconds
def seconds(milliseconds: Any) -> float | None:  # noqa: ANN401 - as above, or None
    if milliseconds is None:
        return None
    instant = int(milliseconds) / 1000
    if not 0.0 <= instant < YEAR_10000:
        raise ValueError("not a date")
    return instant


def attribute(raw: Mapping[str, Any]) -> MessageAttribute:
    return MessageAttribute(data_type=text(raw["DataType"]), value=_value(raw))


def _value(raw: Mapping[str, Any]) -> str | bytes:
    if "StringValue" in raw:
        return text(text_or_number(raw["StringValue"]))  # type: ignore[no-any-return]  # as below
    binary = raw["BinaryValue"]
    return binary if isinstance(binary, bytes) else b64decode(binary)


def text_or_number(value: object) -> str | None:
    """Read what some emulators write as a number; None is what is not there."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return str(value)
    raise TypeError("not a text")
