"""Several processes on one lock file, one of which is killed or frozen (faults.md, rows 20 and 21)."""

import asyncio
import signal
from asyncio.subprocess import Process
from pathlib import Path

import pytest

from sqsd_adapters.clock.system import SystemClock
from sqsd_adapters.lock_store.sqlite import SqliteLockStore
from sqsd_core.errors import LockStoreUnavailable
from sqsd_core.message import MessageId
from sqsd_core.policy.locking import Claim, Lock
from tests.support import lock_holder
from tests.support.lock_processes import LEASE, MESSAGES, begin, holder, python

pytestmark = pytest.mark.integration

TIMEOUT = 0.5
SLACK = 1.0
#: takes the write lock and keeps it
WRITER = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("ready", flush=True)
sys.stdin.read()
connection.execute("COMMIT")
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "locks.sqlite"


async def test_what_a_killed_process_held_is_free_within_its_lease(path: Path) -> None:
    async with python(*holder("sqlite", path)) as child, store_of(path, timeout=5.0) as store:
        begin(child)
        await asyncio.sleep(0.5)
        child.kill()
        await child.wait()

        await all_acquired(store, child)


def store_of(path: Path, *, timeout: float = TIMEOUT) -> SqliteLockStore:
    return SqliteLockStore(path=path, queue_url=lock_holder.QUEUE_URL, clock=SystemClock(), timeout=timeout, pause=0.1)


OURS = Lock(MessageId("message"), "ours")


async def acquire(store: SqliteLockStore, lock: Lock = OURS) -> Claim:
    (claim,) = await store.acquire([lock], lease=60.0)
    return claim


async def time_until_unavailable(store: SqliteLockStore) -> float:
    loop = asyncio.get_running_loop()
    start = loop.time()
    with pytest.raises(LockStoreUnavailable):
        await acquire(store)
    return loop.time() - start


async def acquire_in_the_end(store: SqliteLockStore) -> Claim:
    async with asyncio.timeout(10.0):
        while True:
            try:
                return await acquire(store)
            except LockStoreUnavailable:
                await asyncio.sleep(0.05)


@pytest.mark.parametrize("end", [signal.SIGCONT, signal.SIGKILL])
async def test_a_writer_that_is_frozen_holds_nobody_longer_than_the_time_out(path: Path, end: signal.Signals) -> None:
    async with store_of(path) as store:
        await acquire_in_the_end(store)
        async with python("-c", WRITER, path) as writer:
            writer.send_signal(signal.SIGSTOP)

            assert await time_until_unavailable(store) < TIMEOUT + SLACK
            writer.send_signal(end)
            assert writer.stdin is not None
            writer.stdin.close()
            assert await acquire_in_the_end(store) is Claim.ACQUIRED


async def test_a_daemon_starts_while_a_writer_is_frozen_and_finds_the_file_later(path: Path) -> None:
    async with store_of(path):
        pass
    async with python("-c", WRITER, path) as writer:
        writer.send_signal(signal.SIGSTOP)
        async with store_of(path) as store:
            assert await time_until_unavailable(store) < TIMEOUT + SLACK
            writer.kill()
            assert await acquire_in_the_end(store) is Claim.ACQUIRED


async def test_the_locks_of_a_frozen_daemon_are_free_after_their_lease(path: Path) -> None:
    async with python(*holder("sqlite", path)) as child, store_of(path, timeout=5.0) as store:
        begin(child)
        await asyncio.sleep(0.3)
        child.send_signal(signal.SIGSTOP)

        await all_acquired(store, child)


async def all_acquired(store: SqliteLockStore, holder: Process) -> None:
    """Acquire every message, done ones aside, within a lease."""
    locks = [Lock(MessageId(str(number)), "ours") for number in range(MESSAGES)]
    claims = [Claim.HELD]
    async with asyncio.timeout(LEASE + 5.0):
        while Claim.HELD in claims:
            await asyncio.sleep(0.1)
            try:
                claims = [*await store.acquire(locks, lease=60.0)]
            except LockStoreUnavailable:  # it was frozen in the middle of a transaction
                holder.kill()
