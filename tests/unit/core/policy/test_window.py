"""How many messages a worker holds: the window, the busy latch, prefetch by Little's law."""

from heapq import heappop, heappush

from hypothesis import given
from hypothesis import strategies as st

from sqsd_core.policy.window import MAX_PREFETCH, Window


def window(*, slots: int = 64, max_messages: int = 10, receive_time: float = 0.0) -> Window:
    made = Window(slots=slots, max_messages=max_messages)
    made.receive_time = receive_time
    return made


def measured(*, job: float, slots: int = 64, receive_time: float = 0.015, end: float = 105.0) -> Window:
    """A window that has watched all of its slots at work since 100 s, one job after the other, and full receives."""
    policy = window(slots=slots, receive_time=receive_time)
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
    assert window().want(used=0, patient=True) == 10


def test_it_never_asks_for_more_than_there_are_slots() -> None:
    assert window(slots=3).want(used=0, patient=True) == 3


def test_nothing_is_asked_while_every_slot_is_taken() -> None:
    assert window(slots=4).want(used=4, patient=False) == 0


def test_one_free_slot_of_many_waits_for_company_but_not_for_ever() -> None:
    assert window().want(used=63, patient=True) == 0
    assert window().want(used=63, patient=False) == 1


def test_few_slots_wait_until_half_of_them_are_free() -> None:
    assert window(slots=3).want(used=2, patient=True) == 0
    assert window(slots=3).want(used=1, patient=True) == 2


def test_while_no_slot_is_idle_a_receive_waits_until_a_full_answer_fits() -> None:
    policy = window(slots=4)
    policy.prefetch = 8

    assert policy.want(used=5, patient=False) == 0
    assert policy.want(used=4, patient=False) == 8
    policy.prefetch = 20
    assert policy.want(used=16, patient=False) == 0
    policy.prefetch = 3
    assert policy.want(used=5, patient=False) == 0


def test_a_free_slot_waits_for_a_small_part_of_a_job_at_most() -> None:
    policy = measured(slots=10, job=1.0, receive_time=0.02)

    assert 0.04 < policy.patience() < 0.06


def test_a_slot_that_knows_no_job_waits_for_nothing() -> None:
    assert window().patience() == 0.0


def test_prefetch_covers_what_the_slots_complete_during_a_receive() -> None:
    policy = measured(job=0.01, receive_time=0.015)

    assert 6_400 * 0.015 < policy.prefetch < 6_400 * 0.015 * 3


def test_prefetch_is_right_before_the_slots_are_full() -> None:
    policy = window(receive_time=0.015)
    for second in range(1, 41):
        policy.started(second / 1_000)
        policy.ended(second / 1_000 + 0.01)

    assert policy.prefetch > 40


def test_no_more_is_held_than_was_completed_of_late() -> None:
    policy = window(receive_time=0.015)
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
    policy = window(slots=1, receive_time=0.015)
    for minute in range(1, 5):
        policy.started(60.0 * minute)
        policy.ended(60.0 * minute + 1.0)

    assert 0.04 < policy.patience() < 0.06


def test_prefetch_has_a_bound() -> None:
    assert measured(slots=512, job=0.2, receive_time=0.9, end=101.0).prefetch == MAX_PREFETCH


def test_jobs_that_take_no_time_leave_the_prefetch_at_none() -> None:
    policy = window()
    for tick in range(1_000):
        policy.started(tick * 0.1)
        policy.ended(tick * 0.1)

    assert policy.prefetch == 0


@given(
    slots=st.integers(1, 100),
    prefetch=st.integers(0, 100),
    used=st.integers(0, 500),
    patient=st.booleans(),
)
def test_the_window_is_never_exceeded_and_no_slot_starves(
    slots: int, prefetch: int, used: int, *, patient: bool
) -> None:
    policy = window(slots=slots)
    policy.prefetch = prefetch

    wanted = policy.want(used=used, patient=patient)

    assert wanted <= max(0, slots + prefetch - used)
    if used < slots and not patient:
        assert wanted > 0


def test_a_slow_job_after_an_idle_hour_brings_no_prefetch() -> None:
    policy = window(receive_time=0.015)
    policy.started(3_600.0)
    policy.ended(3_605.0)

    assert policy.prefetch == 0
    assert 0.2 < policy.patience() < 0.3


def test_a_quick_job_or_two_are_no_promise() -> None:
    policy = window(receive_time=0.015)
    for now in (1_000_000.0, 1_000_000.01):
        policy.started(now)
        policy.ended(now + 0.001)

    assert policy.prefetch <= 4
