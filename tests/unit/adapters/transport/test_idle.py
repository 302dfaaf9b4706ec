"""Which connection is used again, over connections that only look like some."""

from typing import cast

import pytest

from sqsd_adapters.transport.connection import Connection
from sqsd_adapters.transport.idle import IdleConnections

KEEP_ALIVE = 4.0
PAUSE = 300.0


class FakeConnection:
    def __init__(self) -> None:
        self.reusable = True
        self.used = False
        self.is_open = True
        self.idle_since = self.opened_at = 0.0
        self.aborted = False

    def is_closing(self) -> bool:
        return not self.is_open

    def abort(self) -> None:
        self.aborted = True


def connection() -> Connection:
    return cast("Connection", FakeConnection())


def aborted(of: Connection) -> bool:
    return cast("FakeConnection", of).aborted


@pytest.fixture
def idle() -> IdleConnections:
    return IdleConnections(keep_alive=KEEP_ALIVE, pause=PAUSE)


def prove(idle: IdleConnections, now: float = 0.0) -> None:
    """Have a connection used a second time, and closed."""
    idle.give(connection(), now)
    again = idle.take(now)
    assert again is not None
    idle.give(again, now)
    taken = idle.take(now)
    assert taken is again
    taken.reusable = False
    idle.give(taken, now)


def test_a_connection_is_used_again(idle: IdleConnections) -> None:
    kept = connection()
    idle.give(kept, 0.0)
    assert idle.take(1.0) is kept
    assert idle.take(1.0) is None


@pytest.mark.parametrize("attribute", ["reusable", "is_open"])
def test_a_connection_that_is_not_between_two_answers_is_closed(idle: IdleConnections, attribute: str) -> None:
    broken = connection()
    setattr(broken, attribute, False)
    idle.give(broken, 0.0)
    assert idle.take(0.0) is None
    assert aborted(broken)


def test_a_connection_that_was_idle_too_long_is_closed(idle: IdleConnections) -> None:
    kept = connection()
    idle.give(kept, 0.0)
    assert idle.take(KEEP_ALIVE) is None
    assert aborted(kept)


def test_until_one_was_used_twice_a_single_one_is_kept(idle: IdleConnections) -> None:
    first, second = connection(), connection()
    idle.give(first, 0.0)
    idle.give(second, 0.0)
    assert aborted(second)
    assert idle.take(0.0) is first
    third = connection()
    idle.give(third, 0.0)
    assert aborted(third)
    assert idle.take(0.0) is None


def test_after_one_was_used_twice_all_are_kept_and_the_last_is_used_first(idle: IdleConnections) -> None:
    prove(idle)
    first, second = connection(), connection()
    idle.give(first, 0.0)
    idle.give(second, 0.0)
    assert idle.take(0.0) is second
    assert idle.take(0.0) is first


def test_after_a_drop_none_is_used_for_the_pause(idle: IdleConnections) -> None:
    prove(idle)
    kept, busy = connection(), connection()
    idle.give(kept, 0.0)
    idle.suspend(1.0)
    assert aborted(kept)
    idle.give(busy, 1.0)
    assert aborted(busy)
    late = connection()
    idle.give(late, PAUSE + 0.9)
    assert aborted(late)


def test_a_second_answer_during_the_pause_does_not_end_it(idle: IdleConnections) -> None:
    prove(idle)
    busy = connection()
    busy.used = True
    idle.suspend(0.0)
    idle.give(busy, 1.0)
    assert aborted(busy)
    assert idle.take(1.0) is None


def test_after_the_pause_one_is_tried_first(idle: IdleConnections) -> None:
    prove(idle)
    idle.suspend(0.0)
    first, second = connection(), connection()
    idle.give(first, PAUSE)
    idle.give(second, PAUSE)
    assert aborted(second)
    assert idle.take(PAUSE) is first


def test_a_trial_that_ended_without_an_answer_is_given_again(idle: IdleConnections) -> None:
    idle.give(connection(), 0.0)
    trial = idle.take(0.0)
    assert trial is not None
    trial.reusable = False
    idle.give(trial, 0.0)
    following = connection()
    idle.give(following, 0.0)
    assert idle.take(0.0) is following


def test_no_connection_is_used_again_beyond_its_age() -> None:
    idle = IdleConnections(keep_alive=KEEP_ALIVE, pause=PAUSE, max_age=10.0)
    young, old = connection(), connection()
    idle.give(young, 9.0)
    assert idle.take(9.5) is young
    idle.give(young, 9.5)
    assert idle.take(10.5) is None
    assert aborted(young)
    assert not aborted(old)
