"""A message as HTTP headers: section 3 of the contract, without I/O."""

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote

from sqsd_adapters.invoker.http.notification import SNS, notification_texts
from sqsd_adapters.invoker.http.periodic import task_texts
from sqsd_adapters.transport.exchange import Headers
from sqsd_core.message import Message, MessageAttribute
from sqsd_core.policy.periodic import PATH, SCHEDULED_TIME

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2
_SENDABLE = re.compile(r"[\t\x20-\x7e]*")
_UNSENDABLE = re.compile(r"[\r\n\0]")
#: all that stands for itself where a value is percent-encoded, so that decoding gives the original back
_READABLE = "".join(character for character in map(chr, range(0x20, 0x7F)) if character != "%")
MAX_VALUE = 8_192  # bytes of a header's value; nginx and Apache take 8 KiB for a line
MAX_HEADERS = 16_384  # bytes of all headers; Node takes 16 KiB
_OURS = 512  # bytes of these that the request line, Host and Content-Length may take
_PRIVATE_PREFIX = "beanstalk.sqsd."  # EB: how its periodic tasks travel
_ATTRIBUTE = b"X-Aws-Sqsd-Attr-"
#: W3C Trace Context, and W3C Baggage
_TRACE_ATTRIBUTES = (("traceparent", b"traceparent"), ("tracestate", b"tracestate"), ("baggage", b"baggage"))
_DROPPABLE = (_ATTRIBUTE, SNS, *(header for _, header in _TRACE_ATTRIBUTES))


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
    #: the time of a periodic task is in no form that is known
    unreadable: Sequence[str] = ()


NOTHING = LeftOut()
_OVERSIZED = bytes(MAX_VALUE + 1)


def message_headers(message: Message, deadline: float, static: int = 0) -> tuple[Headers, LeftOut]:
    """Build what tells of the message, and name what was left out.

    ``deadline`` is the Unix time at which its time limit ends, ``static`` the bytes of the other headers.
    """
    headers = _facts(message, deadline)
    left_out = NOTHING
    for name, header, value in _texts(message):
        # nearly all are plain text; without the call, a message with two takes 1,100 instructions less
        encoded = value.strip(" ").encode() if value.isascii() and value.isprintable() else _encode(value)
        if header is None and name == SCHEDULED_TIME:
            left_out = left_out._replace(unreadable=[name])
        elif header is None or encoded is None:
            left_out = left_out._replace(invalid=[*left_out.invalid, name])
        elif len(encoded) > MAX_VALUE:
            left_out = left_out._replace(oversized=[*left_out.oversized, name])
        else:
            headers.append((header, encoded))
    if message.attributes or message.notification is not None:  # the sender added to them
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


def _facts(message: Message, deadline: float) -> list[tuple[bytes, bytes]]:
    first, sent = message.first_received_at, message.sent_at
    first_second, sent_second = None if first is None else int(first), None if sent is None else int(sent)
    return [*facts_of(message.receive_count, int(deadline), first_second, sent_second)]


def _texts(message: Message) -> list[tuple[str, bytes | None, str]]:
    """Name, header and value of what the message says of itself."""
    texts: list[tuple[str, bytes | None, str]] = [("X-Aws-Sqsd-Msgid", b"X-Aws-Sqsd-Msgid", message.id)]
    if (sender := message.sender_id) is not None:
        texts.append(("X-Aws-Sqsd-Sender-Id", b"X-Aws-Sqsd-Sender-Id", sender))
    if (group := message.group_id or message.tenant_id) is not None:
        texts.append(("X-Sqsd-Group-Id", b"X-Sqsd-Group-Id", group))
    if (trace := message.trace_header) is not None:
        texts.append(("X-Amzn-Trace-Id", b"X-Amzn-Trace-Id", trace))
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


@lru_cache(maxsize=1024)  # the messages that are received in one second share them
def facts_of(receive_count: int, deadline: int, first_received: int | None, sent: int | None) -> Headers:
    """Build what SQS counts and times; instants are Unix time in whole seconds."""
    headers = [(b"X-Aws-Sqsd-Receive-Count", b"%d" % receive_count), deadline_header(deadline)]
    if first_received is not None:
        headers.append((b"X-Aws-Sqsd-First-Received-At", _instant(first_received)))
    if sent is not None:
        headers.append((b"X-Aws-Sqsd-Sent-At", _instant(sent)))
    return headers


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
