"""Signals are taken for a while and given back."""

import asyncio
import os
import signal
from collections.abc import Iterator

import pytest
import uvloop

from sqsd_adapters.cli.early_signals import DRAINING, RELOADING, give_back_signals, leave_on_signals
from sqsd_adapters.cli.lifetime.signals import ignore_signals, on_reload, on_signals


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


async def test_a_handler_of_the_loop_is_given_back() -> None:
    loop, called = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, called.set)
    with on_signals(loop, lambda: None):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(called.wait(), 5)
    loop.remove_signal_handler(signal.SIGTERM)


async def test_each_of_two_daemons_is_told_and_the_last_one_gives_the_signal_back() -> None:
    def mine(*_: object) -> None: ...

    signal.signal(signal.SIGTERM, mine)
    loop, first, second = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
    one, other = on_signals(loop, first.set), on_signals(loop, second.set)
    with one:
        other.__enter__()
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(asyncio.gather(first.wait(), second.wait()), 5)
        second.clear()
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(second.wait(), 5)
    other.__exit__(None, None, None)
    assert signal.getsignal(signal.SIGTERM) is mine


def test_a_handler_of_uvloops_loop_becomes_the_default() -> None:
    def run() -> object:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(after())

    async def after() -> object:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, lambda: None)
        with on_signals(loop, lambda: None):
            pass
        return signal.getsignal(signal.SIGTERM)

    assert run() is signal.SIG_DFL


async def test_a_reload_that_was_asked_for_during_the_start_follows_it_once() -> None:
    calls: list[int] = []
    leave_on_signals()
    os.kill(os.getpid(), RELOADING)
    for _ in range(2):
        with on_reload(asyncio.get_running_loop(), lambda: calls.append(1)):
            await asyncio.sleep(0)
    give_back_signals()
    assert calls == [1]
