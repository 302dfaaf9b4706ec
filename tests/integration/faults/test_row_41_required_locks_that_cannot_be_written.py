"""Row 41: locks are required, and Redis is out of memory or read-only: it answers everything that writes nothing."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from redis.asyncio import Redis

from tests.support.command import Command, command, is_ready
from tests.support.redis_server import RedisServer
from tests.support.stage import POLL, Stage, numbered, staged, within

pytestmark = pytest.mark.integration

LONG = 3.0  # seconds: several checks by the daemon, several sweeps of locks

Trouble = Callable[[Redis], Awaitable[object]]


async def fill(redis: Redis) -> None:
    await redis.config_set("maxmemory", "1")


async def empty(redis: Redis) -> None:
    await redis.config_set("maxmemory", "0")


async def demote(redis: Redis) -> None:
    await redis.replicaof("127.0.0.1", "1")


async def promote(redis: Redis) -> None:
    await redis.replicaof("NO", "ONE")


TROUBLES = pytest.mark.parametrize(
    ("begin", "end"), [(fill, empty), (demote, promote)], ids=["out-of-memory", "read-only"]
)


def env_of(stage: Stage, server: RedisServer) -> dict[str, str]:
    return {
        **stage.env,
        "REDIS_LOCKER_URL": server.url,
        "LOCKER_REQUIRED": "true",
        "UNLOCK_INTERVAL": "200ms",
        "INVOKER_PARALLEL_COUNT": "4",
        "FETCHER_PARALLEL_COUNT": "2",
        "PROBE_PORT": "0",
    }


@TROUBLES
async def test_row_41_at_start_nothing_is_received_and_no_receive_is_spent(
    redis_server: RedisServer, begin: Trouble, end: Trouble
) -> None:
    async with staged(max_receive_count=3) as stage, Redis.from_url(redis_server.url) as redis:
        await begin(redis)
        sent = stage.send(numbered(10))
        async with command(env=env_of(stage, redis_server)) as daemon:
            port = (await daemon.until("probes listening"))["port"]
            await daemon.until("lock store unavailable, receiving stops")
            await asyncio.sleep(LONG)
            assert stage.faults.calls[POLL] == 0
            assert not await is_ready(port)
            await end(redis)
            await recovered(stage, daemon, port)
    assert sorted(stage.ledger.bodies) == sorted(sent)
    assert {attempt.receive_count for attempt in stage.ledger.attempts} == {1}


@TROUBLES
async def test_row_41_later_a_message_costs_one_receive_at_most(
    redis_server: RedisServer, begin: Trouble, end: Trouble
) -> None:
    async with (
        staged(max_receive_count=3) as stage,
        Redis.from_url(redis_server.url) as redis,
        command(env=env_of(stage, redis_server)) as daemon,
    ):
        port = (await daemon.until("probes listening"))["port"]
        await within(20, lambda: stage.faults.calls[POLL] > 0)
        await begin(redis)
        sent = stage.send(numbered(10))
        await daemon.until("lock store unavailable, receiving stops")
        await asyncio.sleep(1.5)  # the polls that were under way
        polls = stage.faults.calls[POLL]
        await asyncio.sleep(LONG)
        assert stage.faults.calls[POLL] == polls
        assert stage.ledger.attempts == []
        assert not await is_ready(port)
        await end(redis)
        await recovered(stage, daemon, port)
    assert sorted(stage.ledger.bodies) == sorted(sent)
    assert stage.queue.dead_letters == []
    assert max(attempt.receive_count for attempt in stage.ledger.attempts) <= 2


async def recovered(stage: Stage, daemon: Command, port: int) -> None:
    await within(40, lambda: stage.queue.is_empty)
    assert await is_ready(port)
    ended = await daemon.drained()
    assert ended.code == 0
    assert ended.stdout.count("receiving stops") == 1
