"""The exit codes of a parent of several processes, and what its log says of a process that crashes again and again."""

import json
import os
import signal
from collections.abc import AsyncIterator

import pytest

from tests.support.children import all_receiving, children, several
from tests.support.command import command
from tests.support.recording_worker import hang
from tests.support.stage import Stage, numbered, staged, within

pytestmark = pytest.mark.integration

LONG = 30.0  # seconds: the machine may be busy
ENDED = "process ended, starting another"


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as stage:
        yield stage


async def test_3_where_one_process_cut_a_job_off_and_the_other_had_none(stage: Stage) -> None:
    stage.worker.job = hang
    async with command(env=several(stage, DRAIN_TIMEOUT="0s")) as daemon:
        await all_receiving(daemon)
        stage.send(["job"])
        await within(LONG, lambda: stage.ledger.running == 1)
        ended = await daemon.drained()
    codes = sorted(json.loads(line)["cut_off"] for line in ended.stdout.splitlines() if '"cut_off"' in line)
    assert (ended.code, ended.stderr) == (3, "")
    assert codes == [0, 1]


async def test_1_where_a_process_is_killed_during_the_drain(stage: Stage) -> None:
    stage.worker.job = hang
    async with command(env=several(stage)) as daemon:
        await all_receiving(daemon)
        stage.send(numbered(8))
        await within(LONG, lambda: stage.ledger.running == 8)
        first, _ = children(daemon)
        daemon.signal(signal.SIGTERM)
        await daemon.until("draining")
        os.kill(first, signal.SIGKILL)
        daemon.signal(signal.SIGTERM)
        ended = await daemon.ended()
    assert ended.code == 1


async def test_0_after_crashes_that_were_over_before_the_drain(stage: Stage) -> None:
    """What crashes again and again is started again ever later, and the parent goes on."""
    env = {**several(stage), **stage.inside("in_loop"), "VISIBILITY_TIMEOUT": "1s"}
    async with command(env=env) as daemon:
        await all_receiving(daemon)
        stage.send(["die"])
        crashes = [await daemon.until(ENDED) for _ in range(3)]
        stage.server.sqs.engine.purge(stage.queue.name, now=stage.server.sqs.now())
        await daemon.until("receiving")
        ended = await daemon.drained()
    assert {crash["code"] for crash in crashes} == {1}
    assert ended.code == 0
