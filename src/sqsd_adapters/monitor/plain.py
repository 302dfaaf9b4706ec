"""The messages of proto/sqsd.proto as plain values for JSON: times in UTC, durations in seconds; pure."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from sqsd_adapters.monitor.wire import LAST_YEAR
from sqsd_core.utc import iso_utc_milliseconds

NANOSECONDS = 1e9


def plain(value: Any) -> Any:  # noqa: ANN401 - whatever a field holds
    """The value with the names of the proto file; what is unset, or no number or time, is None."""
    match value:
        case Timestamp():
            return iso_utc_milliseconds(seconds(value)) if 0 <= value.seconds <= LAST_YEAR else None
        case Duration():
            return seconds(value)
        case Message():
            return {field.name: _field(value, field) for field in value.DESCRIPTOR.fields}
        case str() | int() | float():
            return value if isinstance(value, str | int) or isfinite(value) else None
        case Mapping():
            return {name: plain(each) for name, each in value.items()}
        case _:
            return [plain(each) for each in value]


def seconds(value: Timestamp | Duration) -> float:
    """Unix time, or a duration; never raises, whatever a peer said."""
    return float(value.seconds) + value.nanos / NANOSECONDS


def _field(message: Message, field: Any) -> Any:  # noqa: ANN401 - the descriptor has two types
    if field.has_presence and not message.HasField(field.name):
        return None
    return plain(getattr(message, field.name))
