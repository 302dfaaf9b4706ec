"""Receives: how many side by side, how long each waits, and the pauses after errors and empty answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqsd_core.policy.receives import PAUSE_MAX, Receives

NOW = 100.0


def receives_of(*, receivers: int = 4) -> Receives:
    return Receives(receivers=receivers)


def test_a_single_slow_receive_counts_for_a_fifth() -> None:
    policy = receives_of()
    policy.answered(10, asked=10, took=0.015, now=NOW)
    policy.answered(10, asked=10, took=0.115, now=NOW)

    assert policy.time == pytest.approx(0.035)


def test_a_long_poll_tells_nothing_of_the_trip() -> None:
    policy = receives_of()
    policy.answered(10, asked=10, took=0.015, now=NOW)
    policy.answered(10, asked=10, took=19.0, now=NOW)

    assert policy.time == 0.015


def test_receives_side_by_side_double_while_answers_are_half_full() -> None:
    policy = receives_of(receivers=12)
    assert policy.side_by_side(NOW) == 1
    for expected in (2, 4, 8, 12, 12):
        policy.answered(5, asked=10, took=0.01, now=NOW)
        assert policy.side_by_side(NOW) == expected


def test_poor_answers_halve_them_and_an_empty_one_or_a_failure_leaves_one() -> None:
    policy = receives_of(receivers=12)
    for expected in (6, 3, 1, 1):
        if expected == 6:
            rich(policy)
        policy.answered(4, asked=10, took=0.01, now=NOW)
        assert policy.side_by_side(NOW) == expected

    rich(policy)
    policy.answered(0, asked=10, took=20.0, now=NOW)
    assert policy.side_by_side(NOW) == 1

    rich(policy)
    policy.failed(random=0.5)
    assert policy.side_by_side(NOW) == 1


def rich(policy: Receives) -> None:
    for _ in range(5):
        policy.answered(10, asked=10, took=0.01, now=NOW)


def test_a_full_answer_that_was_long_in_coming_leaves_one_receive() -> None:
    policy = receives_of()
    rich(policy)
    policy.answered(10, asked=10, took=12.0, now=NOW)

    assert policy.side_by_side(NOW) == 1


def test_no_receive_is_begun_beside_others_that_have_been_waiting() -> None:
    policy = receives_of(receivers=8)
    rich(policy)
    assert policy.side_by_side(NOW) == 8
    assert policy.side_by_side(NOW + 0.1) == 1


def test_only_a_receive_that_is_alone_waits_long() -> None:
    assert receives_of().wait(20.0, alone=True) == 20.0
    assert receives_of().wait(20.0, alone=False) == 1.0
    assert receives_of().wait(0.0, alone=False) == 0.0


def test_short_polls_of_an_empty_queue_settle_at_one_a_second() -> None:
    policy = receives_of()
    rests = [policy.answered(0, asked=10, took=0.02, now=NOW) for _ in range(6)]

    assert rests == pytest.approx([0.08, 0.18, 0.38, 0.78, 0.98, 0.98])


def test_a_message_brings_the_short_pause_back() -> None:
    policy = receives_of()
    for count in (0, 0, 0, 1):
        last = policy.answered(count, asked=10, took=0.02, now=NOW)

    assert last == 0.0
    assert policy.answered(0, asked=10, took=0.02, now=NOW) == pytest.approx(0.08)


def test_a_long_poll_that_was_empty_is_followed_by_the_next_at_once() -> None:
    policy = receives_of()

    assert [policy.answered(0, asked=10, took=took, now=NOW) for took in (20.0, 20.0, 1.0, 1.0, 1.0)] == [0.0] * 5


def test_pauses_grow_from_one_second_to_thirty_and_start_anew_after_an_answer() -> None:
    policy = receives_of()
    longest = [policy.failed(random=0.999) for _ in range(8)]

    assert [round(pause) for pause in longest] == [2, 4, 8, 16, 30, 30, 30, 30]
    policy.answered(0, asked=10, took=0.0, now=NOW)
    assert policy.failed(random=0.999) < 2.0


@given(st.integers(1, 100), st.floats(0.0, 1.0, exclude_max=True))
def test_no_pause_is_shorter_than_a_second(failures: int, random: float) -> None:
    policy = receives_of()
    pauses = [policy.failed(random=random) for _ in range(failures)]

    assert all(1.0 <= pause <= PAUSE_MAX for pause in pauses)


def test_a_single_slow_lock_store_counts_for_a_fifth() -> None:
    policy = receives_of()
    policy.locked(took=0.1)

    assert policy.lock_time == pytest.approx(0.02)
