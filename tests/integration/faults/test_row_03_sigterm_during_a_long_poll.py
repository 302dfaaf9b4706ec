"""Row 3: SIGTERM while the daemon waits in a long poll, and a message is sent after it."""

import pytest

from tests.support.command import command
from tests.support.stage import POLL, Stage, within

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("client", ["short", "aiobotocore"])
async def test_row_03_a_message_sent_meanwhile_is_never_hidden(stage: Stage, client: str) -> None:
    async with command(env={**stage.env, "SQS_CLIENT": client, "FETCHER_WAIT_TIME": "3s"}) as daemon:
        await within(20, lambda: stage.faults.calls[POLL] == 1)
        daemon.signal()
        await daemon.until("draining")
        stage.queue.send("late")
        ended = await daemon.ended()

    assert ended.code == 0
    assert stage.faults.calls[POLL] == 1
    # With the poll cancelled, SQS would have given the message to nobody, for as long as its visibility timeout.
    assert stage.queue.in_flight == 0
    assert [*stage.queue.bodies, *stage.ledger.successes] == ["late"]
