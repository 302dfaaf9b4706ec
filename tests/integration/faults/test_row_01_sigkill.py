"""Row 1: the daemon is killed with 64 jobs in flight."""

import pytest

from tests.support.command import command
from tests.support.recording_worker import at_first, hang
from tests.support.stage import DELETE, Stage, numbered, within

pytestmark = pytest.mark.integration

SLOTS = 64
VISIBILITY = 3.0  # seconds; its half, the first heartbeat, is long after all have started


async def test_row_01_all_that_was_in_flight_comes_back_and_succeeds(stage: Stage, locker: dict[str, str]) -> None:
    env = {
        **stage.env,
        **locker,
        "INVOKER_PARALLEL_COUNT": str(SLOTS),
        "FETCHER_PARALLEL_COUNT": "8",
        "VISIBILITY_TIMEOUT": f"{VISIBILITY}s",
    }
    stage.worker.job = at_first(hang)
    sent = stage.send(numbered(SLOTS))
    async with command(env=env) as daemon:
        await within(20, lambda: stage.ledger.running == SLOTS)
        daemon.process.kill()
        await daemon.process.wait()

    assert sorted(stage.queue.bodies) == sorted(sent)
    assert stage.faults.calls[DELETE] == 0

    async with command(env=env) as daemon:
        await within(20, lambda: stage.queue.is_empty)
        assert (await daemon.drained()).code == 0

    # A third delivery would mean that a stale lock had blocked the second.
    assert {attempt.receive_count for attempt in stage.ledger.attempts if attempt.succeeded} == {2}
    assert sorted(stage.ledger.successes) == sorted(sent)
