"""A list of HTTP statuses and ranges, ``200-299,404``."""

import re

from sqsd_adapters.cli.values.read_all import read_all

STATUSES = range(200, 600)  # RFC 9110, 15: final answers; 1xx are interim
_ITEM = re.compile(r"\s*(\d{3})\s*(?:-\s*(\d{3})\s*)?", re.ASCII)


def parse_statuses(text: str) -> frozenset[int]:
    """Read ``200``, ``200-299`` or a comma-separated list of both.

    Raises:
        ValueError: items are neither, or reach beyond 200 to 599; the message names each of them.
    """
    return frozenset().union(*read_all(_parse_item, text.split(",")))


def _parse_item(item: str) -> range:
    match = _ITEM.fullmatch(item)
    if match is None:
        raise ValueError(f"{item.strip()!r} is neither a status nor a range")
    first, last = int(match[1]), int(match[2] or match[1])
    if first not in STATUSES or last not in STATUSES or first > last:
        raise ValueError(f"{item.strip()!r} is not within 200-599, from low to high")
    return range(first, last + 1)
