"""Row 17: deletions still fail when the daemon drains."""

import asyncio

import pytest

from sqsd_adapters.queue.embedded.faults import Fault, FaultKind
from tests.support.command import command
from tests.support.recording_worker import after
from tests.support.redis_server import RedisServer
from tests.support.stage import DELETE, Stage, numbered, within

pytestmark = pytest.mark.integration

BROKEN = Fault(kind=FaultKind.SERVER_ERROR, operation=DELETE)


async def test_row_17_they_are_tried_until_the_queue_takes_them(stage: Stage) -> None:
    gate = asyncio.Event()
    stage.worker.job = after(gate)
    sent = stage.send(numbered(12))
    async with command(env={**stage.env, "INVOKER_PARALLEL_COUNT": "12"}) as daemon:
        await within(20, lambda: stage.ledger.running == len(sent))
        stage.faults.add(BROKEN)
        daemon.signal()
        await daemon.until("draining")
        gate.set()
        await within(20, lambda: stage.faults.calls[DELETE] >= 6)
        stage.faults.clear()
        ended = await daemon.ended()
    assert (ended.code, ended.stderr) == (0, "")
    assert stage.queue.is_empty
    assert sorted(stage.ledger.bodies) == sorted(sent)


async def test_row_17_where_they_fail_to_the_end_the_redelivery_is_deleted_and_not_run(
    stage: Stage, redis_server: RedisServer
) -> None:
    env = {
        **stage.env,
        "REDIS_LOCKER_URL": redis_server.url,
        "INVOKER_PARALLEL_COUNT": "12",
        "VISIBILITY_TIMEOUT": "2s",
        "DRAIN_TIMEOUT": "500ms",
    }
    stage.faults.add(BROKEN)
    sent = stage.send(numbered(12))
    async with command(env=env) as daemon:
        await within(20, lambda: len(stage.ledger.successes) == len(sent))
        daemon.signal()
        async with asyncio.timeout(15):
            ended = await daemon.ended()
    assert ended.code == 3
    assert f'"unconfirmed_deletions": {len(sent)}' in ended.stdout
    assert sorted(stage.queue.bodies) == sorted(sent)

    stage.faults.clear()
    async with command(env=env) as daemon:
        await within(20, lambda: stage.queue.is_empty)
        assert (await daemon.drained()).code == 0
    assert sorted(stage.ledger.bodies) == sorted(sent)
