"""Signals before there is a daemon: taken, and given back to commands that are none."""

import signal
from collections.abc import Iterator

import pytest

from sqsd_adapters.cli.early_signals import DRAINING, RELOADING, give_back_signals, leave_on_signals


@pytest.fixture(autouse=True)
def restored_signals() -> Iterator[None]:
    former = {number: signal.getsignal(number) for number in (*DRAINING, RELOADING)}
    yield
    for number, handler in former.items():
        signal.signal(number, handler)


def test_signals_are_taken_and_given_back() -> None:
    def mine(*_: object) -> None: ...

    for number in DRAINING:
        signal.signal(number, mine)
    leave_on_signals()
    assert mine not in {signal.getsignal(number) for number in DRAINING}
    give_back_signals()
    assert {signal.getsignal(number) for number in DRAINING} == {mine}


def test_a_hangup_that_nohup_ignores_stays_ignored() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    leave_on_signals()
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


def test_a_reload_that_is_asked_for_too_early_ends_nothing() -> None:
    former = signal.getsignal(RELOADING)
    leave_on_signals()
    assert signal.getsignal(RELOADING) is signal.SIG_IGN
    give_back_signals()
    assert signal.getsignal(RELOADING) is former
