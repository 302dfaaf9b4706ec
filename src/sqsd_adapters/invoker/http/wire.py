"""A message as HTTP headers, and an answer as an outcome: sections 3 and 5 of the contract, without I/O."""

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote

from sqsd_adapters.invoker.http.notification import SNS, notification_texts
from sqsd_adapters.invoker.http.periodic import task_texts
from sqsd_adapters.transport.exchange import Answer, Headers
from sqsd_core.limits import MAX_VISIBILITY
from sqsd_core.message import Message, MessageAttribute
from sqsd_core.outcome import Failed, Outcome, Retained, RetryLater, Succeeded, Unavailable
from sqsd_core.policy.periodic import PATH, SCHEDULED_TIME

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2
_SENDABLE = re.compile(r"[\t\x20-\x7e]*")
_UNSENDABLE = re.compile(r"[\r\n\0]")
#: all that stands for itself where a value is percent-encoded, so that decoding gives the original back
_READABLE = "".join(character for character in map(chr, range(0x20, 0x7F)) if character != "%")
MAX_VALUE = 8_192  # bytes of a header's value; nginx and Apache take 8 KiB for a line
MAX_HEADERS = 16_384  # bytes of all headers; Node takes 16 KiB
_OURS = 512  # bytes of these that the request line, Host and Content-Length may take
_ERRORS = range(400, 600)
_REDIRECTS = (300, 301, 302, 303, 307, 308)
_UNAVAILABLE = (502, 503)
_FULL = (429, 503)  # contract, section 5: INVOKER_ADAPTIVE then uses fewer slots
_RETRY_AFTER = b"retry-after"
_DISPOSITION = b"x-sqsd-disposition"
_ASKING = (_RETRY_AFTER, _DISPOSITION)
_PRIVATE_PREFIX = "beanstalk.sqsd."  # EB: how its periodic tasks travel
_ATTRIBUTE = b"X-Aws-Sqsd-Attr-"
#: W3C Trace Context, and W3C Baggage
_TRACE_ATTRIBUTES = (("traceparent", b"traceparent"), ("tracestate", b"tracestate"), ("baggage", b"baggage"))
_DROPPABLE = (_ATTRIBUTE, SNS, *(header for _, header in _TRACE_ATTRIBUTES))
#: what every message says of itself, at most
_FACTS = 4


def static_headers(*, queue_name: str, content_type: str, version: str, headers: Sequence[tuple[str, str]]) -> Headers:
    """Build what every request carries; ``headers`` are the user's own, from INVOKER_HEADERS.

    Raises:
        ValueError: a header cannot be sent as it is; the message shows its name, never its value.
    """
    built = []
    for name, value in (
        ("Content-Type", content_type),
        ("User-Agent", f"aws-sqsd/{version}"),
        ("X-Aws-Sqsd-Queue", queue_name),
        *headers,
    ):
        if not _TOKEN.fullmatch(name) or not _SENDABLE.fullmatch(value):
            raise ValueError(f"header {name!r} cannot be sent")
        built.append((name.encode("ascii"), value.strip().encode("ascii")))
    return built


class LeftOut(NamedTuple):
    """The names of the attributes and headers that a request goes without."""

    #: they would do harm as headers
    invalid: Sequence[str] = ()
    #: over ``MAX_VALUE``, or the largest where all headers exceed ``MAX_HEADERS``
    oversized: Sequence[str] = ()


NOTHING = LeftOut()
_OVERSIZED = bytes(MAX_VALUE + 1)


def message_headers(message: Message, *, deadline: float, static: int = 0) -> tuple[Headers, LeftOut]:
    """Build what tells of the message, and name what was left out.

    ``deadline`` is the Unix time at which its time limit ends, ``static`` the bytes of the other headers.
    """
    headers = _facts(message, deadline=deadline)
    left_out = NOTHING
    texts = _texts(message)
    for name, header, value in texts:
        if value is None:
            continue
        encoded = _encode(value)
        if header is None or encoded is None:
            left_out = left_out._replace(invalid=[*left_out.invalid, name])
        elif len(encoded) > MAX_VALUE:
            left_out = left_out._replace(oversized=[*left_out.oversized, name])
        else:
            headers.append((header, encoded))
    if len(texts) > _FACTS:  # the sender added to them
        dropped = _drop_largest(headers, excess=size(headers) + static + _OURS - MAX_HEADERS)
        left_out = left_out._replace(oversized=[*left_out.oversized, *dropped]) if dropped else left_out
    return headers, left_out


def deadline_header(deadline: float) -> tuple[bytes, bytes]:
    """Tell the Unix time at which the time limit ends."""
    return (b"X-Sqsd-Deadline", _instant(int(deadline)))


def message_id(message: Message) -> bytes:
    """The id in the form in which ``X-Aws-Sqsd-Msgid`` carries it; empty where no header can."""
    return _encode(message.id) or b""


def size(headers: Headers) -> int:
    """Count the bytes that headers take on the wire."""
    return sum(len(name) + len(value) + 4 for name, value in headers)


def _facts(message: Message, *, deadline: float) -> list[tuple[bytes, bytes]]:
    headers = [
        (b"X-Aws-Sqsd-Receive-Count", b"%d" % message.receive_count),
        deadline_header(deadline),
    ]
    if message.first_received_at is not None:
        headers.append((b"X-Aws-Sqsd-First-Received-At", _instant(int(message.first_received_at))))
    if message.sent_at is not None:
        headers.append((b"X-Aws-Sqsd-Sent-At", _instant(int(message.sent_at))))
    return headers


def _texts(message: Message) -> list[tuple[str, bytes | None, str | None]]:
    """Name, header and value of what the message says of itself."""
    texts: list[tuple[str, bytes | None, str | None]] = [
        ("X-Aws-Sqsd-Msgid", b"X-Aws-Sqsd-Msgid", message.id),
        ("X-Aws-Sqsd-Sender-Id", b"X-Aws-Sqsd-Sender-Id", message.sender_id),
        ("X-Sqsd-Group-Id", b"X-Sqsd-Group-Id", message.group_id or message.tenant_id),
        ("X-Amzn-Trace-Id", b"X-Amzn-Trace-Id", message.trace_header),
    ]
    if attributes := message.attributes:
        texts += _attribute_texts(attributes)
        if PATH in attributes or SCHEDULED_TIME in attributes:
            texts += task_texts(attributes)
    if (notification := message.notification) is not None:
        texts += notification_texts(notification)
    return texts


def _drop_largest(headers: list[tuple[bytes, bytes]], *, excess: int) -> list[str]:
    """Take the largest attributes out until ``excess`` bytes are gone, and return their names."""
    dropped: list[str] = []
    if excess <= 0:
        return dropped
    droppable = [header for header in headers if header[0].startswith(_DROPPABLE)]
    for header in sorted(droppable, key=lambda each: len(each[1]), reverse=True):
        if excess <= 0:
            break
        headers.remove(header)
        excess -= size([header])
        dropped.append(header[0].removeprefix(_ATTRIBUTE).decode("ascii"))
    return dropped


def outcome(answer: Answer, *, success: AbstractSet[int], now: float) -> Outcome:
    """Read the answer; ``now`` is Unix time, for a ``Retry-After`` that is a date."""
    # of each, the first counts
    asked = {name: value for name, value in reversed(answer.headers) if name in _ASKING}
    if not asked:
        return _outcome_of_status(answer.status, success=success, after=None)
    after = parse_retry_after(asked[_RETRY_AFTER], now=now) if _RETRY_AFTER in asked else None
    reason, full = f"status {answer.status}", answer.status in _FULL
    match asked.get(_DISPOSITION, b"").strip().lower():
        case b"delete":
            return Succeeded()
        case b"retain":
            return Retained()
        case b"retry":
            reply = f"{reason}, disposition retry"
            return Failed(reply, full=full) if after is None else RetryLater(after, reason, full=full)
        case _:
            return _outcome_of_status(answer.status, success=success, after=after)


def parse_retry_after(value: bytes, *, now: float) -> float | None:
    """Read seconds or an HTTP date (RFC 9110, 10.2.3) as seconds from ``now``; None when it is neither."""
    text = value.strip()
    if text.isdigit():
        return min(float(text), MAX_VISIBILITY)
    try:
        date = parsedate_to_datetime(text.decode("ascii"))
        # RFC 9110 has only dates in UTC; asctime's form does not say so
        instant = date.replace(tzinfo=date.tzinfo or UTC).timestamp()
    except (ValueError, OverflowError):
        return None
    return min(max(instant - now, 0.0), MAX_VISIBILITY)


def _outcome_of_status(status: int, *, success: AbstractSet[int], after: float | None) -> Outcome:
    if status in success:
        return Succeeded()
    reason, full = f"status {status}", status in _FULL
    if status in _UNAVAILABLE:
        return Unavailable(reason, after=after, full=full)
    if after is not None and status in _ERRORS:
        return RetryLater(after, reason, full=full)
    return Failed(f"{reason}, redirects are not followed" if status in _REDIRECTS else reason, full=full)


def _attribute_texts(attributes: Mapping[str, MessageAttribute]) -> Iterator[tuple[str, bytes | None, str]]:
    """Name, header and value of each attribute of text; no header where the name cannot be one."""
    texts = {
        name: attribute.value
        for name, attribute in attributes.items()
        if isinstance(attribute.value, str) and attribute.data_type.startswith(("String", "Number"))
    }
    for name, value in texts.items():
        if not name.startswith(_PRIVATE_PREFIX):
            yield name, _attribute_header(name), value
    for name, header in _TRACE_ATTRIBUTES:
        if name in texts:
            yield name, header, texts[name]


@lru_cache(maxsize=1024)
def _attribute_header(name: str) -> bytes | None:
    return _ATTRIBUTE + name.encode("ascii") if _TOKEN.fullmatch(name) else None


@lru_cache(maxsize=1024)
def _instant(second: int) -> bytes:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(second)).encode("ascii")


def _encode(value: str) -> bytes | None:
    """Make a header's value of any text; None where that would let it end the header.

    Blanks around it go, as every receiver takes them off anyway (RFC 9110, 5.5). What is no visible ASCII is
    percent-encoded as UTF-8, and so is ``%`` beside it.
    """
    if value.isascii() and value.isprintable():
        return value.strip(" ").encode("ascii")
    if len(value) > MAX_VALUE:
        return _OVERSIZED  # percent-encoding a MiB takes a tenth of a second
    if _UNSENDABLE.search(value):
        return None
    return quote(value.strip(" \t"), safe=_READABLE, errors="surrogatepass").encode("ascii")
