"""Schedules across clock changes of five zones, and on leap days; checked against the minutes of those days."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sqsd_core.policy.wall_time import last_time, latest_time, next_time

# an hour in spring and autumn; half an hour; a gap at midnight; the southern hemisphere
ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "America/Santiago")
DAY = timedelta(days=1)
#: changes of the offset in 2026: (zone, day)
CHANGES = (
    ("Europe/Berlin", (2026, 3, 29)),
    ("Europe/Berlin", (2026, 10, 25)),
    ("America/New_York", (2026, 3, 8)),
    ("America/New_York", (2026, 11, 1)),
    ("Australia/Lord_Howe", (2026, 10, 4)),
    ("Australia/Lord_Howe", (2026, 4, 5)),
    ("Africa/Cairo", (2026, 4, 24)),
    ("Africa/Cairo", (2026, 10, 29)),
    ("America/Santiago", (2026, 9, 6)),
    ("America/Santiago", (2026, 4, 4)),
)
change = st.sampled_from(CHANGES)
minute_of_day = st.integers(0, 24 * 60 - 1)


@dataclass(frozen=True)
class Daily:
    """Every day at one time."""

    minute: int
    every_hour: bool = False

    def after(self, wall: datetime) -> datetime | None:
        today = wall.replace(hour=self.minute // 60, minute=self.minute % 60, second=0, microsecond=0)
        return today if today > wall else today + DAY


@dataclass(frozen=True)
class Hourly:
    """Every hour at one minute."""

    minute: int
    every_hour: bool = True

    def after(self, wall: datetime) -> datetime | None:
        this_hour = wall.replace(minute=self.minute, second=0, microsecond=0)
        return this_hour if this_hour > wall else this_hour + timedelta(hours=1)


class Never:
    every_hour = False

    def after(self, wall: datetime) -> datetime | None:
        return None


class LeapDays:
    """Noon of each 29 February."""

    every_hour = False

    def after(self, wall: datetime) -> datetime | None:
        days = (datetime(year, 2, 29, 12) for year in range(wall.year, wall.year + 9) if year % 4 == 0)  # noqa: DTZ001
        return next((day for day in days if day > wall), None)


def midnight(zone: str, day: tuple[int, int, int]) -> float:
    return datetime(*day, tzinfo=ZoneInfo(zone)).timestamp()


def wall_time(instant: float, zone: str) -> str:
    return datetime.fromtimestamp(instant, ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def minutes(zone: str, start: float, end: float) -> list[tuple[float, datetime]]:
    """Each minute from ``start`` on that begins before ``end``, and its wall time."""
    count = int(end - start) // 60
    instants = [start + 60 * number for number in range(count)]
    return [(instant, datetime.fromtimestamp(instant, ZoneInfo(zone)).replace(tzinfo=None)) for instant in instants]


def test_a_time_that_is_skipped_runs_when_the_gap_ends() -> None:
    slot = next_time(Daily(2 * 60 + 30), ZoneInfo("Europe/Berlin"), midnight("Europe/Berlin", (2026, 3, 29)))
    assert slot == datetime(2026, 3, 29, 1, 0, tzinfo=UTC).timestamp()


def test_a_time_that_occurs_twice_runs_the_first_time() -> None:
    zone = ZoneInfo("Europe/Berlin")
    first = next_time(Daily(2 * 60 + 30), zone, midnight("Europe/Berlin", (2026, 10, 25)))
    assert first == datetime(2026, 10, 25, 0, 30, tzinfo=UTC).timestamp()
    second = next_time(Daily(2 * 60 + 30), zone, first)
    assert second == datetime(2026, 10, 26, 1, 30, tzinfo=UTC).timestamp()


def test_midnight_that_is_skipped_runs_at_one() -> None:
    slot = next_time(Daily(0), ZoneInfo("Africa/Cairo"), midnight("Africa/Cairo", (2026, 4, 23)) + 60)
    assert slot is not None
    assert wall_time(slot, "Africa/Cairo") == "2026-04-24 01:00"


def test_an_hourly_schedule_keeps_its_pace_where_an_hour_occurs_twice() -> None:
    zone = ZoneInfo("Europe/Berlin")
    instant: float | None = midnight("Europe/Berlin", (2026, 10, 25))
    slots = []
    for _ in range(5):
        assert instant is not None
        instant = next_time(Hourly(30), zone, instant)
        slots.append(instant)
    assert [wall_time(slot, "Europe/Berlin")[-5:] for slot in slots if slot] == [
        *("00:30", "01:30", "02:30", "02:30", "03:30")
    ]


def test_what_never_occurs_has_no_next_time() -> None:
    assert next_time(Never(), UTC, 0.0) is None
    assert last_time(Never(), UTC, 1_800_000_000.0) is None


@pytest.mark.parametrize("zone", ZONES)
def test_a_leap_day_comes_every_four_years(zone: str) -> None:
    instant: float | None = midnight(zone, (2026, 1, 1))
    days = []
    for _ in range(3):
        assert instant is not None
        instant = next_time(LeapDays(), ZoneInfo(zone), instant)
        days.append(instant)
    assert [wall_time(day, zone) for day in days if day] == [f"{year}-02-29 12:00" for year in (2028, 2032, 2036)]


def test_the_last_leap_day_is_found_years_later() -> None:
    last = last_time(LeapDays(), UTC, midnight("UTC", (2027, 12, 31)))
    assert last is not None
    assert wall_time(last, "UTC") == "2024-02-29 12:00"


@settings(deadline=None)
@given(change, minute_of_day)
def test_a_daily_schedule_runs_once_per_day_across_a_change(change: tuple[str, tuple[int, int, int]], at: int) -> None:
    zone, day = change
    instant = midnight(zone, day) - 3 * 86_400 - 1
    slots: list[float] = []
    while instant < midnight(zone, day) + 3 * 86_400:
        slot = next_time(Daily(at), ZoneInfo(zone), instant)
        assert slot is not None
        assert slot > instant
        slots.append(slot)
        instant = slot
    gaps = [later - earlier for earlier, later in pairwise(slots)]
    assert all(22 * 3_600 < gap < 26 * 3_600 for gap in gaps)
    days = [wall_time(slot, zone)[:10] for slot in slots]
    assert days == sorted(set(days))


@settings(deadline=None)
@given(change, minute_of_day)
def test_a_daily_schedule_runs_at_its_time_where_the_day_has_it(
    change: tuple[str, tuple[int, int, int]], at: int
) -> None:
    zone, day = change
    start = midnight(zone, day)
    slot = next_time(Daily(at), ZoneInfo(zone), start - 1)
    matching = [
        instant
        for instant, wall in minutes(zone, start, start + 26 * 3_600)
        if (wall.year, wall.month, wall.day) == day and wall.hour * 60 + wall.minute == at
    ]
    assert slot is not None
    if matching:
        assert slot == matching[0]
    else:  # skipped: it runs at the first minute after the gap
        before = datetime.fromtimestamp(slot - 1, ZoneInfo(zone)).utcoffset()
        assert before != datetime.fromtimestamp(slot, ZoneInfo(zone)).utcoffset()


@settings(deadline=None)
@given(change, st.integers(0, 59))
def test_an_hourly_schedule_runs_at_each_minute_that_matches(change: tuple[str, tuple[int, int, int]], at: int) -> None:
    zone, day = change
    start = midnight(zone, day) - 43_200
    instant, slots = start - 1, []
    end = start + 2 * 86_400
    while (slot := next_time(Hourly(at), ZoneInfo(zone), instant)) is not None and slot < end:
        slots.append(slot)
        instant = slot
    assert slots == [instant for instant, wall in minutes(zone, start, end) if wall.minute == at]


@settings(deadline=None)
@given(change, minute_of_day, st.floats(0, 86_400), st.floats(0, 3 * 86_400))
def test_the_latest_time_is_the_one_before_the_next(
    change: tuple[str, tuple[int, int, int]], at: int, start: float, length: float
) -> None:
    zone, day = ZoneInfo(change[0]), change[1]
    after = midnight(change[0], day) - 86_400 + start
    latest = latest_time(Daily(at), zone, after=after, until=after + length)
    following = next_time(Daily(at), zone, after + length)
    assert following is not None
    if latest is None:
        assert next_time(Daily(at), zone, after) == following
    else:
        assert after < latest <= after + length
        assert next_time(Daily(at), zone, latest) == following
