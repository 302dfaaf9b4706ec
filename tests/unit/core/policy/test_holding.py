"""Which message is the next trial, and what is put off."""

from hypothesis import given
from hypothesis import strategies as st

from sqsd_core.policy.holding import LONGEST, MOST, Holding


def holding(*dropped: str, innocent: str = "") -> Holding[str]:
    made: Holding[str] = Holding()
    for at, item in enumerate(dropped):
        made.hold(item, now=float(at), dropped=True)
    for item in innocent:
        made.hold(item, now=100.0, dropped=False)
    return made


def test_nothing_held_means_a_fresh_message() -> None:
    assert holding().next(trial=1) is None
    assert holding().any() is None


def test_a_message_that_never_reached_the_worker_is_tried_before_a_fresh_one() -> None:
    held = holding("a", innocent="x")

    assert held.next(trial=1) == "x"
    assert list(held) == ["a"]


def test_a_fresh_message_is_tried_before_one_that_the_worker_dropped() -> None:
    held = holding("a", "b")

    assert held.next(trial=1) is None
    assert held.any() == "a"


def test_held_messages_take_turns_where_there_are_enough_of_them() -> None:
    held = holding("a", "b", "c")

    turns = []
    for trial in (1, 2, 3):
        item = held.next(trial=trial)
        assert item is not None
        turns.append(item)
        held.hold(item, now=10.0, dropped=True)
    assert turns == ["a", "b", "c"]


def test_trials_that_are_powers_of_two_take_a_fresh_message_in_any_case() -> None:
    fresh = [trial for trial in range(1, 100) if holding("a", "b", "c", innocent="x").next(trial=trial) is None]

    assert fresh == [4, 8, 16, 32, 64]


def test_the_longest_held_is_put_off_where_there_are_too_many() -> None:
    held = holding("a", "b", "c", "d")
    assert held.any() == "a"
    held.hold("a", now=9.0, dropped=True)

    assert held.overdue(now=9.0) == ["a"]
    assert list(held) == ["b", "c", "d"]
    assert held.overdue(now=9.0) == []


def test_what_the_worker_dropped_is_put_off_in_time_and_what_it_never_saw_is_not() -> None:
    held = holding("a", innocent="x")

    assert held.overdue(now=LONGEST - 1.0) == []
    assert held.overdue(now=10 * LONGEST) == ["a"]


def test_what_the_worker_never_saw_is_neither_put_off_nor_counted() -> None:
    held = holding("a", "b", "c", innocent="uvwxyz")

    assert held.overdue(now=101.0) == []
    assert [held.next(trial=trial) for trial in (1, 2, 3)] == ["u", "v", "w"]


def test_a_message_that_is_held_again_later_starts_anew() -> None:
    held = holding("a")
    held.forget("a")
    held.hold("a", now=LONGEST, dropped=False)

    assert held.overdue(now=LONGEST + 1.0) == []
    assert held.next(trial=1) == "a"


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans(), st.floats(0.0, 100.0)), max_size=80))
def test_failed_trials_leave_few_that_the_worker_dropped_and_none_twice(steps: list[tuple[int, bool, float]]) -> None:
    held: Holding[int] = Holding()
    suspects: set[int] = set()
    now = 0.0
    for trial, (fresh, dropped, passed) in enumerate(steps, 1):
        now += passed
        item = held.next(trial=trial)
        item = item if item is not None else fresh
        if item not in held:
            held.hold(item, now=now, dropped=dropped)
            suspects |= {item} if dropped else set()
        gone = set(held.overdue(now=now))
        assert not gone & set(held)
        assert gone <= suspects
        suspects -= gone
        assert len(set(held)) == len(held)
        assert len(suspects & set(held)) <= MOST
