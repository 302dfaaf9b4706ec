"""The lock store over a real redis-server: the conformance suite, its keys, and the ways to reach it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from sqsd_adapters.clock.system import SystemClock
from sqsd_adapters.lock_store.redis import RedisLockStore
from sqsd_adapters.testing.lock_store_suite import LockStoreSuite
from sqsd_core.errors import LockStoreUnavailable
from sqsd_core.flow.admission import Admission
from sqsd_core.flow.source.locks import Locks
from sqsd_core.flow.troubles import Troubles
from sqsd_core.message import MessageId
from sqsd_core.policy.locking import Claim, Lock
from tests.support.certificates import Authority
from tests.support.redis_server import RedisServer, as_cluster

pytestmark = pytest.mark.integration

QUEUE_URL = "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs"
LOCK = Lock(MessageId("message"), "ours")


def locks(count: int) -> list[Lock]:
    return [Lock(MessageId(f"message {number}"), "token") for number in range(count)]


@pytest.fixture
async def store(redis_server: RedisServer) -> AsyncIterator[RedisLockStore]:
    async with RedisLockStore(url=redis_server.url, queue_url=QUEUE_URL) as store:
        yield store


@pytest.fixture
async def redis(redis_server: RedisServer) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_server.url, decode_responses=True) as client:
        yield client


class TestRedisLockStore(LockStoreSuite):
    @pytest.fixture
    def store(self, store: RedisLockStore) -> RedisLockStore:
        return store


async def test_every_key_has_a_time_to_live(store: RedisLockStore, redis: Redis) -> None:
    held, renewed, done, again = locks(4)
    await store.acquire([held, renewed], lease=60.0)
    await store.renew([renewed], lease=60.0)
    await store.complete([done, again], expire=60.0)
    await store.complete([again], expire=3_600.0)

    lives = [await redis.pttl(key) for key in await redis.keys()]

    assert len(lives) == 4
    assert all(0 < life <= 3_600_000 for life in lives)


async def test_nothing_is_left_when_time_has_passed(store: RedisLockStore, redis: Redis) -> None:
    many = locks(2_000)
    await store.acquire(many, lease=0.1)
    await store.complete(many[:1_000], expire=0.1)
    for _ in range(100):
        await asyncio.sleep(0.05)
        if not await redis.dbsize():
            return
    pytest.fail("keys outlive their time")


async def test_released_keys_are_gone_at_once(store: RedisLockStore, redis: Redis) -> None:
    await store.acquire([LOCK], lease=60.0)
    await store.release([LOCK])

    assert await redis.keys() == []


async def test_a_key_is_the_prefix_a_hash_of_the_queue_and_the_message_id(
    redis_server: RedisServer, redis: Redis
) -> None:
    async with RedisLockStore(url=redis_server.url, queue_url=QUEUE_URL, prefix="mine") as store:
        await store.acquire([LOCK], lease=60.0)

    (key,) = await redis.keys()

    prefix, queue_hash, message_id = str(key).split(":")

    assert (prefix, message_id) == ("mine", "message")
    assert len(queue_hash) == 16


async def test_two_queues_do_not_lock_each_others_messages(store: RedisLockStore, redis_server: RedisServer) -> None:
    await store.acquire([LOCK], lease=60.0)
    async with RedisLockStore(url=redis_server.url, queue_url=f"{QUEUE_URL}.fifo") as other:
        claims = await other.acquire([Lock(LOCK.message_id, "theirs")], lease=60.0)

    assert list(claims) == [Claim.ACQUIRED]


async def test_two_daemons_of_a_queue_share_its_locks(store: RedisLockStore, redis_server: RedisServer) -> None:
    await store.acquire([LOCK], lease=60.0)
    async with RedisLockStore(url=redis_server.url, queue_url=QUEUE_URL) as other:
        claims = await other.acquire([Lock(LOCK.message_id, "theirs")], lease=60.0)

    assert list(claims) == [Claim.HELD]


async def test_what_is_asked_for_side_by_side_shares_a_call(store: RedisLockStore, redis: Redis) -> None:
    await store.acquire([LOCK], lease=60.0)
    await redis.config_resetstat()

    await asyncio.gather(*(store.complete([lock], expire=60.0) for lock in locks(200)))

    calls = (await redis.info("commandstats"))["cmdstat_evalsha"]["calls"]
    assert calls <= 2
    assert await redis.dbsize() == 201


async def test_more_locks_than_one_call_takes_are_all_answered(store: RedisLockStore) -> None:
    many = locks(1_500)
    one = await store.acquire(many, lease=60.0)
    several = await asyncio.gather(*(store.acquire([lock], lease=60.0) for lock in many))

    assert set(one) == {Claim.ACQUIRED}
    assert [claim for claims in several for claim in claims] == [Claim.ACQUIRED] * 1_500


async def test_a_call_that_is_cancelled_leaves_the_others_their_answers(store: RedisLockStore) -> None:
    first, second, third = (asyncio.ensure_future(store.acquire([lock], lease=60.0)) for lock in locks(3))
    await asyncio.sleep(0)
    second.cancel()

    assert [*await first, *await third] == [Claim.ACQUIRED, Claim.ACQUIRED]
    assert second.cancelled() or second.cancelling()


async def test_a_store_that_is_closed_is_unavailable(redis_server: RedisServer) -> None:
    async with RedisLockStore(url=redis_server.url, queue_url=QUEUE_URL) as store:
        await store.acquire([LOCK], lease=60.0)

    with pytest.raises(LockStoreUnavailable):
        await store.acquire([LOCK], lease=60.0)


async def test_closing_a_store_frees_those_who_wait(redis_server: RedisServer) -> None:
    async with RedisLockStore(url=redis_server.url, queue_url=QUEUE_URL) as store:
        redis_server.freeze()
        waiting = asyncio.ensure_future(store.acquire([LOCK], lease=60.0))
        await asyncio.sleep(0.01)

    with pytest.raises(LockStoreUnavailable):
        await waiting


async def cluster(redis: Redis, *words: str) -> str:
    return str(await redis.execute_command("CLUSTER", *words))  # type: ignore[no-untyped-call]  # typed in part


async def test_a_cluster_is_unavailable_though_it_keeps_a_single_lock(tmp_path: Path) -> None:
    async with (
        RedisServer(directory=tmp_path, arguments=as_cluster()) as server,
        Redis.from_url(server.url) as redis,
        RedisLockStore(url=server.url, queue_url=QUEUE_URL) as store,
    ):
        await cluster(redis, "ADDSLOTSRANGE", "0", "16383")
        async with asyncio.timeout(10.0):
            while "cluster_state:ok" not in await cluster(redis, "INFO"):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        flow = Locks(
            store=store,
            admission=Admission(clock=SystemClock()),
            troubles=Troubles(clock=SystemClock()),
            random=lambda: 0.0,
            instance="here",
            visibility=60.0,
            expire=60.0,
            required=True,
        )
        assert list(await store.acquire([LOCK], lease=60.0)) == [Claim.ACQUIRED]

        await flow.check()

        assert not flow.available


async def test_a_password_in_the_url_is_used(tmp_path: Path) -> None:
    async with (
        RedisServer(directory=tmp_path, arguments=["--requirepass", "p@ss/word"]) as server,
        RedisLockStore(url=f"redis://:p%40ss%2Fword@127.0.0.1:{server.port}", queue_url=QUEUE_URL) as store,
    ):
        assert list(await store.acquire([LOCK], lease=60.0)) == [Claim.ACQUIRED]


async def test_a_user_and_its_password_are_used(tmp_path: Path) -> None:
    least = "--user sqsd on >secret ~sqsd:* +evalsha +eval +get +set +pexpire +pttl +del --user default off"
    async with (
        RedisServer(directory=tmp_path, arguments=least.split()) as server,
        RedisLockStore(url=f"redis://sqsd:secret@127.0.0.1:{server.port}", queue_url=QUEUE_URL) as store,
    ):
        assert list(await store.acquire([LOCK], lease=60.0)) == [Claim.ACQUIRED]


async def test_a_wrong_password_is_unavailable_and_named_without_it(
    tmp_path: Path,
) -> None:
    async with (
        RedisServer(directory=tmp_path, arguments=["--requirepass", "right"]) as server,
        RedisLockStore(url=f"redis://:hunter2@127.0.0.1:{server.port}", queue_url=QUEUE_URL) as store,
    ):
        with pytest.raises(LockStoreUnavailable, match="invalid username-password") as raised:
            await store.acquire([LOCK], lease=60.0)

    assert "hunter2" not in str(raised.value)


async def test_a_database_is_selected(redis_server: RedisServer) -> None:
    url = f"redis://127.0.0.1:{redis_server.port}/3"
    async with RedisLockStore(url=url, queue_url=QUEUE_URL) as store, Redis.from_url(url) as redis:
        await store.acquire([LOCK], lease=60.0)

        assert len(await redis.keys()) == 1


async def test_a_unix_socket_works(tmp_path: Path) -> None:
    path = tmp_path / "redis.sock"
    async with (
        RedisServer(directory=tmp_path, arguments=["--unixsocket", str(path)]),
        RedisLockStore(url=f"unix://{path}?db=2", queue_url=QUEUE_URL) as store,
    ):
        assert list(await store.acquire([LOCK], lease=60.0)) == [Claim.ACQUIRED]


@pytest.fixture
async def tls_address(tmp_path: Path) -> AsyncIterator[tuple[str, Path]]:
    """A redis-server that speaks TLS, and the file of its authority."""
    authority = Authority(tmp_path)
    pem = str(authority.issue("localhost"))
    plain = RedisServer(directory=tmp_path)
    files = ["--tls-cert-file", pem, "--tls-key-file", pem, "--tls-ca-cert-file", str(authority.ca_file)]
    arguments = ["--tls-port", str(plain.port), *files, "--tls-auth-clients", "no"]
    async with RedisServer(directory=tmp_path, arguments=arguments):
        yield f"rediss://localhost:{plain.port}/0", authority.ca_file


async def test_tls_with_an_authority_of_our_own_works(tls_address: tuple[str, Path]) -> None:
    url, ca_file = tls_address
    async with RedisLockStore(url=f"{url}?ssl_ca_certs={ca_file}", queue_url=QUEUE_URL) as store:
        assert list(await store.acquire([LOCK], lease=60.0)) == [Claim.ACQUIRED]


async def test_a_certificate_of_an_unknown_authority_is_refused(tls_address: tuple[str, Path]) -> None:
    async with RedisLockStore(url=tls_address[0], queue_url=QUEUE_URL) as store:
        with pytest.raises(LockStoreUnavailable, match="CERTIFICATE_VERIFY_FAILED"):
            await store.acquire([LOCK], lease=60.0)
