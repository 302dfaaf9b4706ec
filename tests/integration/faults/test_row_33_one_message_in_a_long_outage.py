"""Row 33: the worker refuses connections for long, and the queue holds one message."""

import asyncio

import pytest

from tests.support.command import command
from tests.support.stage import staged, within

pytestmark = pytest.mark.integration

OUTAGE = 6.0  # seconds: without back-off and with cool-downs this short, the receives would be used up several times


@pytest.mark.parametrize("client", ["http11", "httpx"])
@pytest.mark.parametrize("slots", ["1", "4"])
async def test_row_33_a_long_refusal_costs_the_only_message_two_receives(client: str, slots: str) -> None:
    async with staged(max_receive_count=3) as stage:
        env = {
            **stage.env,
            "INVOKER_CLIENT": client,
            "INVOKER_PARALLEL_COUNT": slots,
            "BREAKER_COOLDOWN": "100ms",
            "BREAKER_COOLDOWN_MAX": "200ms",
        }
        await stage.worker_proxy.refuse()
        stage.send(["lone"])
        async with command(env=env) as daemon:
            await daemon.until("breaker open, receiving stops")
            await asyncio.sleep(OUTAGE)
            assert max(stage.deliveries) <= 2
            await stage.worker_proxy.accept()
            await within(20, lambda: stage.queue.is_empty)
            assert (await daemon.drained()).code == 0
        assert stage.queue.dead_letters == []
        assert [attempt.receive_count for attempt in stage.ledger.attempts] in ([1], [2])
