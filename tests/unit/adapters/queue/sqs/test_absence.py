"""When the short path is left, and when it is tried again."""

from sqsd_adapters.queue.sqs.absence import LEAVE_AFTER, TRY_AGAIN, Absence


def left(at: float = 0.0) -> Absence:
    absence = Absence()
    for _ in range(LEAVE_AFTER):
        absence.failed(at)
    return absence


def test_one_failure_is_no_reason_to_leave() -> None:
    absence = Absence()
    assert not absence.failed(0.0)
    assert not absence.keeps_away(0.0)


def test_failures_in_a_row_are_and_it_is_said_once() -> None:
    absence = Absence()
    assert [absence.failed(0.0) for _ in range(5)] == [False] * (LEAVE_AFTER - 1) + [True] + [False] * (5 - LEAVE_AFTER)
    assert absence.keeps_away(1.0)


def test_a_connection_between_two_failures_counts_from_the_start() -> None:
    absence = Absence()
    absence.failed(0.0)
    assert not absence.connected()
    absence.failed(0.0)
    assert not absence.keeps_away(0.0)


def test_one_call_at_a_time_tries_again_after_a_while() -> None:
    absence = left(at=10.0)
    assert absence.keeps_away(9.0 + TRY_AGAIN)
    assert [absence.keeps_away(10.0 + TRY_AGAIN) for _ in range(3)] == [False, True, True]


def test_a_try_that_fails_keeps_away_for_another_while() -> None:
    absence = left()
    absence.keeps_away(TRY_AGAIN)
    absence.failed(TRY_AGAIN + 5.0)
    assert absence.keeps_away(2 * TRY_AGAIN + 4.0)
    assert not absence.keeps_away(2 * TRY_AGAIN + 5.0)


def test_a_try_that_succeeds_ends_it() -> None:
    absence = left()
    absence.keeps_away(TRY_AGAIN)
    assert absence.connected()
    assert not absence.connected()
    assert not absence.keeps_away(TRY_AGAIN)
