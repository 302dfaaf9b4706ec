"""How much is asked for: the window, the busy latch, prefetch by Little's law, pauses after errors."""

from hypothesis import given
from hypothesis import strategies as st

from sqsd_core.policy.fetching import MAX_PREFETCH, PAUSE_MAX, Fetching


def fetching(*, slots: int = 64, receivers: int = 4, max_messages: int = 10) -> Fetching:
    return Fetching(slots=slots, receivers=receivers, max_messages=max_messages)


def measured(policy: Fetching, *, rate: float, receive_time: float, running: int) -> Fetching:
    """A policy that has watched a steady flow for five seconds."""
    now = 0.0
    while now < 5.0:
        policy.received(10, took=receive_time, now=now, running=running)
        for _ in range(round(rate * 0.1)):
            policy.completed()
        now += 0.1
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


def test_a_free_slot_waits_for_a_small_part_of_a_job_at_most() -> None:
    policy = measured(fetching(slots=10), rate=10.0, receive_time=0.02, running=10)

    assert 0.04 < policy.patience(10) < 0.06


def test_a_slot_that_knows_no_rate_waits_for_nothing() -> None:
    assert fetching().patience(3) == 0.0


def test_prefetch_covers_the_completions_of_a_receive() -> None:
    policy = measured(fetching(), rate=6_400.0, receive_time=0.015, running=64)

    assert 6_400 * 0.015 < policy.prefetch < 6_400 * 0.015 * 4


def test_slow_jobs_get_no_prefetch() -> None:
    assert measured(fetching(), rate=60.0, receive_time=0.015, running=64).prefetch == 0


def test_prefetch_is_given_up_when_jobs_become_slow() -> None:
    policy = measured(fetching(), rate=6_400.0, receive_time=0.015, running=64)
    for second in range(6, 16):
        policy.received(1, took=0.015, now=float(second), running=64)

    assert policy.prefetch == 0


def test_prefetch_has_a_bound() -> None:
    assert measured(fetching(slots=4_096), rate=100_000.0, receive_time=0.9, running=4_096).prefetch == MAX_PREFETCH


def test_a_long_poll_tells_nothing_of_the_trip() -> None:
    policy = measured(fetching(), rate=6_400.0, receive_time=0.015, running=64)
    before = policy.prefetch
    policy.received(1, took=19.0, now=5.1, running=64)

    assert policy.prefetch <= before * 1.1


def test_receives_run_side_by_side_only_while_messages_come() -> None:
    policy = fetching(receivers=4)
    assert policy.receivers == 1
    policy.received(3, took=0.01, now=0.0, running=3)
    assert policy.receivers == 4
    policy.received(0, took=20.0, now=20.0, running=0)
    assert policy.receivers == 1
    policy.received(3, took=0.01, now=20.1, running=3)
    policy.failed(random=0.5)
    assert policy.receivers == 1


def test_pauses_grow_from_one_second_to_thirty_and_start_anew_after_an_answer() -> None:
    policy = fetching()
    longest = [policy.failed(random=0.999) for _ in range(8)]

    assert [round(pause) for pause in longest] == [2, 4, 8, 16, 30, 30, 30, 30]
    policy.received(0, took=0.0, now=1.0, running=0)
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
