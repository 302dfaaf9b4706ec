"""Row 44: sqs:DeleteMessage is missing, so that every job would run again."""

import asyncio
import json

import pytest

from sqsd_adapters.queue.embedded.faults import Fault, FaultKind
from tests.support.command import command, is_ready
from tests.support.stage import DELETE, POLL, Stage, numbered, within

pytestmark = pytest.mark.integration

REFUSED = "DeleteMessage refused, receiving stops"
JOBS = 5
DRAIN = 10.0  # seconds on a busy machine; it waited for a minute before


@pytest.mark.parametrize("client", ["short", "aiobotocore"])
async def test_row_44_it_is_said_at_once_and_nothing_more_is_received(stage: Stage, client: str) -> None:
    stage.faults.add(Fault(kind=FaultKind.ACCESS_DENIED, operation=DELETE))
    env = {**stage.env, "SQS_CLIENT": client, "PROBE_PORT": "0", "INVOKER_PARALLEL_COUNT": "2"}
    async with command(env=env) as daemon:
        port = (await daemon.until("probes listening"))["port"]
        sent = stage.send(numbered(40))
        line = await daemon.until(REFUSED)
        assert line["level"] == "error"
        assert "sqs:DeleteMessage" in line["reason"]
        await asyncio.sleep(1.5)  # the polls that were under way
        assert not await is_ready(port)
        polls, run = stage.faults.calls[POLL], len(stage.ledger.attempts)
        await asyncio.sleep(3.0)
        assert (stage.faults.calls[POLL], len(stage.ledger.attempts)) == (polls, run)
        stage.faults.clear()
        await daemon.until("DeleteMessage accepted again")
        await within(20, lambda: stage.queue.is_empty)
        assert await is_ready(port)
        ended = await daemon.drained()
    assert ended.code == 0
    assert ended.stdout.count(REFUSED) == 1
    assert sorted(stage.ledger.bodies) == sorted(sent)


async def test_row_44_a_drain_ends_in_time_with_3_and_the_number_of_deletions_left(stage: Stage) -> None:
    stage.faults.add(Fault(kind=FaultKind.ACCESS_DENIED, operation=DELETE))
    sent = stage.send(numbered(JOBS))
    async with command(env={**stage.env, "INVOKER_PARALLEL_COUNT": str(JOBS)}) as daemon:
        await within(20, lambda: len(stage.ledger.successes) == JOBS)
        await daemon.until(REFUSED)
        async with asyncio.timeout(DRAIN):
            ended = await daemon.drained()
    assert ended.code == 3
    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    assert JOBS in {value for line in lines if line["level"] in {"error", "warning"} for value in line.values()}
    assert sorted(stage.queue.bodies) == sorted(sent)
