"""When protection is asked for, renewed and given back."""

import pytest

from sqsd_adapters.observer.ecs.state import RETRY, ProtectionState

LASTS = 1_800.0


def protected(at: float = 0.0) -> ProtectionState:
    state = ProtectionState(lasts=LASTS)
    state.granted(at, protect=True)
    return state


@pytest.mark.parametrize(
    ("now", "busy", "wanted"),
    [
        (1.0, True, None),
        (LASTS / 2 - 1, True, None),
        (LASTS / 2, True, True),
        (LASTS + 1, True, True),
        (1.0, False, False),
        (LASTS + 1, False, None),
    ],
)
def test_a_protected_task_renews_in_time_or_gives_back(now: float, busy: bool, wanted: bool | None) -> None:
    assert protected().next(now, busy=busy) is wanted


def test_an_unprotected_task_asks_only_when_it_is_busy() -> None:
    state = ProtectionState(lasts=LASTS)
    assert (state.next(0.0, busy=False), state.next(0.0, busy=True)) == (None, True)


def test_nothing_is_asked_for_a_while_after_a_failure_and_messages_run() -> None:
    state = ProtectionState(lasts=LASTS)
    state.asks(protect=True)
    assert not state.may_run(0.0)
    state.failed(0.0)
    assert state.may_run(0.0)
    assert state.next(RETRY - 1, busy=True) is None
    assert state.next(RETRY, busy=True) is True


def test_a_renewal_that_fails_leaves_the_protection_as_it_was() -> None:
    state = protected()
    state.asks(protect=True)
    state.failed(LASTS / 2)
    assert state.protected(LASTS - 1)
    assert not state.protected(LASTS)


def test_a_message_does_not_rely_on_a_protection_that_is_being_given_back() -> None:
    state = protected()
    state.asks(protect=False)
    assert not state.may_run(1.0)
    state.granted(1.0, protect=False)
    assert not state.may_run(1.0)
