"""Row 18: a job takes longer than the visibility timeout."""

import pytest

from tests.support.command import command
from tests.support.recording_worker import lasting
from tests.support.stage import Stage, numbered, within

pytestmark = pytest.mark.integration


async def test_row_18_its_message_is_extended_in_time_and_not_delivered_again(stage: Stage) -> None:
    stage.worker.job = lasting(3.5)
    sent = stage.send(numbered(20))
    env = {**stage.env, "INVOKER_PARALLEL_COUNT": "32", "VISIBILITY_TIMEOUT": "2s"}
    async with command(env=env) as daemon:
        await within(20, lambda: stage.queue.is_empty)
        assert (await daemon.drained()).code == 0
    assert sorted(stage.ledger.bodies) == sorted(sent)
    assert {attempt.receive_count for attempt in stage.ledger.attempts} == {1}
    # Two batches about each second, for as long as the jobs run.
    assert stage.faults.calls["ChangeMessageVisibilityBatch"] <= 12
