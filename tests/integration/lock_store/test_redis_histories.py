"""Redis held against the lock table under random histories."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from redis import Redis

from sqsd_adapters.lock_store.redis import RedisLockStore
from sqsd_core.policy.locking import Lock, LockTable
from tests.support.redis_server import RedisServer

pytestmark = pytest.mark.integration


SETTINGS = settings(
    max_examples=100,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


def test_redis_answers_as_the_table_does_in_any_history(runner: asyncio.Runner, tmp_path: Path) -> None:
    server = RedisServer(directory=tmp_path)
    store = RedisLockStore(url=server.url, queue_url="https://queue")
    runner.run(server.start())
    runner.run(store.__aenter__())
    try:
        with Redis.from_url(server.url) as redis:

            class Bound(Histories):
                def __init__(self) -> None:
                    super().__init__(runner, store, redis)

            run_state_machine_as_test(Bound, settings=SETTINGS)
    finally:
        runner.run(store.__aexit__())
        runner.run(server.kill())


class Histories(RuleBasedStateMachine):
    """Time passes by shortening the lives of Redis' keys, in steps too large for real time to matter."""

    some_locks = st.lists(
        st.builds(Lock, st.sampled_from(["first", "second", "third"]), st.sampled_from(["ours", "theirs"])),
        max_size=4,
    )
    spans = st.sampled_from([100.0, 1_000.0, 10_000.0])

    def __init__(self, runner: asyncio.Runner, store: RedisLockStore, redis: Redis) -> None:
        super().__init__()
        self.runner = runner
        self.store = store
        self.redis = redis
        self.table = LockTable()
        self.now = 0.0
        redis.flushdb()

    @rule(seconds=st.sampled_from([150.0, 1_500.0, 15_000.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        for key in self.redis.scan_iter():
            self.redis.pexpire(key, max(0, self.redis.pttl(key) - round(seconds * 1_000)))

    @rule(locks=some_locks, lease=spans)
    def acquire(self, locks: list[Lock], lease: float) -> None:
        claims = self.runner.run(self.store.acquire(locks, lease=lease))
        assert list(claims) == [self.table.acquire(lock, now=self.now, lease=lease) for lock in locks]

    @rule(locks=some_locks, lease=spans)
    def renew(self, locks: list[Lock], lease: float) -> None:
        lost = self.runner.run(self.store.renew(locks, lease=lease))
        assert list(lost) == [lock for lock in locks if not self.table.renew(lock, now=self.now, lease=lease)]

    @rule(locks=some_locks, expire=spans)
    def complete(self, locks: list[Lock], expire: float) -> None:
        self.runner.run(self.store.complete(locks, expire=expire))
        for lock in locks:
            self.table.complete(lock, now=self.now, expire=expire)

    @rule(locks=some_locks)
    def release(self, locks: list[Lock]) -> None:
        self.runner.run(self.store.release(locks))
        for lock in locks:
            self.table.release(lock)

    @rule()
    def sweep(self) -> None:
        self.table.expire(now=self.now)
        assert self.redis.dbsize() == len(self.table)
