"""The static headers of INVOKER_HEADERS: ``Name: value`` lines, or one JSON object."""

import json
import re
from collections.abc import Iterator, Sequence

from sqsd_adapters.cli.values.read_all import read_all, refuse

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
        ValueError: headers are malformed, reserved or given twice; the message names each problem with its header:
            by the name if that is reserved, else by the number, since what looks like a name may be a secret.
    """
    headers = _parse_object(text) if text.lstrip().startswith("{") else _parse_lines(text)
    problems = [problem for number, header in enumerate(headers, start=1) if (problem := _problem(number, *header))]
    refuse([*problems, *_repeated([name for name, _ in headers])])
    return headers


def is_header_value(value: str) -> bool:
    """Whether ``value`` can be sent as it is; CR, LF and NUL cannot."""
    return VALUE.fullmatch(value) is not None


def _parse_object(text: str) -> list[tuple[str, str]]:
    try:
        pairs = json.loads(text, object_pairs_hook=list)
    except ValueError:
        raise ValueError("not a valid JSON object") from None
    refuse(
        f"the value of header {number} is not a string"
        for number, (_, value) in enumerate(pairs, start=1)
        if not isinstance(value, str)
    )
    return pairs  # type: ignore[no-any-return] # checked above; json knows no types


def _parse_lines(text: str) -> list[tuple[str, str]]:
    return read_all(_parse_line, enumerate(text.strip().splitlines(), start=1))


def _parse_line(numbered: tuple[int, str]) -> tuple[str, str]:
    number, line = numbered
    name, colon, value = line.partition(":")
    if not colon:
        raise ValueError(f"line {number} is not in the form 'Name: value'")
    return name.strip(), value.strip(" \t")


def _problem(number: int, name: str, value: str) -> str:
    """Why the header cannot be sent; empty if it can."""
    if not TOKEN.fullmatch(name):
        return f"the name of header {number} must consist of letters, digits and !#$%&'*+.^_`|~-"
    if name.lower() in RESERVED:
        return f"header {name} cannot be set here: {RESERVED[name.lower()]}"
    if name.lower().startswith(RESERVED_PREFIXES):
        return f"header {name} cannot be set here: sqsd sets it for each message"
    return "" if is_header_value(value) else f"the value of header {number} is empty, or not visible ASCII on one line"


def _repeated(names: Sequence[str]) -> Iterator[str]:
    known: set[str] = set()
    for number, name in enumerate(names, start=1):
        if name.lower() in known:
            yield f"header {number} has the name of an earlier one"
        known.add(name.lower())
