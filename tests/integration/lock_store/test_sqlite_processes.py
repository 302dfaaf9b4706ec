"""Several processes on one lock file, one of which is killed or frozen (faults.md, rows 20 and 21)."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

from sqsd_adapters.clock.system import SystemClock
from sqsd_adapters.lock_store.sqlite import SqliteLockStore
from sqsd_core.errors import LockStoreUnavailable
from sqsd_core.message import MessageId
from sqsd_core.policy.locking import Claim, Lock
from tests.support import lock_holder

pytestmark = pytest.mark.integration

MESSAGES = 40
LEASE = 3.0
SECONDS = 2.5
START = 20.0  # seconds that a process may take to start on a busy machine
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


class Run(NamedTuple):
    begin: float
    end: float | None


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "locks.sqlite"


@asynccontextmanager
async def python(*arguments: object) -> AsyncIterator[Process]:
    """A child process that has said ``ready``; it is killed at the end."""
    child = await asyncio.create_subprocess_exec(sys.executable, *map(str, arguments), stdin=PIPE, stdout=PIPE)
    try:
        assert child.stdout is not None
        async with asyncio.timeout(START):
            assert (await child.stdout.readline()).strip() == b"ready"
        yield child
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


def begin(child: Process) -> None:
    assert child.stdin is not None
    child.stdin.write(b"\n")


def holder(path: Path) -> list[object]:
    return ["-m", lock_holder.__name__, path, SECONDS, MESSAGES, LEASE]


async def events(child: Process) -> list[tuple[str, str, float]]:
    assert child.stdout is not None
    lines = (await child.stdout.read()).decode().splitlines(keepends=True)
    words = [line.split() for line in lines if line.endswith("\n")]
    return [(event, message, float(instant)) for event, message, instant, *_ in words]


def runs_of(said: list[tuple[str, str, float]]) -> dict[str, list[Run]]:
    """What one process said about each message; a run without an end was cut off."""
    runs: dict[str, list[Run]] = {}
    for event, message, instant in said:
        if event == "begin":
            runs.setdefault(message, []).append(Run(instant, None))
        elif event == "end":
            runs[message][-1] = Run(runs[message][-1].begin, instant)
    return runs


async def test_no_message_is_held_by_two_while_one_of_three_processes_is_killed(path: Path) -> None:
    async with AsyncExitStack() as stack:
        children = [await stack.enter_async_context(python(*holder(path))) for _ in range(3)]
        for child in children:
            begin(child)
        await asyncio.sleep(SECONDS / 2)
        children[0].kill()
        said = await asyncio.gather(*map(events, children))

    assert [event for one in said for event in one if event[0] == "unavailable"] == []
    per_process = [runs_of(one) for one in said]
    assert all(per_process), "they worked"
    for message in map(str, range(MESSAGES)):
        runs = sorted(run for process in per_process for run in process.get(message, ()))
        for earlier, later in pairwise(runs):
            # A run that was cut off keeps its lock for the lease, from the acquire before its begin.
            end = earlier.end if earlier.end is not None else earlier.begin + LEASE - SLACK
            assert later.begin > end, f"message {message} was held twice"
    done = {message: at for one in said for event, message, at in one if event == "done"}
    for process in per_process:
        for message, at in done.items():
            assert all(run.begin < at for run in process.get(message, ())), f"message {message} ran after it was done"


async def test_what_a_killed_process_held_is_free_within_its_lease(path: Path) -> None:
    async with python(*holder(path)) as child, store_of(path, timeout=5.0) as store:
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
    async with python(*holder(path)) as child, store_of(path, timeout=5.0) as store:
        begin(child)
        await asyncio.sleep(0.3)
        child.send_signal(signal.SIGSTOP)

        await all_acquired(store, child)


async def all_acquired(store: SqliteLockStore, holder: Process) -> None:
    """Acquire every message, done ones aside, within a lease."""
    locks = [Lock(MessageId(str(number)), "ours") for number in range(MESSAGES)]
    claims: Sequence[Claim] = [Claim.HELD]
    async with asyncio.timeout(LEASE + 5.0):
        while Claim.HELD in claims:
            await asyncio.sleep(0.1)
            try:
                claims = await store.acquire(locks, lease=60.0)
            except LockStoreUnavailable:  # it was frozen in the middle of a transaction
                holder.kill()
