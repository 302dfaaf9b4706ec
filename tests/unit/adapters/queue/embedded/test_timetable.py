"""The timetable against the plain dictionary that it stands for."""

from hypothesis import given
from hypothesis import strategies as st

from sqsd_adapters.queue.embedded.timetable import Timetable

_KEYS = st.sampled_from(["a", "b", "c", "d"])
_STEPS = st.one_of(
    st.tuples(st.just("schedule"), _KEYS, st.integers(0, 20)),
    st.tuples(st.just("cancel"), _KEYS, st.just(0)),
    st.tuples(st.just("pop"), st.just(""), st.integers(0, 20)),
)


@given(st.lists(_STEPS))
def test_what_falls_due_is_what_was_scheduled_last(steps: list[tuple[str, str, int]]) -> None:
    timetable: Timetable[str] = Timetable()
    model: dict[str, int] = {}
    for step, key, at in steps:
        match step:
            case "schedule":
                timetable.schedule(key, at)
                model[key] = at
            case "cancel":
                timetable.cancel(key)
                model.pop(key, None)
            case _:
                due = timetable.pop_due(at)
                assert sorted(due) == sorted(name for name, when in model.items() if when <= at)
                instants = [model.pop(name) for name in due]
                assert instants == sorted(instants)
        assert len(timetable) == len(model)
        assert timetable.next_at() == min(model.values(), default=None)


def test_the_earliest_comes_first_and_of_equals_the_one_scheduled_first() -> None:
    timetable: Timetable[str] = Timetable()
    for key, at in (("late", 2.0), ("first", 1.0), ("second", 1.0)):
        timetable.schedule(key, at)
    assert timetable.pop_due(2.0) == ["first", "second", "late"]


def test_a_key_moved_ten_thousand_times_leaves_nothing_behind() -> None:
    timetable: Timetable[str] = Timetable()
    for at in range(10_000):
        timetable.schedule("heartbeat", at)
    assert len(timetable._heap) < 100
    assert timetable.pop_due(9_998) == []
    assert timetable.pop_due(9_999) == ["heartbeat"]
