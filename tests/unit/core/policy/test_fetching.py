"""How much is asked for: the window, the busy latch, prefetch by Little's law, pauses after errors."""

from heapq import heappop, heappush

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqsd_core.policy.fetching import MAX_PREFETCH, PAUSE_MAX, Fetching


def fetching(*, slots: int = 64, receivers: int = 4, max_messages: int = 10) -> Fetching:
    return Fetching(slots=slots, receivers=receivers, max_messages=max_messages)


def measured(*, job: float, slots: int = 64, receive_time: float = 0.015, end: float = 105.0) -> Fetching:
    """A policy that has watched all of its slots at work since 100 s, one job after the other, and full receives."""
    policy = fetching(slots=slots)
    policy.received(10, asked=10, took=receive_time, now=100.0)
    ends = [100.0 + job * (1 + slot / slots) for slot in range(slots)]
    for _ in ends:
        policy.started(100.0)
    while ends[0] < end:
        now = heappop(ends)
        policy.ended(now)
        policy.started(now)
        heappush(ends, now + job)
    return policy


def test_an_idle_daemon_asks_for_a_full_batch() -> None:
    assert fetching().want(running=0, startable=0, asked=0, patient=True) == 10


def test_it_never_asks_for_more_than_there_are_slots() -> None:
    assert fetching(slots=3).want(running=0, startable=0, asked=0, patient=True) == 3


def test_nothing_is_asked_while_every_slot_is_taken() -> None:
    assert fetching(slots=4).want(running=4, startable=0, asked=0, patient=False) == 0
    assert fetching(slots=4).want(running=2, startable=0, asked=2, patient=False) == 0


def test_one_free_slot_of_many_waits_for_company_but_not_for_ever() -> None:
    assert fetching().want(running=63, startable=0, asked=0, patient=True) == 0
    assert fetching().want(running=63, startable=0, asked=0, patient=False) == 1


def test_few_slots_wait_until_half_of_them_are_free() -> None:
    assert fetching(slots=3).want(running=2, startable=0, asked=0, patient=True) == 0
    assert fetching(slots=3).want(running=1, startable=0, asked=0, patient=True) == 2


def test_while_no_slot_is_idle_a_receive_waits_until_a_full_answer_fits() -> None:
    policy = fetching(slots=4)
    policy.prefetch = 8

    assert policy.want(running=4, startable=1, asked=0, patient=False) == 0
    assert policy.want(running=4, startable=0, asked=0, patient=False) == 8
    policy.prefetch = 20
    assert policy.want(running=4, startable=12, asked=0, patient=False) == 0
    policy.prefetch = 3
    assert policy.want(running=4, startable=0, asked=1, patient=False) == 0


def test_a_single_slow_receive_counts_for_a_fifth() -> None:
    policy, steady = measured(job=0.01), measured(job=0.01, receive_time=0.035)
    policy.received(10, asked=10, took=0.115, now=105.0)

    assert policy_after(policy) == policy_after(steady)


def test_a_free_slot_waits_for_a_small_part_of_a_job_at_most() -> None:
    policy = measured(slots=10, job=1.0, receive_time=0.02)

    assert 0.04 < policy.patience() < 0.06


def test_a_slot_that_knows_no_job_waits_for_nothing() -> None:
    assert fetching().patience() == 0.0


def test_prefetch_covers_what_the_slots_complete_during_a_receive() -> None:
    policy = measured(job=0.01, receive_time=0.015)

    assert 6_400 * 0.015 < policy.prefetch < 6_400 * 0.015 * 3


def test_prefetch_is_right_before_the_slots_are_full() -> None:
    policy = fetching()
    policy.received(10, asked=10, took=0.015, now=100.0)
    for second in range(1, 41):
        policy.started(second / 1_000)
        policy.ended(second / 1_000 + 0.01)

    assert policy.prefetch > 40


def test_no_more_is_held_than_was_completed_of_late() -> None:
    policy = fetching()
    policy.received(10, asked=10, took=0.015, now=100.0)
    policy.started(100.0)
    policy.ended(100.01)

    assert policy.prefetch <= 2


def test_slow_jobs_get_no_prefetch() -> None:
    assert measured(job=1.0, receive_time=0.015).prefetch == 0


def test_prefetch_is_given_up_as_soon_as_the_first_slow_jobs_end() -> None:
    policy = measured(job=0.01)
    assert policy.prefetch > 100
    policy.ended(106.5)
    assert policy.prefetch < 10
    policy.ended(107.0)
    assert policy.prefetch == 0


def test_idle_slots_tell_nothing_of_a_job() -> None:
    policy = fetching(slots=1)
    policy.received(1, asked=1, took=0.015, now=100.0)
    for minute in range(1, 5):
        policy.started(60.0 * minute)
        policy.ended(60.0 * minute + 1.0)

    assert 0.04 < policy.patience() < 0.06


def test_prefetch_has_a_bound() -> None:
    assert measured(slots=512, job=0.2, receive_time=0.9, end=101.0).prefetch == MAX_PREFETCH


def test_jobs_that_take_no_time_leave_the_prefetch_at_none() -> None:
    policy = fetching()
    for tick in range(1_000):
        policy.started(tick * 0.1)
        policy.ended(tick * 0.1)

    assert policy.prefetch == 0


def test_a_long_poll_tells_nothing_of_the_trip() -> None:
    policy, other = measured(job=0.01), measured(job=0.01)
    policy.received(10, asked=10, took=19.0, now=105.0)

    assert policy_after(policy) == policy_after(other)


def policy_after(policy: Fetching) -> int:
    """The prefetch after one more job."""
    policy.ended(105.01)
    return policy.prefetch


def test_receives_side_by_side_double_while_answers_are_half_full() -> None:
    policy = fetching(receivers=12)
    assert policy.receivers == 1
    for expected in (2, 4, 8, 12, 12):
        policy.received(5, asked=10, took=0.01, now=100.0)
        assert policy.receivers == expected


def test_poor_answers_halve_them_and_an_empty_one_or_a_failure_leaves_one() -> None:
    policy = fetching(receivers=12)
    for expected in (6, 3, 1, 1):
        if expected == 6:
            rich(policy)
        policy.received(4, asked=10, took=0.01, now=100.0)
        assert policy.receivers == expected

    rich(policy)
    policy.received(0, asked=10, took=20.0, now=100.0)
    assert policy.receivers == 1

    rich(policy)
    policy.failed(random=0.5)
    assert policy.receivers == 1


def rich(policy: Fetching) -> None:
    for _ in range(5):
        policy.received(10, asked=10, took=0.01, now=100.0)


def test_a_full_answer_that_was_long_in_coming_leaves_one_receive() -> None:
    policy = fetching()
    rich(policy)
    policy.received(10, asked=10, took=12.0, now=100.0)

    assert policy.receivers == 1


def test_no_receive_is_begun_beside_others_that_have_been_waiting() -> None:
    policy = fetching(receivers=8)
    rich(policy)
    policy.started(100.0)
    assert policy.receivers == 8
    policy.ended(100.1)
    assert policy.receivers == 1


def test_only_a_receive_that_is_alone_waits_long() -> None:
    assert fetching().wait(20.0, alone=True) == 20.0
    assert fetching().wait(20.0, alone=False) == 1.0
    assert fetching().wait(0.0, alone=False) == 0.0


def test_a_receive_that_will_not_stay_alone_waits_briefly() -> None:
    policy = fetching(receivers=4)
    rich(policy)

    assert policy.wait(20.0, alone=True) == 1.0


def test_short_polls_of_an_empty_queue_settle_at_one_a_second() -> None:
    policy = fetching()
    rests = [policy.received(0, asked=10, took=0.02, now=100.0) for _ in range(6)]

    assert rests == pytest.approx([0.08, 0.18, 0.38, 0.78, 0.98, 0.98])


def test_a_message_brings_the_short_pause_back() -> None:
    policy = fetching()
    for count in (0, 0, 0, 1):
        last = policy.received(count, asked=10, took=0.02, now=100.0)

    assert last == 0.0
    assert policy.received(0, asked=10, took=0.02, now=100.0) == pytest.approx(0.08)


def test_a_long_poll_that_was_empty_is_followed_by_the_next_at_once() -> None:
    policy = fetching()

    assert [policy.received(0, asked=10, took=took, now=100.0) for took in (20.0, 20.0, 1.0, 1.0, 1.0)] == [0.0] * 5


def test_pauses_grow_from_one_second_to_thirty_and_start_anew_after_an_answer() -> None:
    policy = fetching()
    longest = [policy.failed(random=0.999) for _ in range(8)]

    assert [round(pause) for pause in longest] == [2, 4, 8, 16, 30, 30, 30, 30]
    policy.received(0, asked=10, took=0.0, now=100.0)
    assert policy.failed(random=0.999) < 2.0


@given(st.integers(1, 100), st.floats(0.0, 1.0, exclude_max=True))
def test_no_pause_is_shorter_than_a_second(failures: int, random: float) -> None:
    policy = fetching()
    pauses = [policy.failed(random=random) for _ in range(failures)]

    assert all(1.0 <= pause <= PAUSE_MAX for pause in pauses)


@given(
    slots=st.integers(1, 100),
    prefetch=st.integers(0, 100),
    running=st.integers(0, 100),
    startable=st.integers(0, 200),
    asked=st.integers(0, 200),
    patient=st.booleans(),
)
def test_the_window_is_never_exceeded_and_no_slot_starves(
    slots: int, prefetch: int, running: int, startable: int, asked: int, *, patient: bool
) -> None:
    policy = fetching(slots=slots)
    policy.prefetch = prefetch
    used = min(running, slots) + startable + asked

    wanted = policy.want(running=min(running, slots), startable=startable, asked=asked, patient=patient)

    assert wanted <= max(0, slots + prefetch - used)
    if used < slots and not patient:
        assert wanted > 0


def test_a_slow_job_after_an_idle_hour_brings_no_prefetch() -> None:
    policy = fetching()
    policy.received(10, asked=10, took=0.015, now=100.0)
    policy.started(3_600.0)
    policy.ended(3_605.0)

    assert policy.prefetch == 0
    assert 0.2 < policy.patience() < 0.3


def test_a_quick_job_or_two_are_no_promise() -> None:
    policy = fetching()
    policy.received(10, asked=10, took=0.015, now=100.0)
    for now in (1_000_000.0, 1_000_000.01):
        policy.started(now)
        policy.ended(now + 0.001)

    assert policy.prefetch <= 4
