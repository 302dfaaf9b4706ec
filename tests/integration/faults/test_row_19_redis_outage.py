"""Row 19: Redis is frozen or killed under a running daemon."""

import asyncio

import pytest

from tests.support.command import command
from tests.support.redis_server import RedisServer
from tests.support.stage import POLL, Stage, numbered, within

pytestmark = pytest.mark.integration


async def test_row_19_work_goes_on_without_deduplication_and_then_with_it_again(
    stage: Stage, redis_server: RedisServer
) -> None:
    env = {**stage.env, "REDIS_LOCKER_URL": redis_server.url, "INVOKER_PARALLEL_COUNT": "4"}
    sent = stage.send(["before"])
    async with command(env=env) as daemon:
        await within(20, lambda: stage.queue.is_empty)
        redis_server.freeze()
        sent += stage.send(numbered(20))
        await daemon.until("lock store unavailable, going on without deduplication")
        await within(10, lambda: stage.queue.is_empty)
        redis_server.thaw()
        await redis_server.restart()
        sent += stage.send(["after"])
        await within(10, lambda: stage.queue.is_empty)
        ended = await daemon.drained()
    assert ended.code == 0
    assert ended.stdout.count("going on without deduplication") == 1
    assert sorted(stage.ledger.bodies) == sorted(sent)


async def test_row_19_where_locks_are_required_receiving_stops_until_redis_is_back(
    stage: Stage, redis_server: RedisServer
) -> None:
    env = {**stage.env, "REDIS_LOCKER_URL": redis_server.url, "LOCKER_REQUIRED": "true"}
    async with command(env=env) as daemon:
        await within(20, lambda: stage.faults.calls[POLL] > 0)
        await redis_server.kill()
        sent = stage.send(numbered(5))
        await daemon.until("lock store unavailable, receiving stops")
        polls = stage.faults.calls[POLL]
        await asyncio.sleep(1.0)
        assert stage.faults.calls[POLL] == polls
        assert stage.ledger.attempts == []
        await redis_server.start()
        await within(15, lambda: stage.queue.is_empty)
        assert (await daemon.drained()).code == 0
    assert sorted(stage.ledger.bodies) == sorted(sent)


async def test_row_19_a_claim_that_a_frozen_redis_carries_out_late_is_our_own(
    stage: Stage, redis_server: RedisServer
) -> None:
    env = {
        **stage.env,
        "REDIS_LOCKER_URL": redis_server.url,
        "LOCKER_REQUIRED": "true",
        "VISIBILITY_TIMEOUT": "30s",
    }
    async with command(env=env) as daemon:
        await within(20, lambda: stage.faults.calls[POLL] > 0)
        redis_server.freeze()
        sent = stage.send(["x"])
        await daemon.until("lock store unavailable, receiving stops")
        redis_server.thaw()
        await within(15, lambda: stage.queue.is_empty)
        ended = await daemon.drained()
    assert ended.code == 0
    assert "running elsewhere" not in ended.stdout
    assert stage.ledger.bodies == sent
