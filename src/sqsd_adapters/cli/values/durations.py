"""Durations as people write them (Go's ``1m30s``, or plain seconds) to seconds and back."""

import re
from decimal import Decimal

from sqsd_adapters.errors import ConfigurationError

NANOSECOND = Decimal("1e-9")
MICROSECOND = Decimal("1e-6")
LONGEST = Decimal(2**63 - 1) * NANOSECOND  # Go: a duration is nanoseconds in 64 bits, 292 years

#: Go's time.ParseDuration; both micro signs are in use
UNITS = {
    "h": Decimal(3600),
    "m": Decimal(60),
    "s": Decimal(1),
    "ms": Decimal("1e-3"),
    "us": MICROSECOND,
    "µs": MICROSECOND,
    "μs": MICROSECOND,
    "ns": NANOSECOND,
}

_NUMBER = r"(?:\d+\.?\d*|\.\d+)"
_PART = re.compile(rf"({_NUMBER})(ns|us|µs|μs|ms|s|m|h)", re.ASCII)
_PLAIN = re.compile(_NUMBER, re.ASCII)


def parse_duration(text: str) -> float:
    """Read ``60s``, ``1m30s``, ``1.5h``, ``500ms`` or plain seconds.

    Raises:
        ValueError: ``text`` is none of these, or beyond 292 years; negative durations are none.
    """
    text = text.strip()
    if _PLAIN.fullmatch(text):
        text += "s"
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"not a duration: {text!r}")
    seconds = sum(Decimal(number) * UNITS[unit] for number, unit in parts)
    if seconds > LONGEST:
        raise ValueError("longer than 292 years")
    return float(seconds)


def read_duration(option: str, text: str) -> float:
    """The seconds that an option of a command names; raises ConfigurationError."""
    try:
        return parse_duration(text)
    except ValueError:
        raise ConfigurationError(f"{option} {text}: expected a duration such as 60s, 1m30s or 2h") from None


def format_duration(seconds: float) -> str:
    """Write seconds as ``parse_duration`` reads them, large units first: ``1m30s``, ``500ms``, ``0s``."""
    rest = Decimal(str(seconds)).quantize(NANOSECOND)
    parts = []
    for unit in ("h", "m", "s", "ms", "us", "ns"):
        count, rest = divmod(rest, UNITS[unit])
        if count:
            parts.append(f"{count:f}{unit}")
    return "".join(parts) or "0s"
