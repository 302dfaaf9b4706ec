"""The scheduler in virtual time: one daemon per slot, a lock store that is away, a queue that fails."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from sqsd_adapters.lock_store.memory import MemoryLockStore
from sqsd_adapters.lock_store.null import NullLockStore
from sqsd_adapters.testing.fakes import EPOCH, LoopClock
from sqsd_core.errors import LockStoreUnavailable, QueueRefused, QueueUnavailable
from sqsd_core.flow.services.scheduler import LEASE, Scheduler
from sqsd_core.message import NO_ATTRIBUTES, MessageAttribute, MessageId
from sqsd_core.policy.locking import Claim, Lock
from sqsd_core.policy.schedule import PeriodicTask
from sqsd_core.ports.lock_store import LockStore

SECOND, MINUTE = 1.0, 60.0


class EveryMinute:
    every_hour = True

    def after(self, wall: datetime) -> datetime | None:
        return wall.replace(second=0, microsecond=0) + timedelta(minutes=1)


class RecordingSender:
    """Keeps what it was sent; raises what it is told to, and may wait."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.groups: list[tuple[str | None, str | None]] = []
        self.fails: Exception | None = None
        self.duration = 0.0
        self.path = "/report"

    async def send(
        self,
        body: str,
        *,
        attributes: Mapping[str, MessageAttribute] = NO_ATTRIBUTES,
        group_id: str | None = None,
        deduplication_id: str | None = None,
        delay: float = 0.0,
    ) -> MessageId:
        await asyncio.sleep(self.duration)
        if self.fails is not None:
            raise self.fails
        assert body == "elasticbeanstalk scheduled job"
        texts = {name: str(attribute.value) for name, attribute in attributes.items()}
        assert texts["beanstalk.sqsd.path"] == self.path
        self.sent.append((texts["beanstalk.sqsd.task_name"], texts["beanstalk.sqsd.scheduled_time"]))
        self.groups.append((group_id, deduplication_id))
        return MessageId(str(len(self.sent)))

    @property
    def slots(self) -> list[str]:
        return [slot for _, slot in self.sent]


class SwitchedStore:
    """A lock store that can be away, for everything or for one method."""

    def __init__(self, store: LockStore) -> None:
        self._store = store
        self.away: set[str] = set()
        self.completes = 0

    def _meet(self, method: str) -> None:
        if method in self.away or "all" in self.away:
            raise LockStoreUnavailable("Redis does not answer")

    async def acquire(self, locks: Sequence[Lock], *, lease: float) -> Sequence[Claim]:
        self._meet("acquire")
        return await self._store.acquire(locks, lease=lease)

    async def renew(self, locks: Sequence[Lock], *, lease: float) -> Sequence[Lock]:
        return await self._store.renew(locks, lease=lease)

    async def complete(self, locks: Sequence[Lock], *, expire: float) -> None:
        self.completes += 1
        self._meet("complete")
        await self._store.complete(locks, expire=expire)

    async def release(self, locks: Sequence[Lock]) -> None:
        await self._store.release(locks)

    async def expire(self) -> int:
        return await self._store.expire()


def task(name: str = "report", *, path: str = "/report", catch_up: float = 300.0) -> PeriodicTask:
    return PeriodicTask(
        name=name, path=path, schedule="* * * * *", expression=EveryMinute(), zone=UTC, catch_up=catch_up
    )


def make_scheduler(
    sender: RecordingSender,
    store: LockStore,
    clock: LoopClock,
    *,
    instance: str = "a",
    fifo: bool = False,
    lasting: bool = False,
    tasks: Sequence[PeriodicTask] | None = None,
) -> Scheduler:
    return Scheduler(
        sender=sender,
        lock_store=store,
        clock=clock,
        instance=instance,
        fifo=fifo,
        lasting=lasting,
        tasks=[task()] if tasks is None else tasks,
    )


@asynccontextmanager
async def running(*schedulers: Scheduler) -> AsyncIterator[list[asyncio.Task[None]]]:
    runs = [asyncio.create_task(scheduler.run()) for scheduler in schedulers]
    try:
        yield runs
    finally:
        for run in runs:
            run.cancel()
        await asyncio.wait(runs)


def at(minute: int) -> str:
    return f"2026-01-01T00:{minute:02}:00Z"


@pytest.fixture
async def clock() -> LoopClock:
    return LoopClock()


@pytest.fixture
async def sender() -> RecordingSender:
    return RecordingSender()


@pytest.fixture
async def store(clock: LoopClock) -> SwitchedStore:
    return SwitchedStore(MemoryLockStore(clock=clock))


async def test_each_slot_is_enqueued_at_its_time(
    sender: RecordingSender, store: SwitchedStore, clock: LoopClock
) -> None:
    async with running(make_scheduler(sender, store, clock)):
        await asyncio.sleep(59.9)
        assert sender.slots == []
        await asyncio.sleep(0.2)
        assert sender.slots == [at(1)]
        await asyncio.sleep(2 * MINUTE)
    assert sender.sent == [("report", at(1)), ("report", at(2)), ("report", at(3))]


async def test_of_three_daemons_one_enqueues_each_slot(
    sender: RecordingSender, store: SwitchedStore, clock: LoopClock
) -> None:
    sender.duration = 0.5
    async with running(*(make_scheduler(sender, store, clock, instance=name) for name in "abc")):
        await asyncio.sleep(20 * MINUTE + 10)
    assert sender.slots == [at(minute) for minute in range(1, 21)]


async def test_a_slot_of_a_daemon_that_died_is_taken_over_when_its_lease_ends(
    sender: RecordingSender, store: SwitchedStore, clock: LoopClock
) -> None:
    dead = Lock(MessageId(f"cron:report:{EPOCH + MINUTE:.0f}"), "dead")
    await store.acquire([dead], lease=MINUTE + LEASE)
    async with running(make_scheduler(sender, store, clock)):
        await asyncio.sleep(MINUTE + LEASE - 1)
        assert sender.slots == []
        await asyncio.sleep(5)
        assert sender.slots == [at(1)]


async def test_a_slot_missed_before_the_start_is_made_up_for_where_locks_last(
    sender: RecordingSender, store: SwitchedStore, clock: LoopClock
) -> None:
    await asyncio.sleep(MINUTE + 20)
    async with running(make_scheduler(sender, store, clock, lasting=True)):
        await asyncio.sleep(SECOND)
    assert sender.slots == [at(1)]


async def test_a_slot_that_another_daemon_enqueued_is_not_made_up_for(
    sender: RecordingSender, store: SwitchedStore, clock: LoopClock
) -> None:
    async with running(make_scheduler(sender, store, clock, instance="a")):
        await asyncio.sleep(MINUTE + 20)
    async with running(make_scheduler(sender, store, clock, instance="b", lasting=True)):
        await asyncio.sleep(SECOND)
    assert sender.slots == [at(1)]


async def test_a_restart_with_locks_in_memory_repeats_no_slot(sender: RecordingSender, clock: LoopClock) -> None:
    async with running(make_scheduler(sender, MemoryLockStore(clock=clock), clock)):
        await asyncio.sleep(MINUTE + 20)
    async with running(make_scheduler(sender, MemoryLockStore(clock=clock), clock)):
        await asyncio.sleep(SECOND)
    assert sender.slots == [at(1)]


async def test_while_the_lock_store_is_away_nothing_is_enqueued_and_each_slot_says_so(
    sender: RecordingSender, store: SwitchedStore, clock: LoopClock, caplog: pytest.LogCaptureFixture
) -> None:
    store.away = {"all"}
    async with running(make_scheduler(sender, store, clock)):
        await asyncio.sleep(MINUTE + 1)
    assert sender.sent == []
    [line] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert line.getMessage() == "periodic task waits for the lock store"
    assert (vars(line)["task"], vars(line)["slot"]) == ("report", at(1))


async def test_a_slot_that_waited_for_the_lock_store_is_enqueued_by_one_daemon(
    sender: RecordingSender, store: SwitchedStore, clock: LoopClock
) -> None:
    store.away = {"all"}
    async with running(*(make_scheduler(sender, store, clock, instance=name) for name in "abc")):
        await asyncio.sleep(MINUTE + 30)
        store.away = set()
        await asyncio.sleep(10)
    assert sender.slots == [at(1)]


async def test_a_slot_that_was_sent_while_the_lock_store_went_away_is_not_sent_again(
    sender: RecordingSender, store: SwitchedStore, clock: LoopClock
) -> None:
    store.away = {"complete"}
    async with running(*(make_scheduler(sender, store, clock, instance=name) for name in "abc")):
        await asyncio.sleep(MINUTE + 10)
        store.away = set()
        await asyncio.sleep(LEASE + 10)
    assert sender.slots == [at(1)]


async def test_a_fifo_queue_gets_the_slot_although_the_lock_store_is_away(
    sender: RecordingSender, store: SwitchedStore, clock: LoopClock
) -> None:
    store.away = {"all"}
    async with running(*(make_scheduler(sender, store, clock, instance=name, fifo=True) for name in "ab")):
        await asyncio.sleep(MINUTE + 1)
    assert sender.slots[-2:] == [at(1), at(1)]
    [(group, first), (_, second)] = sender.groups[-2:]
    assert group == "report"
    assert first == second


async def test_a_fifo_queue_gets_no_slot_again_that_was_sent_while_the_lock_store_was_away(
    sender: RecordingSender, store: SwitchedStore, clock: LoopClock
) -> None:
    """SQS deduplicates for five minutes only, and ``catch_up`` may be longer."""
    daily = PeriodicTask(name="report", path="/report", schedule="1", expression=OnceAt(1), zone=UTC, catch_up=3_600.0)
    first, second = (
        make_scheduler(sender, store, clock, instance=name, fifo=True, lasting=True, tasks=[daily]) for name in "ab"
    )
    store.away = {"all"}
    async with running(first):
        await asyncio.sleep(MINUTE + 10)
        store.away = set()
        await asyncio.sleep(10 * MINUTE)
    before = len(sender.slots)
    async with running(second):
        await asyncio.sleep(MINUTE)
    assert sender.slots[-1] == at(1)
    assert len(sender.slots) == before


async def test_what_was_sent_is_told_to_a_store_that_is_away_once_per_look(
    sender: RecordingSender, store: SwitchedStore, clock: LoopClock
) -> None:
    store.away = {"all"}
    tasks = [task(str(number)) for number in range(20)]
    async with running(make_scheduler(sender, store, clock, fifo=True, tasks=tasks)):
        await asyncio.sleep(MINUTE + 1)
        before = store.completes
        await asyncio.sleep(10)
    assert (len(sender.sent) >= 20, store.completes - before <= 6) == (True, True)


@pytest.mark.parametrize("outage", [33.0, 33.4, 33.8, 34.2, 34.6])
async def test_a_slot_sent_just_before_a_long_outage_of_the_lock_store_is_not_sent_again(
    outage: float, sender: RecordingSender, store: SwitchedStore, clock: LoopClock
) -> None:
    """The lease has expired when the store is back, and another daemon may be the first to ask for it."""
    store.away = {"complete"}
    sender.duration = 0.7  # so that both daemons ask at different times
    async with running(*(make_scheduler(sender, store, clock, instance=name) for name in "ab")):
        await asyncio.sleep(MINUTE + 1.5)
        store.away = {"all"}
        await asyncio.sleep(outage)
        store.away = set()
        await asyncio.sleep(20)
    assert sender.slots == [at(1)]


async def test_a_standard_queue_gets_neither_group_nor_deduplication_id(
    sender: RecordingSender, store: SwitchedStore, clock: LoopClock
) -> None:
    async with running(make_scheduler(sender, store, clock)):
        await asyncio.sleep(MINUTE + 1)
    assert sender.groups == [(None, None)]


@pytest.mark.parametrize("error", [QueueUnavailable("SQS fails"), QueueRefused("allow sqs:SendMessage on it")])
async def test_a_send_that_fails_is_tried_again(
    error: Exception,
    sender: RecordingSender,
    store: SwitchedStore,
    clock: LoopClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    sender.fails = error
    async with running(make_scheduler(sender, store, clock)):
        await asyncio.sleep(MINUTE + 20)
        sender.fails = None
        await asyncio.sleep(5)
    assert sender.slots == [at(1)]
    [line] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert line.getMessage() == "periodic task not enqueued"
    assert vars(line)["reason"] == str(error)


async def test_a_send_that_hangs_holds_no_other_slot_for_ever(
    sender: RecordingSender, store: SwitchedStore, clock: LoopClock
) -> None:
    sender.duration = 10_000.0
    async with running(make_scheduler(sender, store, clock)):
        await asyncio.sleep(MINUTE + 30)
        sender.duration = 0.0
        await asyncio.sleep(20)
    assert sender.slots == [at(1)]


async def test_a_slot_is_given_up_after_catch_up(
    sender: RecordingSender, store: SwitchedStore, clock: LoopClock, caplog: pytest.LogCaptureFixture
) -> None:
    sender.fails = QueueUnavailable("SQS fails")
    daily = PeriodicTask(
        name="report", path="/report", schedule="once", expression=OnceAt(1), zone=UTC, catch_up=MINUTE
    )
    async with running(make_scheduler(sender, store, clock, tasks=[daily])):
        await asyncio.sleep(3 * MINUTE)
        sender.fails = None
        await asyncio.sleep(MINUTE)
    assert sender.sent == []
    assert "periodic task skipped" in [record.getMessage() for record in caplog.records]


class OnceAt:
    """A minute of the first hour, daily."""

    every_hour = False

    def __init__(self, minute: int) -> None:
        self._minute = minute

    def after(self, wall: datetime) -> datetime | None:
        today = wall.replace(hour=0, minute=self._minute, second=0, microsecond=0)
        return today if today > wall else today + timedelta(days=1)


async def test_a_clock_set_back_by_an_hour_enqueues_nothing_twice(
    sender: RecordingSender, store: SwitchedStore, clock: LoopClock
) -> None:
    clock.jump = 7_200.0
    async with running(make_scheduler(sender, NullLockStore(), clock)):
        await asyncio.sleep(10 * MINUTE + 1)
        before = len(sender.sent)
        clock.jump -= 3_600.0
        await asyncio.sleep(30 * MINUTE)
    assert before == 10
    assert len(sender.sent) == 10


async def test_a_clock_set_forward_by_a_day_enqueues_one_missed_slot(
    sender: RecordingSender, store: SwitchedStore, clock: LoopClock
) -> None:
    async with running(make_scheduler(sender, store, clock)):
        await asyncio.sleep(MINUTE + 1)
        clock.jump += 86_400.0
        await asyncio.sleep(10)
    assert sender.slots == [at(1), "2026-01-02T00:01:00Z"]


async def test_a_drain_lets_a_send_under_way_end(
    sender: RecordingSender, store: SwitchedStore, clock: LoopClock
) -> None:
    sender.duration = 1.0
    async with running(make_scheduler(sender, store, clock)):
        await asyncio.sleep(MINUTE + 0.5)
    assert sender.slots == [at(1)]


async def test_a_drain_waits_for_a_hanging_send_in_bounded_time(
    sender: RecordingSender, store: SwitchedStore, clock: LoopClock
) -> None:
    sender.duration = 10_000.0
    async with running(make_scheduler(sender, store, clock)):
        await asyncio.sleep(MINUTE + 0.5)
        before = clock.monotonic()
    assert clock.monotonic() - before < 5


async def test_a_new_file_is_followed(sender: RecordingSender, store: SwitchedStore, clock: LoopClock) -> None:
    scheduler = make_scheduler(sender, store, clock)
    async with running(scheduler):
        await asyncio.sleep(MINUTE + 1)
        scheduler.replace([task("other")])
        await asyncio.sleep(MINUTE)
        scheduler.replace([])
        await asyncio.sleep(10 * MINUTE)
    assert sender.sent == [("report", at(1)), ("other", at(2))]


async def test_a_slot_that_waits_goes_to_the_path_of_the_new_file(
    sender: RecordingSender, store: SwitchedStore, clock: LoopClock
) -> None:
    store.away = {"all"}
    scheduler = make_scheduler(sender, store, clock, tasks=[task(path="/wrong")])
    async with running(scheduler):
        await asyncio.sleep(MINUTE + 10)
        scheduler.replace([task()])
        store.away = set()
        await asyncio.sleep(10)
    assert sender.slots == [at(1)]


async def test_a_new_file_during_a_send_repeats_no_slot(sender: RecordingSender, clock: LoopClock) -> None:
    sender.duration = 1.0
    scheduler = make_scheduler(sender, NullLockStore(), clock)
    async with running(scheduler):
        await asyncio.sleep(MINUTE + 0.5)
        scheduler.replace([task()])
        await asyncio.sleep(20)
    assert sender.slots == [at(1)]
