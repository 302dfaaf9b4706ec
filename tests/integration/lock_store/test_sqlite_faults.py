"""What a disk may do to the lock file, and what the store makes of it: unavailable for a while, and never a crash."""

import asyncio
import os
import resource
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path

import pytest

from sqsd_adapters.clock.system import SystemClock
from sqsd_adapters.lock_store.sqlite import SqliteLockStore
from sqsd_adapters.lock_store.sqlite.session import Session
from sqsd_core.errors import LockStoreUnavailable
from sqsd_core.message import MessageId
from sqsd_core.policy.locking import Claim, Lock

pytestmark = pytest.mark.integration

QUEUE_URL = "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs"
OURS = Lock(MessageId("message"), "ours")
THEIRS = Lock(MessageId("message"), "theirs")
TIMEOUT = 0.5
SLACK = 1.0  # the machine may be busy
PAUSE = 0.1


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[SqliteLockStore]:
    async with SqliteLockStore(
        path=path, queue_url=QUEUE_URL, clock=SystemClock(), timeout=TIMEOUT, pause=PAUSE
    ) as store:
        yield store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "locks.sqlite"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqliteLockStore]:
    async with opened(path) as store:
        yield store


def locks(count: int) -> list[Lock]:
    return [Lock(MessageId(f"message {number}"), "token") for number in range(count)]


def rename(path: Path, target: Path) -> None:
    path.rename(target)


def delete(path: Path) -> None:
    path.unlink()


def corrupt_files(path: Path) -> list[str]:
    return sorted(file.name for file in path.parent.glob("*.corrupt"))


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def acquire(store: SqliteLockStore, lock: Lock) -> Claim:
    (claim,) = await store.acquire([lock], lease=60.0)
    return claim


async def acquire_in_the_end(store: SqliteLockStore, lock: Lock) -> Claim:
    async with asyncio.timeout(10.0):
        while True:
            try:
                return await acquire(store, lock)
            except LockStoreUnavailable:
                await asyncio.sleep(0.02)


async def reason(store: SqliteLockStore) -> str:
    with pytest.raises(LockStoreUnavailable) as raised:
        await acquire(store, OURS)
    return str(raised.value)


async def pragma(store: SqliteLockStore, setting: str) -> None:
    """Change the store's own connection, in its thread."""
    connection = store._link._session._connection
    assert connection is not None
    await store._link._thread.run(lambda: connection.execute(f"PRAGMA {setting}"))


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def fill(store: SqliteLockStore) -> str:
    """Complete messages until the store is unavailable; returns why."""
    for turn in range(1_000):
        try:
            await store.complete(
                [Lock(MessageId(f"{turn}-{lock.message_id}"), "t") for lock in locks(500)], expire=60.0
            )
        except LockStoreUnavailable as error:
            return str(error)
    pytest.fail("it never filled up")


async def test_a_full_file_is_unavailable_and_its_return_is_found(store: SqliteLockStore) -> None:
    await store.complete([OURS], expire=60.0)
    await pragma(store, "max_page_count = 10")

    assert "database or disk is full" in await fill(store)
    assert await acquire_in_the_end(store, THEIRS) is Claim.DONE


async def test_a_disk_that_fails_to_write_is_unavailable_and_its_return_is_found(
    store: SqliteLockStore, path: Path
) -> None:
    await store.complete([OURS], expire=60.0)
    with files_of_at_most(100_000):
        assert str(path) in await fill(store)
        assert "I/O error" in await reason_after_the_pause(store)

    assert await acquire_in_the_end(store, THEIRS) is Claim.DONE


async def reason_after_the_pause(store: SqliteLockStore) -> str:
    await asyncio.sleep(2 * PAUSE)
    return await fill(store)


async def test_a_file_that_became_read_only_is_unavailable_and_its_return_is_found(store: SqliteLockStore) -> None:
    await store.complete([OURS], expire=60.0)
    await pragma(store, "query_only = ON")

    assert "readonly" in await reason(store)
    assert await acquire_in_the_end(store, THEIRS) is Claim.DONE


async def test_a_deleted_file_is_made_again_and_shared(store: SqliteLockStore, path: Path) -> None:
    await acquire_in_the_end(store, OURS)
    delete(path)

    assert await acquire_in_the_end(store, OURS) is Claim.ACQUIRED
    async with opened(path) as other:
        assert await acquire_in_the_end(other, THEIRS) is Claim.HELD


async def test_a_deleted_directory_is_unavailable_and_its_return_is_found(tmp_path: Path) -> None:
    directory = tmp_path / "run"
    directory.mkdir()
    async with opened(directory / "locks.sqlite") as store:
        await acquire_in_the_end(store, OURS)
        directory.rename(tmp_path / "elsewhere")

        assert "No such file or directory" in await reason(store)
        directory.mkdir()
        assert await acquire_in_the_end(store, OURS) is Claim.ACQUIRED


class StuckSession:
    """A disk that does not answer until it is released."""

    def __init__(self) -> None:
        self.released = threading.Event()
        self.calls = 0

    def execute(self, steps: object) -> str:
        self.calls += 1
        self.released.wait(20.0)
        return "A"

    def close(self) -> None:
        pass


@pytest.fixture
def stuck(store: SqliteLockStore) -> Iterator[StuckSession]:
    session = StuckSession()
    yield session
    session.released.set()


async def test_a_disk_that_does_not_answer_holds_nobody_longer_than_the_time_out(
    store: SqliteLockStore, stuck: StuckSession
) -> None:
    link = store._link
    session, link._session = link._session, stuck  # type: ignore[assignment]  # the fault
    loop = asyncio.get_running_loop()
    start = loop.time()

    assert "does not answer" in await reason(store)
    assert loop.time() - start < TIMEOUT + SLACK
    await asyncio.sleep(2 * PAUSE)
    assert "does not answer" in await reason(store)
    link._session = session
    stuck.released.set()
    assert await acquire_in_the_end(store, OURS) is Claim.ACQUIRED
    assert stuck.calls == 1, "what was given up before it began is never done"


async def test_a_disk_that_does_not_answer_delays_the_end_by_a_second_only(path: Path) -> None:
    session = StuckSession()
    loop = asyncio.get_running_loop()
    async with opened(path) as store:
        store._link._session = session  # type: ignore[assignment]  # the fault
        await reason(store)
        start = loop.time()

    assert loop.time() - start < 1.0 + SLACK
    session.released.set()


async def filled(path: Path) -> None:
    async with opened(path) as store:
        for turn in range(20):
            many = [Lock(MessageId(f"{turn} {lock.message_id}"), "token") for lock in locks(500)]
            await store.complete(many, expire=3_600.0)
        await store.complete([OURS], expire=3_600.0)


def overwrite(path: Path, *, start: int, size: int) -> None:
    with path.open("r+b") as file:
        file.seek(start)
        file.write(b"\xa5" * size)


CORRUPTIONS = {
    "pages in the middle": lambda path: overwrite(path, start=8_192, size=200_000),
    "the first table": lambda path: overwrite(path, start=100, size=3_000),
    "a truncated file": lambda path: os.truncate(path, 20_000),
}


@pytest.mark.parametrize("corruption", CORRUPTIONS)
async def test_a_corrupt_file_is_moved_aside_and_a_new_one_begun(
    path: Path, corruption: str, caplog: pytest.LogCaptureFixture
) -> None:
    await filled(path)
    CORRUPTIONS[corruption](path)
    async with opened(path) as store, opened(path) as other:
        assert await acquire_in_the_end(store, OURS) is Claim.ACQUIRED
        assert await acquire_in_the_end(other, THEIRS) is Claim.HELD

    assert [record.message for record in caplog.records] == ["lock file corrupt, moved aside"]
    assert corrupt_files(path) == ["locks.sqlite.corrupt"]


@pytest.mark.parametrize(
    "steps",
    ["", "x", "[", "null", "7", "[[1]]", '[["a","acquire","b",-1]]', '[["a","steal","b",1]]', '{"1":[2]}', "[" * 9_999],
)
async def test_a_record_that_cannot_be_read_is_a_corrupt_file(path: Path, steps: str) -> None:
    await filled(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE records SET steps = ? WHERE seq = 5", (steps,))
        connection.commit()

    async with opened(path) as store:
        assert await acquire_in_the_end(store, OURS) is Claim.ACQUIRED
    assert corrupt_files(path) == ["locks.sqlite.corrupt"]


async def test_only_the_latest_corrupt_file_is_kept(path: Path) -> None:
    for _ in range(3):
        await filled(path)
        overwrite(path, start=8_192, size=200_000)
        async with opened(path) as store:
            await acquire_in_the_end(store, OURS)

    assert corrupt_files(path) == ["locks.sqlite.corrupt"]


async def test_a_daemon_whose_corrupt_file_was_replaced_leaves_the_new_one_alone(path: Path) -> None:
    async with opened(path) as store:
        await acquire_in_the_end(store, OURS)
        session = store._link._session
        rename(path, path.with_name("old"))
        async with opened(path) as other:
            await acquire_in_the_end(other, THEIRS)
            await store._link._thread.run(lambda: corruption_found(session))

            assert await acquire_in_the_end(store, OURS) is Claim.HELD
    assert corrupt_files(path) == []


def corruption_found(session: Session) -> None:
    session._corrupt(sqlite3.DatabaseError("database disk image is malformed"))


async def test_failures_leave_no_descriptor_behind(store: SqliteLockStore) -> None:
    async def fail_and_come_back() -> None:
        await pragma(store, "query_only = ON")
        await reason(store)
        await acquire_in_the_end(store, OURS)

    await acquire_in_the_end(store, OURS)
    await fail_and_come_back()
    before = descriptors()
    for _ in range(10):
        await fail_and_come_back()

    assert descriptors() <= before + 2
