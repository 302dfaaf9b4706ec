"""The lock store in memory, under a clock that the test moves."""

import logging

import pytest

from sqsd_adapters.lock_store.memory import MemoryLockStore
from sqsd_adapters.testing.lock_store_suite import LockStoreSuite
from sqsd_core.message import MessageId
from sqsd_core.policy.locking import Claim, Lock


class HandClock:
    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        raise AssertionError("a lease is a duration, and the wall clock may jump")

    def monotonic(self) -> float:
        return self.time


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


class TestMemoryLockStore(LockStoreSuite):
    @pytest.fixture
    def store(self, clock: HandClock) -> MemoryLockStore:
        self.clock = clock
        return MemoryLockStore(clock=clock)

    async def elapse(self, seconds: float) -> None:
        self.clock.time += seconds


def locks(count: int) -> list[Lock]:
    return [Lock(MessageId(f"message {number}"), "token") for number in range(count)]


async def test_a_sweep_returns_how_many_entries_went(clock: HandClock) -> None:
    store = MemoryLockStore(clock=clock)
    first, second, third = locks(3)
    await store.acquire([first], lease=10.0)
    await store.complete([second], expire=10.0)
    await store.complete([third], expire=11.0)
    clock.time = 10.0

    assert await store.expire() == 2
    assert await store.expire() == 0


async def test_the_oldest_done_messages_are_forgotten_when_there_are_too_many(clock: HandClock) -> None:
    store = MemoryLockStore(clock=clock, max_done=100)
    many = locks(1_000)
    for lock in many:
        await store.complete([lock], expire=3_600.0)

    claims = await store.acquire(many, lease=60.0)

    assert set(claims[-90:]) == {Claim.DONE}
    assert set(claims[:900]) == {Claim.ACQUIRED}


async def test_it_says_once_that_it_forgets(clock: HandClock, caplog: pytest.LogCaptureFixture) -> None:
    store = MemoryLockStore(clock=clock, max_done=100, label="orders")
    await store.complete(locks(101), expire=3_600.0)
    with caplog.at_level(logging.WARNING):
        await store.expire()
        await store.expire()

    (record,) = caplog.records
    assert (record.message, record.__dict__["queue"]) == ("lock memory full, oldest forgotten", "orders")


async def test_its_repr_says_how_full_it_is(clock: HandClock) -> None:
    store = MemoryLockStore(clock=clock)
    held, done = locks(2)
    await store.acquire([held], lease=60.0)
    await store.complete([done], expire=60.0)

    assert repr(store) == "<MemoryLockStore: <LockTable: 1 held, 1 done>>"
