"""Periodic tasks as requests: where they go, and what their headers say. Section 8 of the contract, without I/O."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from sqsd_adapters.transport.address import request_target
from sqsd_core.message import MessageAttribute
from sqsd_core.policy.periodic import PATH, SCHEDULED_TIME, TASK_NAME
from sqsd_core.utc import iso_utc

MAX_TARGET = 8_000  # bytes; nginx and Apache take a line of 8 KiB
NO_BODY = b""
#: Unix time from here on is in milliseconds: as seconds, it would be beyond the year 5000
MILLISECONDS = 100_000_000_000
#: from here on it is neither: a date without separators has 14 digits
TOO_LARGE = 10_000_000_000_000
_DIGITS = re.compile(r"[0-9]{9,}(?:\.[0-9]*)?")

PATH_HEADER, NAME_HEADER, TIME_HEADER = "X-Aws-Sqsd-Path", "X-Aws-Sqsd-Taskname", "X-Aws-Sqsd-Scheduled-At"


class NoPath(ValueError):
    """The path of a periodic task cannot be requested."""


def task_target(attributes: Mapping[str, MessageAttribute]) -> bytes | None:
    """The path of a periodic task for the request line; None where it has none, which leaves INVOKER_URL's own.

    Raises:
        NoPath: it is not a path, or too long.
    """
    path = _text(attributes, PATH)
    if path is None:
        return None
    try:
        target = request_target(path)
    except ValueError as error:  # UnicodeEncodeError is one: half a surrogate pair
        raise NoPath(f"{PATH} is not a path ({type(error).__name__})") from None
    if len(target) > MAX_TARGET:
        raise NoPath(f"{PATH} is longer than {MAX_TARGET:,} bytes")
    return target


def task_texts(attributes: Mapping[str, MessageAttribute]) -> Iterator[tuple[str, bytes | None, str]]:
    """Name, header and value of what EB says of a task; no header where the value cannot be read."""
    path = _text(attributes, PATH)
    if path is not None:
        yield PATH, PATH_HEADER.encode("ascii"), path
    time = _text(attributes, SCHEDULED_TIME)
    if time is None:
        return
    name = _text(attributes, TASK_NAME)
    if name is not None:
        yield TASK_NAME, NAME_HEADER.encode("ascii"), name
    instant = scheduled_at(time)
    yield SCHEDULED_TIME, None if instant is None else TIME_HEADER.encode("ascii"), instant or time


def scheduled_at(text: str) -> str | None:
    """The time of a slot as ISO 8601 in UTC; None where it is in no form that is known.

    Ruby writes ``2015-08-12 21:46:21 UTC``, EventBridge Scheduler ``2015-08-12T21:46:21Z``, mail programs
    ``Wed, 12 Aug 2015 21:46:21 GMT``, JavaScript ``1439415981000``. A time without a zone is in UTC.
    """
    text = text.strip()
    for read in (_read_digits, _read_iso, parsedate_to_datetime, _read_unix):
        try:
            moment = read(text)
            return iso_utc(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp())
        except (OverflowError, OSError, ValueError):
            continue
    return None


def _read_iso(text: str) -> datetime:
    return datetime.fromisoformat(text.removesuffix("UTC").removesuffix("GMT").strip().replace(" +", "+"))


def _read_digits(text: str) -> datetime:
    """Unix time, which Python would read as a date and a time without separators: 1712051231000 is no day of 1712."""
    if not _DIGITS.fullmatch(text):
        raise ValueError
    return _read_unix(text)


def _read_unix(text: str) -> datetime:
    number = float(text)
    if number >= TOO_LARGE:
        raise ValueError
    return datetime.fromtimestamp(number / 1000 if number >= MILLISECONDS else number, UTC)


def _text(attributes: Mapping[str, MessageAttribute], name: str) -> str | None:
    value = attributes[name].value if name in attributes else None
    return value if isinstance(value, str) else None
