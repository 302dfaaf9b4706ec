"""The static headers of INVOKER_HEADERS: ``Name: value`` lines, or one JSON object."""

import json
import re
from collections.abc import Sequence

TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2
#: RFC 9110, 5.5: visible characters, blanks between; no obs-text, as workers disagree on its meaning
VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?")

#: belongs to the transport or has a variable of its own
RESERVED = {
    "host": "the transport sets it",
    "content-length": "the transport sets it",
    "transfer-encoding": "the transport sets it",
    "connection": "the transport sets it",
    "keep-alive": "the transport sets it",
    "upgrade": "the transport sets it",
    "te": "the transport sets it",
    "trailer": "the transport sets it",
    "expect": "the transport sets it",
    "accept-encoding": "the transport sets it",
    "content-type": "INVOKER_CONTENT_TYPE sets it",
    "user-agent": "it names sqsd",
    "webhook-id": "INVOKER_SIGNING_SECRET sets it",
    "webhook-timestamp": "INVOKER_SIGNING_SECRET sets it",
    "webhook-signature": "INVOKER_SIGNING_SECRET sets it",
}
RESERVED_PREFIXES = ("x-aws-sqsd-", "x-sqsd-")  # contract, section 3: they tell of the message


def parse_headers(text: str) -> Sequence[tuple[str, str]]:
    """Read the headers in their order.

    Raises:
        ValueError: a header is malformed, reserved or given twice; the message shows neither its name nor its
            value, as it cannot tell which is which.
    """
    headers = _parse_object(text) if text.lstrip().startswith("{") else _parse_lines(text)
    for number, (name, value) in enumerate(headers, start=1):
        _check(number, name, value)
    if len({name.lower() for name, _ in headers}) < len(headers):
        raise ValueError("a header occurs twice")
    return headers


def is_header_value(value: str) -> bool:
    """Whether ``value`` can be sent as it is; CR, LF and NUL cannot."""
    return VALUE.fullmatch(value) is not None


def _parse_object(text: str) -> list[tuple[str, str]]:
    try:
        pairs = json.loads(text, object_pairs_hook=list)
    except ValueError:
        raise ValueError("not a valid JSON object") from None
    if not all(isinstance(value, str) for _, value in pairs):
        raise ValueError("every value in the JSON object must be a string")
    return pairs  # type: ignore[no-any-return] # checked above; json knows no types


def _parse_lines(text: str) -> list[tuple[str, str]]:
    headers = []
    for number, line in enumerate(text.strip().splitlines(), start=1):
        name, colon, value = line.partition(":")
        if not colon:
            raise ValueError(f"line {number} is not in the form 'Name: value'")
        headers.append((name.strip(), value.strip(" \t")))
    return headers


def _check(number: int, name: str, value: str) -> None:
    if not TOKEN.fullmatch(name):
        raise ValueError(f"the name of header {number} must consist of letters, digits and !#$%&'*+.^_`|~-")
    if name.lower() in RESERVED:
        raise ValueError(f"header {name} cannot be set here: {RESERVED[name.lower()]}")
    if name.lower().startswith(RESERVED_PREFIXES):
        raise ValueError(f"header {number} cannot be set here: sqsd sets it for each message")
    if not is_header_value(value):
        raise ValueError(f"the value of header {number} is empty, or not visible ASCII on one line")
