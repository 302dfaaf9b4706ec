"""Row 22: a message is delivered again after its success."""

import asyncio

import pytest

from tests.support.command import command
from tests.support.recording_worker import after
from tests.support.stage import Stage, within

pytestmark = pytest.mark.integration


async def test_row_22_it_is_deleted_and_not_run_again(stage: Stage, locker: dict[str, str]) -> None:
    gate = asyncio.Event()
    stage.worker.job = after(gate)
    stage.queue.send("done once")
    async with command(env={**stage.env, **locker}) as daemon:
        await within(20, lambda: stage.ledger.running)
        # From now on the daemon's receipt deletes nothing, although SQS says so.
        stage.give_away(visibility=1.0)
        gate.set()
        await daemon.until("duplicate deleted")
        await within(20, lambda: stage.queue.is_empty)
        assert (await daemon.drained()).code == 0
    assert stage.ledger.bodies == ["done once"]
