"""Row 25: the answer of a FIFO receive is lost on its way."""

import pytest

from sqsd_adapters.queue.embedded.faults import Fault, FaultKind
from tests.support.command import command
from tests.support.stage import POLL, staged, within

pytestmark = pytest.mark.integration

VISIBILITY = 60.0  # seconds, the default: what is hidden for as long is out of reach for the test


@pytest.mark.parametrize(
    "losses", [1, 5], ids=["the SDK repeats it", "the SDK gives up and the next receive repeats it"]
)
async def test_row_25_it_is_asked_for_again_under_the_same_attempt_id(losses: int) -> None:
    async with staged(queue="jobs.fifo") as stage:
        sent = [f"job {number}" for number in range(5)]
        for body in sent:
            stage.queue.send(body, group_id="g")
        stage.faults.add(Fault(kind=FaultKind.LOSE_ANSWER, operation=POLL, count=losses))
        async with command(env={**stage.env, "INVOKER_PARALLEL_COUNT": "8"}) as daemon:
            await within(VISIBILITY / 3, lambda: stage.queue.is_empty)
            assert (await daemon.drained()).code == 0
        assert stage.ledger.bodies == sent
