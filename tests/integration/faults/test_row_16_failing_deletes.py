"""Row 16: deletions fail in part, their answers are lost, they keep failing, their receipts expire."""

import asyncio

import pytest

from sqsd_adapters.queue.embedded.faults import Fault, FaultKind
from tests.support.command import Command, command
from tests.support.recording_worker import after
from tests.support.stage import DELETE, Stage, numbered, staged, within

pytestmark = pytest.mark.integration

MESSAGES = 60
FAULTS = {
    "fail in part": Fault(kind=FaultKind.FAIL_ENTRIES, operation=DELETE, fraction=0.5, count=12),
    "lose their answers": Fault(kind=FaultKind.LOSE_ANSWER, operation=DELETE, count=12),
    "are throttled": Fault(kind=FaultKind.THROTTLE, operation=DELETE, count=12),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_row_16_deletes_that_fail_for_a_while_run_nothing_twice(stage: Stage, fault: Fault) -> None:
    stage.faults.add(fault)
    sent = stage.send(numbered(MESSAGES))
    async with command(env={**stage.env, "INVOKER_PARALLEL_COUNT": "16"}) as daemon:
        await within(30, lambda: stage.queue.is_empty)
        await _drained(daemon)
    assert sorted(stage.ledger.bodies) == sorted(sent)


async def test_row_16_what_comes_back_since_its_delete_keeps_failing_is_not_run_again(stage: Stage) -> None:
    stage.faults.add(Fault(kind=FaultKind.SERVER_ERROR, operation=DELETE))
    stage.queue.send("done once")
    async with command(env={**stage.env, "VISIBILITY_TIMEOUT": "1s", "LOG_LEVEL": "debug"}) as daemon:
        await daemon.until("job done")
        await daemon.until("duplicate, deleting")
        stage.faults.clear()
        await within(20, lambda: stage.queue.is_empty)
        await _drained(daemon)
    assert stage.ledger.bodies == ["done once"]


async def test_row_16_a_receipt_that_expired_is_counted_and_its_message_deleted_when_it_returns() -> None:
    gate = asyncio.Event()
    async with staged(queue="jobs.fifo") as stage:
        stage.worker.job = after(gate)
        stage.queue.send("done once", group_id="g")
        async with command(env=stage.env) as daemon:
            await within(20, lambda: stage.ledger.running)
            # On a FIFO queue a receipt is void as soon as there is a newer one.
            stage.give_away(visibility=1.0)
            gate.set()
            await daemon.until("DeleteMessage given up")
            await daemon.until("duplicate deleted")
            await within(20, lambda: stage.queue.is_empty)
            await _drained(daemon)
        assert stage.ledger.bodies == ["done once"]


async def _drained(daemon: Command) -> None:
    ended = await daemon.drained()
    assert (ended.code, ended.stderr) == (0, "")
