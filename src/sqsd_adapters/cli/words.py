"""Times and durations in words."""

from datetime import UTC, datetime, tzinfo

MILLISECONDS = 1_000
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))


def span(seconds: float) -> str:
    """Write a duration: ``812 ms``, ``2 s``, ``1.5 s``, ``3 h 12 min``."""
    seconds = max(0.0, seconds)
    if seconds < 1:
        return f"{seconds * MILLISECONDS:.0f} ms"
    if seconds < 60:  # noqa: PLR2004 - a minute
        return f"{seconds:.3g} s"
    whole, parts = round(seconds), list[str]()
    for size, unit in (*_UNITS, (1, "s")):
        count, whole = divmod(whole, size)
        if count and len(parts) < 2:  # noqa: PLR2004 - the two largest units
            parts.append(f"{count} {unit}")
    return " ".join(parts)


def local(at: float, zone: tzinfo | None) -> datetime:
    """The time in the zone; None: that of the user."""
    return datetime.fromtimestamp(at, UTC).astimezone(zone)


def clock(at: float, zone: tzinfo | None) -> str:
    moment = local(at, zone)
    return f"{moment:%H:%M:%S}.{moment.microsecond // MILLISECONDS:03}"


def day(at: float, zone: tzinfo | None) -> str:
    return f"{local(at, zone):%Y-%m-%d}"


def zone_name(at: float, zone: tzinfo | None) -> str:
    """Name the zone: ``CET (UTC+01:00)``."""
    moment = local(at, zone)
    offset = f"{moment:%z}"
    return "UTC" if offset == "+0000" else f"{moment:%Z} (UTC{offset[:3]}:{offset[3:5]})"
