"""Row 45: every fault at once; each kind of trouble is said once in its first minute (ten minutes: flow/test_ten…)."""

import asyncio
import json
from collections import Counter

import pytest

from sqsd_adapters.queue.embedded.faults import Fault, FaultKind
from tests.support.command import command
from tests.support.recording_worker import lasting
from tests.support.redis_server import RedisServer
from tests.support.stage import DELETE, POLL, Stage, numbered, within

pytestmark = pytest.mark.integration

EXTEND = "ChangeMessageVisibilityBatch"
FAULTS = (
    Fault(kind=FaultKind.EXPIRED_CREDENTIALS, operation=POLL, probability=0.5),
    Fault(kind=FaultKind.FAIL_ENTRIES, operation=DELETE, fraction=0.3),
    Fault(kind=FaultKind.ACCESS_DENIED, operation=DELETE, probability=0.3),
    Fault(kind=FaultKind.ACCESS_DENIED, operation=EXTEND, probability=0.5),
    Fault(kind=FaultKind.SERVER_ERROR, operation=EXTEND, probability=0.3),
    Fault(kind=FaultKind.DUPLICATE, operation=POLL),
)
SECONDS = 20.0
#: lines about a message or the daemon's life
NO_TROUBLE = {"job done", "job failed", "summary"}


async def test_row_45_each_kind_of_trouble_is_one_line(stage: Stage, redis_server: RedisServer) -> None:
    began = asyncio.get_running_loop().time()
    stage.worker.job = lasting(1.5)
    env = {
        **stage.env,
        "REDIS_LOCKER_URL": redis_server.url,
        "INVOKER_PARALLEL_COUNT": "64",
        "FETCHER_PARALLEL_COUNT": "4",
        "VISIBILITY_TIMEOUT": "2s",
        "UNLOCK_INTERVAL": "200ms",
    }
    async with command(env=env) as daemon:
        stage.send(numbered(200))
        await within(20, lambda: stage.ledger.running)
        stage.faults.add(*FAULTS)
        await asyncio.sleep(SECONDS / 4)
        for _ in range(3):
            await redis_server.kill()
            await asyncio.sleep(SECONDS / 8)
            await redis_server.start()
            await asyncio.sleep(SECONDS / 8)
        stage.faults.clear()
        ended = await daemon.drained()
    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    said = Counter(line["event"] for line in lines if line["event"] not in NO_TROUBLE)
    minutes = (asyncio.get_running_loop().time() - began) / 60.0
    assert {event: count for event, count in said.items() if count > 1 + minutes} == {}
    assert {"lock store unavailable, going on without deduplication", "ChangeMessageVisibility refused"} <= said.keys()
