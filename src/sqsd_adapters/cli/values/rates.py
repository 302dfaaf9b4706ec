"""A rate as people write it, ``50/s`` or ``3000/m,burst=100``."""

import re

from sqsd_core import Rate

SECONDS = {"s": 1.0, "m": 60.0, "h": 3_600.0}
MOST = 1_000_000  # starts; beyond, the loop is the limit

_RATE = re.compile(r"\s*(\d{1,9})\s*/\s*([smh])\s*(?:,\s*burst\s*=\s*(\d{1,9})\s*)?", re.ASCII | re.IGNORECASE)


def parse_rate(text: str) -> Rate:
    """Read a number of starts per ``s``, ``m`` or ``h``, and how many of them may begin at once.

    Raises:
        ValueError: it is none of these, or a number is not between 1 and a million.
    """
    match = _RATE.fullmatch(text)
    if match is None:
        raise ValueError("not a rate")
    starts, unit, burst = match.groups()
    numbers = [int(number) for number in (starts, burst) if number is not None]
    if not all(1 <= number <= MOST for number in numbers):
        raise ValueError(f"a number is not between 1 and {MOST:,}")
    return Rate(starts=numbers[0], seconds=SECONDS[unit.lower()], burst=None if burst is None else numbers[1])
