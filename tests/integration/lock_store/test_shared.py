"""Locks that the parent keeps for its processes: the conformance suite, and what becomes of calls in trouble."""

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator

import pytest

from sqsd_adapters.clock.system import SystemClock
from sqsd_adapters.lock_store.shared import LockConnection, LockServer, SharedLockStore
from sqsd_adapters.testing.lock_store_suite import LockStoreSuite
from sqsd_core.errors import LockStoreUnavailable
from sqsd_core.message import MessageId
from sqsd_core.policy.locking import Claim, Lock

pytestmark = pytest.mark.integration

JOBS = "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs"
MAILS = "https://sqs.eu-west-1.amazonaws.com/123456789012/mails"
LOCK = Lock(MessageId("message"), "ours")
THEIRS = Lock(MessageId("message"), "theirs")


class CountingServer(LockServer):
    """Knows how many calls came."""

    calls = 0

    def answer(self, line: bytes) -> bytes:
        self.calls += 1
        return super().answer(line)


class Parent:
    """The lock server; each connection stands for a process."""

    def __init__(self, server: CountingServer) -> None:
        self.server = server
        self.transports: list[asyncio.Transport] = []
        self.connections: list[LockConnection] = []

    async def connect(self) -> LockConnection:
        ours, theirs = socket.socketpair()
        self.transports.append(await self.server.serve(ours))
        connection = LockConnection()
        await connection.open(theirs)
        self.connections.append(connection)
        return connection

    def close(self) -> None:
        for connection in self.connections:
            connection.close()
        for transport in self.transports:
            transport.close()


@pytest.fixture
async def parent() -> AsyncIterator[Parent]:
    parent = Parent(CountingServer(clock=SystemClock()))
    yield parent
    parent.close()


class TestShared(LockStoreSuite):
    @pytest.fixture
    async def store(self, parent: Parent) -> AsyncIterator[SharedLockStore]:
        async with SharedLockStore(connection=await parent.connect(), queue_url=JOBS, timeout=10.0) as store:
            yield store


async def test_two_processes_share_the_locks_of_a_queue(parent: Parent) -> None:
    async with (
        SharedLockStore(connection=await parent.connect(), queue_url=JOBS) as one,
        SharedLockStore(connection=await parent.connect(), queue_url=JOBS) as other,
    ):
        await one.acquire([LOCK], lease=60.0)
        assert await other.acquire([THEIRS], lease=60.0) == [Claim.HELD]


async def test_queues_keep_their_locks_apart_over_one_connection(parent: Parent) -> None:
    connection = await parent.connect()
    async with (
        SharedLockStore(connection=connection, queue_url=JOBS) as jobs,
        SharedLockStore(connection=connection, queue_url=MAILS) as mails,
    ):
        await jobs.acquire([LOCK], lease=60.0)
        assert await mails.acquire([THEIRS], lease=60.0) == [Claim.ACQUIRED]


async def test_calls_side_by_side_share_few_round_trips(parent: Parent) -> None:
    async with SharedLockStore(connection=await parent.connect(), queue_url=JOBS) as store:
        locks = [Lock(MessageId(str(number)), "ours") for number in range(100)]
        await asyncio.gather(*(store.complete([lock], expire=60.0) for lock in locks))
    assert parent.server.calls <= 30


async def test_after_the_parents_end_every_call_fails_at_once(parent: Parent) -> None:
    async with SharedLockStore(connection=await parent.connect(), queue_url=JOBS, timeout=30.0, pause=0.0) as store:
        await store.acquire([LOCK], lease=60.0)
        parent.transports[0].abort()
        for _ in range(2):
            with pytest.raises(LockStoreUnavailable, match="the parent process, which keeps the locks, is gone"):
                await store.renew([LOCK], lease=60.0)


async def test_an_answer_that_comes_too_late_is_not_taken_for_that_of_the_next_call() -> None:
    parent, child = socket.socketpair()
    parent.setblocking(False)
    connection, loop = LockConnection(), asyncio.get_running_loop()
    await connection.open(child)
    async with SharedLockStore(connection=connection, queue_url=JOBS, timeout=0.05, pause=0.0) as store:
        with pytest.raises(LockStoreUnavailable, match="does not answer in time"):
            await store.acquire([LOCK], lease=60.0)
        number, *_ = json.loads(await loop.sock_recv(parent, 4096))
        await loop.sock_sendall(parent, b'[%d,"H"]\n' % number)
        claiming = asyncio.create_task(store.acquire([LOCK], lease=60.0))
        number, *_ = json.loads(await loop.sock_recv(parent, 4096))
        await loop.sock_sendall(parent, b'[%d,"A"]\n' % number)
        assert await claiming == [Claim.ACQUIRED]
    connection.close()
    parent.close()


async def test_a_call_that_cannot_be_read_ends_its_connection_and_no_other(
    parent: Parent, caplog: pytest.LogCaptureFixture
) -> None:
    ours, theirs = socket.socketpair()
    parent.transports.append(await parent.server.serve(ours))
    theirs.sendall(b'["not", "a", "call"]\n')
    theirs.setblocking(False)
    with caplog.at_level(logging.ERROR):
        assert await asyncio.get_running_loop().sock_recv(theirs, 10) == b""
    theirs.close()
    async with SharedLockStore(connection=await parent.connect(), queue_url=JOBS) as store:
        assert await store.acquire([LOCK], lease=60.0) == [Claim.ACQUIRED]
    assert [record.message for record in caplog.records] == ["a process called the lock server wrongly"]
