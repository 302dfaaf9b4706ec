"""Instants as people and other programs read them."""

from datetime import UTC, datetime


def iso_utc(instant: float) -> str:
    """Unix time as ISO 8601 in UTC, to the second: ``2026-01-01T00:00:00Z``."""
    return datetime.fromtimestamp(int(instant), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def iso_utc_milliseconds(instant: float) -> str:
    """Unix time as ISO 8601 in UTC, to the millisecond: ``2026-01-01T00:00:00.000Z``."""
    return datetime.fromtimestamp(instant, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
