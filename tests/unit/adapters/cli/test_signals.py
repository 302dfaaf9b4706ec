"""Signals are taken for a while and given back."""

import asyncio
import os
import signal
from collections.abc import Iterator

import pytest

from sqsd_adapters.cli.early_signals import DRAINING, RELOADING
from sqsd_adapters.cli.signals import ignore_signals, on_reload, on_signals


@pytest.fixture(autouse=True)
def restored_signals() -> Iterator[None]:
    former = {number: signal.getsignal(number) for number in (*DRAINING, RELOADING)}
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # the tests themselves may run under nohup
    yield
    for number, handler in former.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", DRAINING)
async def test_each_signal_makes_the_call(number: signal.Signals) -> None:
    called = asyncio.Event()
    with on_signals(asyncio.get_running_loop(), called.set):
        os.kill(os.getpid(), number)
        await asyncio.wait_for(called.wait(), 5)


async def test_handlers_are_given_back() -> None:
    def mine(*_: object) -> None: ...

    signal.signal(signal.SIGTERM, mine)
    with on_signals(asyncio.get_running_loop(), lambda: None):
        assert signal.getsignal(signal.SIGTERM) is not mine
    assert signal.getsignal(signal.SIGTERM) is mine


async def test_a_hangup_that_nohup_ignores_stays_ignored() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with on_signals(asyncio.get_running_loop(), lambda: None):
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


async def test_outside_the_main_thread_signals_are_left_alone() -> None:
    loop = asyncio.get_running_loop()

    def take() -> object:
        with on_signals(loop, lambda: None):
            return signal.getsignal(signal.SIGTERM)

    former = signal.getsignal(signal.SIGTERM)
    assert await asyncio.to_thread(take) is former


def test_signals_can_be_ignored_at_the_end() -> None:
    ignore_signals()
    assert {signal.getsignal(number) for number in DRAINING} == {signal.SIG_IGN}


async def test_sigusr1_asks_to_read_the_files_again() -> None:
    called = asyncio.Event()
    with on_reload(asyncio.get_running_loop(), called.set):
        os.kill(os.getpid(), RELOADING)
        await asyncio.wait_for(called.wait(), 5)
