"""What Redis may do to its clients, and what the lock store makes of it (faults.md, row 19)."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis

from sqsd_adapters.lock_store.redis import RedisLockStore
from sqsd_core.errors import LockStoreUnavailable
from sqsd_core.message import MessageId
from sqsd_core.policy.locking import Claim, Lock
from tests.support.fault_proxy import BLACK_HOLE, End, FaultProxy, cut, delay, drip, unanswered_address
from tests.support.redis_server import RedisServer

pytestmark = pytest.mark.integration

QUEUE_URL = "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs"
MESSAGE = MessageId("message")
OURS = Lock(MESSAGE, "ours")
THEIRS = Lock(MESSAGE, "theirs")
TIMEOUT = 0.5
SLACK = 0.3  # the machine may be busy
PAUSE = 0.1


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[RedisLockStore]:
    async with RedisLockStore(url=url, queue_url=QUEUE_URL, timeout=TIMEOUT, pause=PAUSE) as store:
        yield store


@pytest.fixture
async def proxy(redis_server: RedisServer) -> AsyncIterator[FaultProxy]:
    async with FaultProxy(host="127.0.0.1", port=redis_server.port) as proxy:
        yield proxy


@pytest.fixture
async def store(proxy: FaultProxy) -> AsyncIterator[RedisLockStore]:
    """A store that has used its connection through the proxy once."""
    async with opened(f"redis://127.0.0.1:{proxy.port}") as store:
        await store.release([OURS])
        yield store


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def acquire(store: RedisLockStore, lock: Lock) -> Claim:
    (claim,) = await store.acquire([lock], lease=60.0)
    return claim


async def acquire_in_the_end(store: RedisLockStore, lock: Lock) -> Claim:
    """Try until the store has come back, which it must within its pause."""
    async with asyncio.timeout(PAUSE + TIMEOUT + SLACK):
        while True:
            try:
                return await acquire(store, lock)
            except LockStoreUnavailable:
                await asyncio.sleep(0.01)


async def time_until_unavailable(store: RedisLockStore, lock: Lock) -> float:
    loop = asyncio.get_running_loop()
    start = loop.time()
    with pytest.raises(LockStoreUnavailable):
        await acquire(store, lock)
    return loop.time() - start


async def test_a_killed_redis_is_unavailable_and_its_return_is_found(redis_server: RedisServer) -> None:
    async with opened(redis_server.url) as store:
        await acquire(store, OURS)
        await redis_server.kill()

        assert await time_until_unavailable(store, OURS) < TIMEOUT
        await redis_server.start()
        assert await acquire_in_the_end(store, OURS) is Claim.ACQUIRED


async def test_a_redis_that_restarted_empty_works_on_without_an_error(redis_server: RedisServer) -> None:
    async with opened(redis_server.url) as store:
        await acquire(store, OURS)
        await redis_server.restart()

        assert await acquire(store, THEIRS) is Claim.ACQUIRED
        assert await acquire(store, OURS) is Claim.HELD


async def test_a_flushed_script_is_loaded_again(redis_server: RedisServer) -> None:
    async with opened(redis_server.url) as store, Redis.from_url(redis_server.url) as redis:
        await acquire(store, OURS)
        await redis.script_flush()

        assert await acquire(store, THEIRS) is Claim.HELD


async def test_a_frozen_redis_holds_nobody_longer_than_the_time_out(redis_server: RedisServer) -> None:
    async with opened(redis_server.url) as store:
        await acquire(store, OURS)
        redis_server.freeze()
        locks = [Lock(MessageId(f"message {number}"), "token") for number in range(100)]

        waits = await asyncio.gather(*(time_until_unavailable(store, lock) for lock in locks))

        assert max(waits) < TIMEOUT + SLACK
        redis_server.thaw()
        assert await acquire_in_the_end(store, THEIRS) is Claim.HELD


async def test_a_redis_that_was_frozen_from_the_start_holds_nobody_longer(redis_server: RedisServer) -> None:
    redis_server.freeze()
    async with opened(redis_server.url) as store:
        assert await time_until_unavailable(store, OURS) < TIMEOUT + SLACK


async def test_a_handshake_that_timed_out_is_begun_anew(redis_server: RedisServer) -> None:
    redis_server.freeze()
    async with opened(redis_server.url) as store:
        await time_until_unavailable(store, OURS)
        redis_server.thaw()
        await asyncio.sleep(PAUSE)

        assert await acquire(store, OURS) is Claim.ACQUIRED


async def test_a_redis_that_became_a_replica_is_connected_to_anew(
    redis_server: RedisServer, proxy: FaultProxy, store: RedisLockStore
) -> None:
    # After a failover the address leads to the new primary, and only a new connection finds it.
    async with Redis.from_url(redis_server.url) as redis:
        await redis.replicaof("127.0.0.1", "1")
        await time_until_unavailable(store, OURS)
        await redis.replicaof("NO", "ONE")

    assert await acquire_in_the_end(store, OURS) is Claim.ACQUIRED
    assert proxy.accepted == 2


async def test_whoever_asks_while_another_waits_is_not_held_longer(redis_server: RedisServer) -> None:
    async with opened(redis_server.url) as store:
        redis_server.freeze()
        first = asyncio.ensure_future(time_until_unavailable(store, OURS))
        await asyncio.sleep(TIMEOUT * 0.8)

        assert await time_until_unavailable(store, THEIRS) < TIMEOUT + SLACK
        assert await first < TIMEOUT + SLACK


async def test_after_a_failure_nobody_waits_until_the_pause_is_over(redis_server: RedisServer) -> None:
    async with RedisLockStore(url=redis_server.url, queue_url=QUEUE_URL, timeout=0.2, pause=30.0) as store:
        redis_server.freeze()
        await time_until_unavailable(store, OURS)

        waits = [await time_until_unavailable(store, OURS) for _ in range(100)]

        assert sum(waits) < 0.2


async def test_an_address_at_which_nobody_answers_holds_nobody_longer() -> None:
    async with unanswered_address() as (host, port), opened(f"redis://{host}:{port}") as store:
        assert await time_until_unavailable(store, OURS) < TIMEOUT + SLACK


async def test_a_refused_connection_is_unavailable_at_once(proxy: FaultProxy, store: RedisLockStore) -> None:
    await proxy.refuse()
    assert await time_until_unavailable(store, OURS) < SLACK

    await proxy.accept()
    assert await acquire_in_the_end(store, OURS) is Claim.ACQUIRED


async def test_a_slow_redis_is_waited_for_up_to_the_time_out(proxy: FaultProxy, store: RedisLockStore) -> None:
    proxy.to_client = delay(TIMEOUT / 5)
    assert await acquire(store, OURS) is Claim.ACQUIRED

    proxy.to_client = delay(TIMEOUT * 2)
    assert await time_until_unavailable(store, OURS) < TIMEOUT + SLACK


async def test_an_answer_that_drips_holds_nobody_longer(proxy: FaultProxy, store: RedisLockStore) -> None:
    proxy.to_client = drip(TIMEOUT / 2)

    assert await time_until_unavailable(store, OURS) < TIMEOUT + SLACK


@pytest.mark.parametrize("end", [End.CLOSE, End.RESET])
async def test_our_own_claim_whose_answer_was_lost_is_not_anothers(
    proxy: FaultProxy, store: RedisLockStore, end: End
) -> None:
    proxy.to_client = cut(0, end, once=True)

    assert await acquire(store, OURS) is Claim.ACQUIRED
    assert await acquire(store, THEIRS) is Claim.HELD


async def test_our_own_claim_that_timed_out_is_not_anothers_when_repeated(
    proxy: FaultProxy, store: RedisLockStore
) -> None:
    proxy.to_client = BLACK_HOLE
    await time_until_unavailable(store, OURS)
    proxy.clear()

    assert await acquire_in_the_end(store, OURS) is Claim.ACQUIRED
    assert await acquire(store, THEIRS) is Claim.HELD


@pytest.mark.parametrize("passes", range(0, 9, 2))
@pytest.mark.parametrize("end", [End.CLOSE, End.RESET, End.HALF_CLOSE])
async def test_an_answer_cut_anywhere_is_never_a_wrong_one(
    proxy: FaultProxy, store: RedisLockStore, passes: int, end: End
) -> None:
    await acquire(store, THEIRS)
    proxy.to_client = cut(passes, end)
    try:
        claim = await acquire(store, OURS)
    except LockStoreUnavailable:
        claim = Claim.HELD
    proxy.clear()

    assert claim is Claim.HELD
    assert await acquire_in_the_end(store, OURS) is Claim.HELD


@pytest.mark.parametrize("passes", [0, 1, 20, 100])
async def test_a_request_cut_anywhere_leaves_the_table_whole(
    proxy: FaultProxy, store: RedisLockStore, passes: int
) -> None:
    proxy.to_server = cut(passes, End.RESET)
    await time_until_unavailable(store, OURS)
    proxy.clear()

    assert await acquire_in_the_end(store, THEIRS) is Claim.ACQUIRED
    assert await acquire(store, OURS) is Claim.HELD


async def test_a_late_answer_is_not_taken_for_the_next_ones(proxy: FaultProxy, store: RedisLockStore) -> None:
    done = Lock(MessageId("done"), "ours")
    await store.complete([done], expire=60.0)
    proxy.to_client = delay(TIMEOUT + 0.1)
    await time_until_unavailable(store, done)
    proxy.clear()
    await asyncio.sleep(0.2)

    assert await acquire_in_the_end(store, OURS) is Claim.ACQUIRED


@pytest.mark.parametrize(
    "garbage",
    [
        *(b"HTTP/1.1 400 Bad Request\r\n\r\n", b"$abc\r\n", b"*-9\r\n", b":7\r\n", b"$3\r\nXYZ\r\n", b"\xff\xfe\r\n"),
        *(b"$1\r\nX\r\n", b"$1\r\n\xff\r\n", b"$1\r\n.\r\n", b"$-1\r\n", b"*1\r\n$1\r\nA\r\n"),
    ],
)
async def test_garbage_is_unavailable_and_no_crash(garbage: bytes) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(65_536):
            writer.write(garbage)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1") as server:
        port = server.sockets[0].getsockname()[1]
        async with opened(f"redis://127.0.0.1:{port}") as store:
            assert await time_until_unavailable(store, OURS) < TIMEOUT + SLACK
            with pytest.raises(LockStoreUnavailable):  # survived: the next one is asked as well
                await store.renew([OURS], lease=60.0)


@pytest.mark.parametrize("turns", [1, 2, 3])
async def test_a_loop_that_is_blocked_while_redis_answers_is_no_outage(store: RedisLockStore, turns: int) -> None:
    acquiring = asyncio.ensure_future(acquire(store, OURS))
    for _ in range(turns):  # the call is on its way
        await asyncio.sleep(0)
    time.sleep(TIMEOUT + 0.1)  # noqa: ASYNC251 - the fault

    assert await acquiring is Claim.ACQUIRED


async def test_a_call_about_nothing_and_a_sweep_tell_whether_redis_is_there(
    proxy: FaultProxy, store: RedisLockStore
) -> None:
    assert await store.expire() == 0
    await proxy.refuse()

    with pytest.raises(LockStoreUnavailable):
        await store.expire()
    await asyncio.sleep(PAUSE)
    with pytest.raises(LockStoreUnavailable):
        await store.renew([], lease=60.0)


async def test_failures_leave_no_descriptor_behind(proxy: FaultProxy, store: RedisLockStore) -> None:
    async def fail_and_come_back() -> None:
        proxy.to_client = cut(1, End.RESET)
        await time_until_unavailable(store, OURS)
        proxy.clear()
        await acquire_in_the_end(store, OURS)

    await fail_and_come_back()
    before = descriptors()
    for _ in range(20):
        await fail_and_come_back()

    assert descriptors() <= before + 2
