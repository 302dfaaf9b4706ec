"""The lock store in DynamoDB, over moto's server: the conformance suite, the table, and what may go wrong."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any
from uuid import uuid4

import boto3  # type: ignore[import-untyped]  # boto3 ships no types
import pytest

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.lock_store.dynamodb import DynamoDbLockStore
from sqsd_adapters.testing.lock_store_suite import LockStoreSuite
from sqsd_core.errors import LockStoreUnavailable
from sqsd_core.message import MessageId
from sqsd_core.policy.locking import Claim, Lock
from tests.support.fault_proxy import BLACK_HOLE, FaultProxy
from tests.support.moto import ACCESS_KEY, REGION, SECRET_KEY, moto_server, session

pytestmark = pytest.mark.integration

QUEUE_URL = "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs"
OURS = Lock(MessageId("message"), "ours")
THEIRS = Lock(MessageId("message"), "theirs")
TIMEOUT = 20.0  # moto is slow, and so is a busy machine; what a fault costs is timed with a shorter one


class HandClock:
    def __init__(self) -> None:
        self.time = 1_800_000_000.0

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    with moto_server() as url:
        yield url


@pytest.fixture
def boto(moto: str) -> Iterator[Any]:
    client = boto3.client(
        "dynamodb",
        endpoint_url=moto,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
    )
    yield client
    client.close()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def table() -> str:
    return f"locks-{uuid4().hex}"


Make = Callable[..., DynamoDbLockStore]


@pytest.fixture
def make(moto: str, table: str, clock: HandClock) -> Make:
    """Makes a store of the test's table."""

    def make(**options: Any) -> DynamoDbLockStore:
        fixed: dict[str, Any] = {
            "table": table,
            "queue_url": QUEUE_URL,
            "clock": clock,
            "region": REGION,
            "session": session,
        }
        return DynamoDbLockStore(**(fixed | {"endpoint_url": moto, "timeout": TIMEOUT, "pause": 0.1} | options))

    return make


@pytest.fixture
async def store(make: Make) -> AsyncIterator[DynamoDbLockStore]:
    async with make(create=True) as store:
        yield store


async def acquire(store: DynamoDbLockStore, lock: Lock) -> Claim:
    (claim,) = await store.acquire([lock], lease=60.0)
    return claim


class TestDynamoDbLockStore(LockStoreSuite):
    short = 2.0  # a lease is taken over a second after its end

    @pytest.fixture
    def store(self, store: DynamoDbLockStore, clock: HandClock) -> DynamoDbLockStore:
        self.clock = clock
        return store

    async def elapse(self, seconds: float) -> None:
        self.clock.time += seconds


async def test_the_table_is_made_on_request_and_expires_its_items(
    store: DynamoDbLockStore, boto: Any, table: str
) -> None:
    described = boto.describe_table(TableName=table)["Table"]
    expiry = boto.describe_time_to_live(TableName=table)["TimeToLiveDescription"]

    assert described["KeySchema"] == [{"AttributeName": "lock_id", "KeyType": "HASH"}]
    assert described["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert expiry == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}


async def test_several_daemons_may_make_the_table_at_once(make: Make) -> None:
    async def open_and_acquire(token: str) -> Claim:
        async with make(create=True) as store:
            return await acquire(store, Lock(MessageId("message"), token))

    claims = await asyncio.gather(*(open_and_acquire(str(number)) for number in range(3)))

    assert sorted(claim.value for claim in claims) == ["acquired", "held", "held"]


async def test_every_item_expires_an_hour_after_its_lock(
    store: DynamoDbLockStore, boto: Any, table: str, clock: HandClock
) -> None:
    await store.acquire([OURS], lease=60.0)
    await store.complete([Lock(MessageId("done"), "ours")], expire=86_400.0)

    items = boto.scan(TableName=table)["Items"]

    assert sorted(int(item["expires_at"]["N"]) - int(clock.time) for item in items) == [3_660, 90_000]


async def test_two_daemons_share_locks_and_two_queues_do_not(store: DynamoDbLockStore, make: Make) -> None:
    await acquire(store, OURS)
    async with make() as other, make(queue_url=f"{QUEUE_URL}.fifo") as other_queue:
        assert await acquire(other, THEIRS) is Claim.HELD
        assert await acquire(other_queue, THEIRS) is Claim.ACQUIRED


async def test_a_daemon_whose_clock_is_a_moment_ahead_takes_no_lease_early(
    store: DynamoDbLockStore, clock: HandClock
) -> None:
    await acquire(store, OURS)
    clock.time += 60.9
    assert await acquire(store, THEIRS) is Claim.HELD
    clock.time += 0.2
    assert await acquire(store, THEIRS) is Claim.ACQUIRED


async def test_an_item_that_dynamodb_has_not_deleted_yet_is_free(store: DynamoDbLockStore, clock: HandClock) -> None:
    await store.complete([OURS], expire=10.0)
    clock.time += 48 * 3_600.0

    assert await acquire(store, THEIRS) is Claim.ACQUIRED


async def test_a_table_that_does_not_exist_is_refused_at_start(make: Make) -> None:
    with pytest.raises(ConfigurationError, match="does not exist; create it, or set DYNAMODB_LOCKER_CREATE=true"):
        async with make():
            pass


@pytest.mark.parametrize("create", [True, False])
async def test_a_table_with_another_key_is_refused_at_start(make: Make, boto: Any, table: str, create: bool) -> None:
    boto.create_table(
        TableName=table,
        AttributeDefinitions=[{"AttributeName": "name", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "name", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )

    with pytest.raises(ConfigurationError, match="cannot hold locks"):
        async with make(create=create):
            pass


async def test_a_table_that_is_deleted_while_running_is_unavailable(
    store: DynamoDbLockStore, boto: Any, table: str
) -> None:
    boto.delete_table(TableName=table)

    with pytest.raises(LockStoreUnavailable, match="does not exist"):
        await acquire(store, OURS)


@pytest.fixture
async def proxy(moto: str) -> AsyncIterator[FaultProxy]:
    host, port = moto.removeprefix("http://").split(":")
    async with FaultProxy(host=host, port=int(port)) as proxy:
        yield proxy


async def test_a_dynamodb_that_does_not_answer_holds_nobody_longer_than_the_time_out(
    store: DynamoDbLockStore, make: Make, proxy: FaultProxy
) -> None:
    loop = asyncio.get_running_loop()
    async with make(endpoint_url=f"http://127.0.0.1:{proxy.port}", timeout=1.0) as other:
        proxy.to_client = BLACK_HOLE
        start = loop.time()
        with pytest.raises(LockStoreUnavailable):
            await asyncio.gather(*(acquire(other, Lock(MessageId(str(number)), "t")) for number in range(50)))

        assert loop.time() - start < 3.0
        proxy.clear()
        async with asyncio.timeout(20.0):
            assert await acquire_in_the_end(other, OURS) is Claim.ACQUIRED


async def acquire_in_the_end(store: DynamoDbLockStore, lock: Lock) -> Claim:
    while True:
        try:
            return await acquire(store, lock)
        except LockStoreUnavailable:
            await asyncio.sleep(0.1)


async def test_a_dynamodb_that_refuses_connections_does_not_end_the_start(make: Make) -> None:
    async with make(endpoint_url="http://127.0.0.1:9", timeout=1.0) as store:
        with pytest.raises(LockStoreUnavailable):
            await acquire(store, OURS)


async def test_a_table_that_could_not_be_made_at_start_is_made_later(
    make: Make, proxy: FaultProxy, boto: Any, table: str
) -> None:
    await proxy.refuse()
    async with make(endpoint_url=f"http://127.0.0.1:{proxy.port}", create=True) as store:
        with pytest.raises(LockStoreUnavailable, match="does not answer"):
            await acquire(store, OURS)
        await proxy.accept()
        async with asyncio.timeout(20.0):
            assert await acquire_in_the_end(store, OURS) is Claim.ACQUIRED

    assert boto.describe_time_to_live(TableName=table)["TimeToLiveDescription"]["TimeToLiveStatus"] == "ENABLED"


async def test_a_table_whose_maker_ended_before_it_expired_items_does_so_after_the_next_start(
    make: Make, boto: Any, table: str
) -> None:
    boto.create_table(
        TableName=table,
        AttributeDefinitions=[{"AttributeName": "lock_id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "lock_id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    async with make(create=True):
        described = boto.describe_time_to_live(TableName=table)["TimeToLiveDescription"]

    assert described == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}


async def test_more_locks_than_are_written_side_by_side_are_all_answered(store: DynamoDbLockStore) -> None:
    many = [Lock(MessageId(str(number)), "token") for number in range(100)]

    assert list(await store.acquire(many, lease=60.0)) == [Claim.ACQUIRED] * 100
    await store.complete(many, expire=60.0)
    assert list(await store.acquire(many, lease=60.0)) == [Claim.DONE] * 100
