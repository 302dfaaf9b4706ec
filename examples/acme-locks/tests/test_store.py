"""What every lock store promises, what this one adds, and a daemon that uses it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from acme_locks import FileLocks

from sqsd import Claim, Lock, LockStoreUnavailable, MessageId
from sqsd_adapters.testing import (
    EmbeddedQueue,
    LockStoreSuite,
    RecordingWorker,
    ScriptedInvoker,
    SqsEndpoint,
    StartDaemon,
    work_off,
)

OURS = Lock(MessageId("message"), "ours")


class HandClock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.time = 1_800_000_000.0

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def store(tmp_path: Path, clock: HandClock) -> AsyncIterator[FileLocks]:
    async with FileLocks(path=tmp_path / "locks.json", clock=clock, timeout=10.0) as store:
        yield store


class TestFileLocks(LockStoreSuite):
    @pytest.fixture
    def store(self, store: FileLocks, clock: HandClock) -> FileLocks:
        self.clock = clock
        return store

    async def elapse(self, seconds: float) -> None:
        self.clock.time += seconds


async def test_a_file_that_cannot_be_read_is_unavailable(store: FileLocks, tmp_path: Path) -> None:
    (tmp_path / "locks.json").write_text("{")
    with pytest.raises(LockStoreUnavailable, match=r"locks\.json: JSONDecodeError"):
        await store.acquire([OURS], lease=60.0)


async def test_what_a_killed_process_was_writing_does_not_count(store: FileLocks, tmp_path: Path) -> None:
    await store.acquire([OURS], lease=60.0)
    (tmp_path / "locks.json.new").write_text('{"message": [')
    assert list(await store.acquire([Lock(OURS.message_id, "theirs")], lease=60.0)) == [Claim.HELD]


async def test_a_message_that_is_done_is_not_run_again(store: FileLocks, embedded_queue: EmbeddedQueue) -> None:
    done = embedded_queue.send("done")
    embedded_queue.send("new")
    await store.complete([Lock(done, "another daemon")], expire=3_600.0)
    job = ScriptedInvoker()

    board = await work_off(embedded_queue, job, lock_store=store)

    assert job.bodies == ["new"]
    assert board.duplicates == 1


def test_a_daemon_finds_the_store_by_its_name(
    embedded_sqs: SqsEndpoint, sqsd_daemon: StartDaemon, recording_worker: RecordingWorker, tmp_path: Path
) -> None:
    locks, queue = tmp_path / "locks.json", embedded_sqs.queue("orders")
    sent = queue.send("order 7")
    daemon = sqsd_daemon(queue=queue, INVOKER_URL=recording_worker.url, LOCKER="acme", ACME_LOCKS_PATH=locks)
    queue.wait_until_empty()
    assert daemon.drain() == 0
    assert recording_worker.bodies == ["order 7"]
    assert f'"{sent}": [null, ' in locks.read_text()


def test_a_mistake_is_named_before_the_daemon_starts(embedded_sqs: SqsEndpoint, sqsd_daemon: StartDaemon) -> None:
    with pytest.raises(RuntimeError, match="ACME_LOCKS_PATH"):
        sqsd_daemon(queue=embedded_sqs.queue(), INVOKER_URL="http://127.0.0.1:9/", LOCKER="acme")


async def test_what_one_daemon_holds_another_does_not_get(store: FileLocks, tmp_path: Path, clock: HandClock) -> None:
    async with FileLocks(path=tmp_path / "locks.json", clock=clock) as other:
        assert list(await store.acquire([OURS], lease=60.0)) == [Claim.ACQUIRED]
        assert list(await other.acquire([Lock(OURS.message_id, "theirs")], lease=60.0)) == [Claim.HELD]
