"""A list of HTTP statuses and ranges, ``200-299,404``."""

import re

STATUSES = range(200, 600)  # RFC 9110, 15: final answers; 1xx are interim
_ITEM = re.compile(r"\s*(\d{3})\s*(?:-\s*(\d{3})\s*)?", re.ASCII)


def parse_statuses(text: str) -> frozenset[int]:
    """Read ``200``, ``200-299`` or a comma-separated list of both.

    Raises:
        ValueError: an item is neither, or reaches beyond 200 to 599.
    """
    return frozenset().union(*(_parse_item(item) for item in text.split(",")))


def _parse_item(item: str) -> range:
    match = _ITEM.fullmatch(item)
    if match is None:
        raise ValueError(f"{item.strip()!r} is neither a status nor a range")
    first, last = int(match[1]), int(match[2] or match[1])
    if first not in STATUSES or last not in STATUSES or first > last:
        raise ValueError(f"{item.strip()!r} is not within 200-599, from low to high")
    return range(first, last + 1)
