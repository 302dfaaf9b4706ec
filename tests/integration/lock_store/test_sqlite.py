"""The lock store in a file: the conformance suite, what survives a restart, and what the file looks like."""

import asyncio
import sqlite3
import stat
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from sqsd_adapters.clock.system import SystemClock
from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.lock_store.sqlite import SqliteLockStore
from sqsd_adapters.testing.lock_store_suite import LockStoreSuite
from sqsd_core.errors import LockStoreUnavailable
from sqsd_core.message import MessageId
from sqsd_core.policy.locking import Claim, Lock

pytestmark = pytest.mark.integration

QUEUE_URL = "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs"
LOCK = Lock(MessageId("message"), "ours")
THEIRS = Lock(MessageId("message"), "theirs")
OTHER = Lock(MessageId("another"), "ours")


class HandClock:
    """The machine's clocks, moved by hand."""

    def __init__(self) -> None:
        self.wall = 1_800_000_000.0
        self.time = 1_000.0

    def now(self) -> float:
        return self.wall

    def monotonic(self) -> float:
        return self.time


def locks(count: int) -> list[Lock]:
    return [Lock(MessageId(f"message {number}"), "token") for number in range(count)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "locks.sqlite"


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def store_of(path: Path, clock: HandClock, *, queue_url: str = QUEUE_URL, max_done: int = 1_000) -> SqliteLockStore:
    # The machine may be busy; what a fault costs is timed in test_sqlite_faults.
    return SqliteLockStore(path=path, queue_url=queue_url, clock=clock, timeout=10.0, pause=0.05, max_done=max_done)


@pytest.fixture
async def store(path: Path, clock: HandClock) -> AsyncIterator[SqliteLockStore]:
    async with store_of(path, clock) as store:
        yield store


@pytest.fixture
def foreign_file(path: Path) -> Path:
    path.write_text("somebody's letters\n" * 1_000)
    return path


def content(path: Path) -> bytes:
    return path.read_bytes()


def make_writable_by_all(path: Path) -> None:
    path.touch()
    path.chmod(0o666)


async def acquire(store: SqliteLockStore, lock: Lock) -> Claim:
    (claim,) = await store.acquire([lock], lease=60.0)
    return claim


def records(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM records").fetchone()
        return int(count)


class TestSqliteLockStore(LockStoreSuite):
    @pytest.fixture
    def store(self, store: SqliteLockStore, clock: HandClock) -> SqliteLockStore:
        self.clock = clock
        return store

    async def elapse(self, seconds: float) -> None:
        self.clock.time += seconds


class TestSqliteLockStoreOnTheMachinesClock(LockStoreSuite):
    @pytest.fixture
    async def store(self, path: Path) -> AsyncIterator[SqliteLockStore]:
        async with SqliteLockStore(path=path, queue_url=QUEUE_URL, clock=SystemClock(), timeout=10.0) as store:
            yield store


class TestTwoDaemonsOnOneFile(LockStoreSuite):
    """Each call goes to another daemon than the one before."""

    @pytest.fixture
    async def store(self, path: Path, clock: HandClock) -> AsyncIterator[object]:
        self.clock = clock
        async with store_of(path, clock) as first, store_of(path, clock) as second:
            yield Alternating(first, second)

    async def elapse(self, seconds: float) -> None:
        self.clock.time += seconds


class Alternating:
    def __init__(self, *stores: SqliteLockStore) -> None:
        self._stores = list(stores)

    def __getattr__(self, name: str) -> object:
        self._stores.append(self._stores.pop(0))
        return getattr(self._stores[0], name)


async def test_done_survives_a_restart(path: Path, clock: HandClock) -> None:
    async with store_of(path, clock) as store:
        await acquire(store, LOCK)
        await store.complete([LOCK], expire=3_600.0)

    async with store_of(path, clock) as store:
        assert await acquire(store, THEIRS) is Claim.DONE


async def test_a_lease_survives_a_restart_of_its_daemon(path: Path, clock: HandClock) -> None:
    async with store_of(path, clock) as store:
        await acquire(store, LOCK)

    async with store_of(path, clock) as store:
        assert await acquire(store, THEIRS) is Claim.HELD
        clock.time += 61.0
        assert await acquire(store, THEIRS) is Claim.ACQUIRED


@pytest.mark.parametrize("jump", [86_400.0, -86_400.0])
async def test_a_jump_of_the_wall_clock_changes_nothing(path: Path, clock: HandClock, jump: float) -> None:
    held, done = locks(2)
    async with store_of(path, clock) as store:
        await store.acquire([held], lease=60.0)
        await store.complete([done], expire=3_600.0)
        clock.wall += jump
    async with store_of(path, clock) as store:
        assert list(await store.acquire([held._replace(token="t"), done], lease=1.0)) == [Claim.HELD, Claim.DONE]
        clock.time += 61.0
        assert list(await store.acquire([held._replace(token="t"), done], lease=1.0)) == [Claim.ACQUIRED, Claim.DONE]


async def test_a_reboot_ends_the_leases_and_keeps_what_is_done(
    path: Path, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, done, old = locks(3)
    async with store_of(path, clock) as store:
        await store.complete([old], expire=100.0)
        await store.acquire([held], lease=60.0)
        await store.complete([done], expire=3_600.0)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE boot SET id = 'another'")
        connection.commit()
    clock.wall += 200.0
    clock.time = 5.0

    async with store_of(path, clock) as store:
        claims = await store.acquire([held._replace(token="t"), done, old], lease=60.0)

    assert list(claims) == [Claim.ACQUIRED, Claim.DONE, Claim.ACQUIRED]


async def test_time_never_goes_back_at_a_reboot_with_a_wrong_clock(path: Path, clock: HandClock) -> None:
    async with store_of(path, clock) as store:
        await store.complete([LOCK], expire=100.0)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE boot SET id = 'another'")
        connection.commit()
    clock.wall = 0.0
    clock.time = 5.0

    async with store_of(path, clock) as store:
        assert await acquire(store, THEIRS) is Claim.DONE
        clock.time += 101.0
        assert await acquire(store, THEIRS) is Claim.ACQUIRED


async def test_two_queues_in_one_file_do_not_lock_each_others_messages(path: Path, clock: HandClock) -> None:
    async with store_of(path, clock) as store, store_of(path, clock, queue_url=f"{QUEUE_URL}.fifo") as other:
        await acquire(store, LOCK)

        assert await acquire(other, THEIRS) is Claim.ACQUIRED
        assert await acquire(store, THEIRS) is Claim.HELD


async def test_daemons_that_spell_the_queues_url_in_two_ways_share_its_locks(path: Path, clock: HandClock) -> None:
    async with store_of(path, clock) as store, store_of(path, clock, queue_url=f"{QUEUE_URL}/") as other:
        await acquire(store, LOCK)

        assert await acquire(other, THEIRS) is Claim.HELD


async def test_only_the_owner_can_read_the_file(store: SqliteLockStore, path: Path) -> None:
    await acquire(store, LOCK)

    files = sorted(path.parent.iterdir())

    assert [file.name for file in files] == ["locks.sqlite", "locks.sqlite-shm", "locks.sqlite-wal"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


async def test_a_file_that_others_can_write_is_warned_of(
    path: Path, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    make_writable_by_all(path)
    async with store_of(path, clock):
        pass

    assert [record.message for record in caplog.records] == ["lock file is writable by other users"]


async def test_a_sweep_returns_how_many_entries_went_and_empties_the_file(
    store: SqliteLockStore, path: Path, clock: HandClock
) -> None:
    many = locks(700)
    for lock in many:  # one record each
        await store.complete([lock], expire=10.0)
    assert records(path) == 700
    clock.time += 11.0

    assert await store.expire() == 700
    assert records(path) == 1


async def test_a_new_daemon_after_a_sweep_agrees_with_an_old_one(
    store: SqliteLockStore, path: Path, clock: HandClock
) -> None:
    await acquire(store, LOCK)
    await store.release([LOCK])
    clock.time += 3_600.0
    await store.expire()

    async with store_of(path, clock) as other:
        assert await acquire(other, THEIRS) is Claim.ACQUIRED
    assert await acquire(store, LOCK) is Claim.HELD


async def test_long_leases_do_not_pile_up_in_the_file(store: SqliteLockStore, path: Path) -> None:
    for lock in locks(100):
        await store.acquire([lock], lease=40_000.0)
        await store.release([lock])
    await store.acquire([LOCK], lease=40_000.0)
    assert records(path) == 201
    await store.expire()

    assert records(path) == 1


async def test_a_lease_is_held_as_long_after_a_sweep_for_daemons_old_and_new(
    store: SqliteLockStore, path: Path, clock: HandClock
) -> None:
    await acquire(store, LOCK)
    clock.time += 20.0
    await store.expire()

    async with store_of(path, clock) as other:
        for elapsed, claim in ((39.0, Claim.HELD), (1.1, Claim.ACQUIRED)):
            clock.time += elapsed
            assert await acquire(other, THEIRS) is claim
    assert await acquire(store, LOCK) is Claim.HELD


async def test_a_daemon_that_slept_through_a_release_and_a_sweep_learns_of_it(
    store: SqliteLockStore, path: Path, clock: HandClock
) -> None:
    async with store_of(path, clock) as sleeper:
        await acquire(store, LOCK)
        assert await acquire(sleeper, THEIRS) is Claim.HELD
        await store.release([LOCK])
        await store.expire()

        assert await acquire(sleeper, THEIRS) is Claim.ACQUIRED


async def test_the_sweep_of_one_queue_leaves_the_leases_of_another_alone(
    store: SqliteLockStore, path: Path, clock: HandClock
) -> None:
    url = f"{QUEUE_URL}.fifo"
    async with store_of(path, clock, queue_url=url) as other:
        await other.acquire([LOCK], lease=3_600.0)
        await other.acquire([OTHER], lease=60.0)
        await other.release([LOCK])
    clock.time += 120.0
    await store.expire()

    async with store_of(path, clock, queue_url=url) as other:
        assert list(await other.acquire([THEIRS, OTHER], lease=1.0)) == [Claim.ACQUIRED, Claim.ACQUIRED]


async def test_the_oldest_done_messages_leave_the_file_when_there_are_too_many(
    path: Path, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    many = locks(500)
    async with store_of(path, clock, max_done=100) as store:
        for lock in many:
            await store.complete([lock], expire=3_600.0)
        await store.expire()
        await store.expire()
    assert records(path) <= 102
    async with store_of(path, clock, max_done=100) as store:
        claims = await store.acquire(many, lease=60.0)

    assert set(claims[-80:]) == {Claim.DONE}
    assert set(claims[:400]) == {Claim.ACQUIRED}
    assert [record.message for record in caplog.records] == ["lock memory full, oldest forgotten"]


async def test_what_is_asked_for_side_by_side_shares_a_transaction(store: SqliteLockStore, path: Path) -> None:
    await asyncio.gather(*(store.complete([lock], expire=60.0) for lock in locks(200)))

    assert records(path) <= 2


async def test_more_locks_than_one_call_takes_are_all_answered(store: SqliteLockStore) -> None:
    many = locks(1_500)
    one = await store.acquire(many, lease=60.0)
    several = await asyncio.gather(*(store.acquire([lock], lease=60.0) for lock in many))

    assert set(one) == {Claim.ACQUIRED}
    assert [claim for claims in several for claim in claims] == [Claim.ACQUIRED] * 1_500


async def test_a_store_that_is_closed_is_unavailable(path: Path, clock: HandClock) -> None:
    async with store_of(path, clock) as store:
        await acquire(store, LOCK)

    for ask in (store.acquire([LOCK], lease=60.0), store.expire()):
        with pytest.raises(LockStoreUnavailable):
            await ask


async def test_a_path_of_odd_characters_is_taken_literally(tmp_path: Path, clock: HandClock) -> None:
    path = tmp_path / "a b?mode=memory#%41é.db"
    async with store_of(path, clock) as store:
        await acquire(store, LOCK)

    assert path.is_file()


async def refusal(path: Path, clock: HandClock) -> str:
    with pytest.raises(ConfigurationError) as raised:
        async with store_of(path, clock):
            pass
    return str(raised.value)


async def test_a_directory_that_does_not_exist_is_refused(tmp_path: Path, clock: HandClock) -> None:
    assert "No such file or directory" in await refusal(tmp_path / "none" / "locks.sqlite", clock)


async def test_a_directory_in_the_files_place_is_refused(tmp_path: Path, clock: HandClock) -> None:
    assert str(tmp_path) in await refusal(tmp_path, clock)


async def test_a_directory_that_cannot_be_written_is_refused(clock: HandClock) -> None:
    # Nobody makes a file there, not even root.
    assert "check SQLITE_LOCKER_PATH" in await refusal(Path("/sys/kernel/locks.sqlite"), clock)


async def test_a_file_that_is_no_database_is_refused_and_stays_as_it_is(foreign_file: Path, clock: HandClock) -> None:
    before = content(foreign_file)

    assert "is not a lock file of sqsd" in await refusal(foreign_file, clock)
    assert content(foreign_file) == before


async def test_a_database_of_another_program_is_refused_and_stays_as_it_is(path: Path, clock: HandClock) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE customers (name)")
    before = content(path)

    assert "another program" in await refusal(path, clock)
    assert content(path) == before


async def test_a_file_of_a_newer_version_is_refused(path: Path, clock: HandClock) -> None:
    async with store_of(path, clock):
        pass
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 2")

    assert "newer version" in await refusal(path, clock)
