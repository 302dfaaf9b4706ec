"""Row 4: running jobs outlast DRAIN_TIMEOUT."""

import asyncio

import pytest

from tests.support.command import command
from tests.support.recording_worker import at_first, hang
from tests.support.stage import Stage, numbered, within

pytestmark = pytest.mark.integration

DRAIN = 0.5  # seconds
BOUND = DRAIN + 4.0  # seconds to the end of the process, on a busy machine


async def test_row_04_a_drain_cuts_them_off_and_others_may_run_them_at_once(
    stage: Stage, locker: dict[str, str]
) -> None:
    env = {**stage.env, **locker, "INVOKER_PARALLEL_COUNT": "16", "DRAIN_TIMEOUT": f"{DRAIN}s"}
    stage.worker.job = at_first(hang)
    sent = stage.send(numbered(16))
    async with command(env=env) as daemon:
        await within(20, lambda: stage.ledger.running == len(sent))
        daemon.signal()
        async with asyncio.timeout(BOUND):
            ended = await daemon.ended()
    assert (ended.code, ended.stderr) == (3, "")
    assert (stage.queue.visible, stage.queue.in_flight) == (len(sent), 0)

    async with command(env=env) as daemon:
        # The visibility timeout is a minute: neither it nor a lock may hold one back.
        await within(20, lambda: stage.queue.is_empty)
        await daemon.drained()
    assert {attempt.receive_count for attempt in stage.ledger.attempts if attempt.succeeded} == {2}


@pytest.mark.parametrize(("job", "body"), [("in_thread", "stick"), ("in_loop", "swallow")])
async def test_row_04_a_job_of_this_process_that_cannot_be_cancelled_is_left_behind(
    stage: Stage, job: str, body: str
) -> None:
    stage.queue.send(body)
    async with command(env={**stage.inside(job), "DRAIN_TIMEOUT": f"{DRAIN}s"}) as daemon:
        await within(20, lambda: stage.queue.in_flight == 1)
        daemon.signal()
        async with asyncio.timeout(BOUND):
            ended = await daemon.ended()
    assert (ended.code, ended.stderr) == (3, "")
    assert "job still runs after it was cancelled" in ended.stdout
    assert (stage.queue.visible, stage.queue.in_flight) == (1, 0)
