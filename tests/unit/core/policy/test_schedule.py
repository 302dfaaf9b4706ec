"""Which slot of a task is due, look by look, and under clocks that jump."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sqsd_core.policy.schedule import GRACE, SETBACK, Due, PeriodicTask, Timetable

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC).timestamp()
HOUR, DAY = 3_600.0, 86_400.0


@dataclass(frozen=True)
class Every:
    """Every so many minutes, counted from midnight."""

    minutes: int
    every_hour: bool = True

    def after(self, wall: datetime) -> datetime | None:
        midnight = wall.replace(hour=0, minute=0, second=0, microsecond=0)
        passed = (wall - midnight) // timedelta(minutes=self.minutes)
        return midnight + (passed + 1) * timedelta(minutes=self.minutes)


def task(name: str = "report", *, minutes: int = 60, catch_up: float = 300.0) -> PeriodicTask:
    return PeriodicTask(
        name=name,
        path="/report",
        schedule=f"every {minutes}",
        expression=Every(minutes),
        zone=UTC,
        catch_up=catch_up,
    )


def timetable(*tasks: PeriodicTask, now: float, make_up: float = 0.0) -> Timetable:
    return Timetable(tasks or [task()], now=now, make_up=make_up)


def slots(due: list[Due]) -> list[float]:
    return [each.slot for each in due]


def test_a_slot_is_due_at_its_instant_and_once() -> None:
    table = timetable(now=NOON - 60)
    assert table.next_at(NOON - 60) == NOON
    assert slots([*table.due(NOON - 1)]) == []
    assert slots([*table.due(NOON)]) == [NOON]
    assert slots([*table.due(NOON + 1)]) == []
    assert table.next_at(NOON + 1) == NOON + HOUR


def test_several_tasks_are_due_at_once() -> None:
    table = timetable(task("a"), task("b", minutes=30), now=NOON - 1)
    assert [each.task.name for each in table.due(NOON)] == ["a", "b"]
    assert [each.task.name for each in table.due(NOON + HOUR / 2)] == ["b"]


def test_a_slot_missed_by_less_than_catch_up_is_made_up_for() -> None:
    assert slots([*timetable(now=NOON + 299, make_up=inf).due(NOON + 299)]) == [NOON]


def test_a_slot_missed_by_more_than_catch_up_is_not() -> None:
    assert slots([*timetable(now=NOON + 301, make_up=inf).due(NOON + 301)]) == []


def test_a_rare_task_is_made_up_for_as_well() -> None:
    """EB goes by the age of the slot before, and makes up for no task that is rarer than every five minutes."""
    table = timetable(task(minutes=1440), now=NOON - 13 * HOUR)
    assert slots([*table.due(NOON - 12 * HOUR + 200)]) == [NOON - 12 * HOUR]


def test_of_several_missed_slots_the_latest_is_made_up_for() -> None:
    table = timetable(task(minutes=1), now=NOON)
    assert slots([*table.due(NOON + 200)]) == [NOON + 180]
    assert slots([*table.due(NOON + 201)]) == []


def test_without_make_up_a_slot_before_the_start_is_not_due() -> None:
    assert slots([*timetable(now=NOON + 1).due(NOON + 2)]) == []


def test_what_is_made_up_for_at_the_start_can_be_limited() -> None:
    assert slots([*timetable(now=NOON + 60, make_up=30.0).due(NOON + 60)]) == []
    assert slots([*timetable(now=NOON + 60, make_up=90.0).due(NOON + 60)]) == [NOON]


def test_a_task_that_makes_up_for_nothing_runs_although_the_look_is_late() -> None:
    table = timetable(task(catch_up=0.0), now=NOON - 1)
    assert slots([*table.due(NOON + GRACE / 2)]) == [NOON]


def test_a_clock_set_forward_by_a_day_skips_slots_and_makes_up_for_one() -> None:
    table = timetable(now=NOON - 1)
    table.due(NOON)
    assert slots([*table.due(NOON + DAY + 120)]) == [NOON + DAY]


def test_a_clock_set_back_by_an_hour_repeats_no_slot() -> None:
    table = timetable(task(minutes=30), now=NOON - 1)
    assert slots([*table.due(NOON)]) == [NOON]
    looks = [NOON - HOUR + 60 * minute for minute in range(61)]
    assert [slot for look in looks for slot in slots([*table.due(look)])] == []
    assert slots([*table.due(NOON + HOUR / 2)]) == [NOON + HOUR / 2]


def test_a_clock_that_was_a_day_ahead_is_corrected_and_the_slots_of_the_right_time_are_due() -> None:
    table = timetable(now=NOON + DAY)
    table.due(NOON + DAY)
    assert slots([*table.due(NOON + 60)]) == []
    assert slots([*table.due(NOON + HOUR)]) == [NOON + HOUR]


def test_a_new_file_keeps_the_time_of_tasks_that_stay() -> None:
    table = timetable(now=NOON - 60)
    table.replace([task(), task("new")], now=NOON + 1)
    assert [(due.task.name, due.slot) for due in table.due(NOON + 2)] == [("report", NOON)]


def test_a_new_schedule_is_due_from_now_on() -> None:
    table = timetable(now=NOON - 60)
    table.replace([task(minutes=30)], now=NOON + 1)
    assert slots([*table.due(NOON + 2)]) == []
    assert slots([*table.due(NOON + HOUR / 2)]) == [NOON + HOUR / 2]


def test_an_empty_file_is_never_due() -> None:
    table = Timetable([], now=NOON, make_up=inf)
    assert not table.due(NOON)
    assert table.next_at(NOON) is None


@settings(deadline=None)
@given(st.lists(st.floats(0.5, 59), min_size=1, max_size=200))
def test_looks_at_any_pace_find_each_slot_once(pauses: list[float]) -> None:
    table = timetable(task(minutes=1), now=NOON - 1)
    now, found = NOON - 1, []
    for pause in pauses:
        now += pause
        found += slots([*table.due(now)])
    assert found == [NOON + 60 * minute for minute in range(int(now - NOON) // 60 + 1) if now >= NOON]


@settings(deadline=None)
@given(st.lists(st.floats(-SETBACK, DAY), min_size=1, max_size=50))
def test_no_jump_of_the_clock_repeats_a_slot(jumps: list[float]) -> None:
    table = timetable(task(minutes=5), now=NOON)
    now, latest, found = NOON, NOON, []
    for jump in jumps:
        now = max(now + jump, latest - SETBACK)
        latest = max(latest, now)
        found += slots([*table.due(now)])
    assert found == sorted(set(found))


@settings(deadline=None)
@given(st.floats(0, 2 * DAY), st.floats(0, DAY), st.sampled_from([1, 7, 60, 1440]))
def test_what_is_made_up_for_is_never_older_than_catch_up(offset: float, catch_up: float, minutes: int) -> None:
    now = NOON + offset
    for slot in slots([*timetable(task(minutes=minutes, catch_up=catch_up), now=now, make_up=inf).due(now)]):
        assert now - max(catch_up, GRACE) <= slot <= now


@pytest.mark.parametrize("make_up", [0.0, inf])
def test_the_next_slot_is_after_now(make_up: float) -> None:
    table = timetable(now=NOON, make_up=make_up)
    table.due(NOON)
    assert table.next_at(NOON) == NOON + HOUR
