"""When a schedule in local time is due, across clock changes: the next instant, and the latest one.

==========================  ===================================  =======================================
the schedule                a wall time that is skipped          a wall time that occurs twice
==========================  ===================================  =======================================
names hours (``30 2 * * *``)  runs once, when the gap ends       runs once, the first time
runs every hour (``*/5 * …``)  does not occur; no run is missing  runs by elapsed time, so both times
==========================  ===================================  =======================================

A schedule that names hours means a time of day. One that runs every hour means an interval, which a clock change does
not stretch.
"""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Protocol

SECOND = timedelta(seconds=1)
FIRST_WINDOW = 3_600.0  # seconds back in which the latest time is looked for first; it doubles
LONGEST_WINDOW = 10 * 366 * 86_400.0  # seconds; 29 February returns after at most eight years


class Expression(Protocol):
    """A schedule in wall time, without a time zone."""

    @property
    def every_hour(self) -> bool:
        """Whether its hours are not restricted."""
        ...

    def after(self, wall: datetime) -> datetime | None:
        """The first time after ``wall``, both without a time zone; None if there is none."""
        ...


def next_time(expression: Expression, zone: tzinfo, after: float) -> float | None:
    """The first instant (Unix time) after ``after`` at which the schedule is due; None if there is none."""
    if expression.every_hour:
        return _next_by_elapsed_time(expression, zone, after)
    wall = expression.after(_wall(after, zone))
    while wall is not None and (instant := _instant(wall, zone)) <= after:
        wall = expression.after(wall)  # the second pass of a repeated hour: it ran in the first
    return None if wall is None else instant


def latest_time(expression: Expression, zone: tzinfo, *, after: float, until: float) -> float | None:
    """The last instant in ``(after, until]`` at which the schedule was due; None if there is none."""
    latest = None
    instant = next_time(expression, zone, after)
    while instant is not None and instant <= until:
        latest, instant = instant, next_time(expression, zone, instant)
    return latest


def last_time(expression: Expression, zone: tzinfo, until: float) -> float | None:
    """The last instant up to ``until`` at which the schedule was due, however long ago; None if there is none."""
    window = FIRST_WINDOW
    while window <= LONGEST_WINDOW:
        found = latest_time(expression, zone, after=until - window, until=until)
        if found is not None:
            return found
        window *= 2
    return None


def _next_by_elapsed_time(expression: Expression, zone: tzinfo, after: float) -> float | None:
    wall, offset = expression.after(_wall(after, zone)), _offset(after, zone)
    while wall is not None:
        instant = (wall.replace(tzinfo=UTC) - offset).timestamp()
        if _offset(instant, zone) == offset:
            return instant
        change = _clock_change(zone, after, instant)
        # The change itself may be due, so look from the second before it, in the wall time that follows it.
        wall, offset, after = expression.after(_wall(change, zone) - SECOND), _offset(change, zone), change
    return None


def _instant(wall: datetime, zone: tzinfo) -> float:
    """The first instant of a wall time; for one that is skipped, the end of the gap."""
    first = wall.replace(tzinfo=zone, fold=0).timestamp()
    if _wall(first, zone) == wall:
        return first
    return _clock_change(zone, wall.replace(tzinfo=zone, fold=1).timestamp(), first)


def _clock_change(zone: tzinfo, low: float, high: float) -> float:
    """The instant in ``(low, high]`` from which the offset of ``high`` holds."""
    offset = _offset(high, zone)
    before, at = int(low), int(high)
    while at - before > 1:
        middle = (before + at) // 2
        before, at = (before, middle) if _offset(middle, zone) == offset else (middle, at)
    return float(at)


def _wall(instant: float, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(instant, zone).replace(tzinfo=None, fold=0)


def _offset(instant: float, zone: tzinfo) -> timedelta:
    return datetime.fromtimestamp(instant, zone).utcoffset() or timedelta(0)
