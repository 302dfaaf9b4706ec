"""Signals before there is a daemon: taken, and given back to commands that are none."""

import signal
from collections.abc import Iterator

import pytest

from sqsd_adapters.cli.early_signals import (
    DRAINING,
    RELOADING,
    forget_reload,
    give_back_signals,
    is_reload_asked,
    leave_on_signals,
)


@pytest.fixture(autouse=True)
def restored_signals() -> Iterator[None]:
    former = {number: signal.getsignal(number) for number in (*DRAINING, RELOADING)}
    yield
    for number, handler in former.items():
        signal.signal(number, handler)
    forget_reload()


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
    signal.raise_signal(RELOADING)
    give_back_signals()
    assert signal.getsignal(RELOADING) is former


def test_only_a_reload_that_is_asked_for_after_the_files_were_read_is_remembered() -> None:
    leave_on_signals()
    signal.raise_signal(RELOADING)
    forget_reload()
    assert not is_reload_asked()
    signal.raise_signal(RELOADING)
    assert is_reload_asked()
