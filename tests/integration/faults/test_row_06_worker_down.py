"""Row 6: the worker's process is down for a while, in front of a backlog and a dead-letter queue."""

import asyncio

import pytest

from tests.support.command import command
from tests.support.stage import numbered, staged, within

pytestmark = pytest.mark.integration

BACKLOG = 300
SLOTS = 16
OUTAGE = 4.0  # seconds: with an immediate retry, each message would use up its receives ten times over
COOLDOWN_MAX = 1.0


async def test_row_06_an_outage_of_the_worker_empties_no_queue() -> None:
    async with staged(max_receive_count=3) as stage:
        env = {
            **stage.env,
            "INVOKER_PARALLEL_COUNT": str(SLOTS),
            "FETCHER_PARALLEL_COUNT": "4",
            "BREAKER_COOLDOWN": "250ms",
            "BREAKER_COOLDOWN_MAX": f"{COOLDOWN_MAX}s",
        }
        await stage.worker_proxy.refuse()
        sent = stage.send(numbered(BACKLOG))
        async with command(env=env) as daemon:
            await daemon.until("breaker open, receiving stops")
            await asyncio.sleep(OUTAGE)
            assert len(stage.queue.bodies) == BACKLOG
            assert sum(stage.deliveries) <= 2 * SLOTS
            assert stage.queue.in_flight == 0

            await stage.worker_proxy.accept()
            await within(COOLDOWN_MAX + 3.0, lambda: stage.ledger.attempts)
            await within(20, lambda: stage.queue.is_empty)
            assert (await daemon.drained()).code == 0
        assert stage.queue.dead_letters == []
        assert sorted(stage.ledger.bodies) == sorted(sent)


async def test_row_06_a_worker_that_dies_under_load_gets_its_messages_once_it_is_back() -> None:
    async with staged(max_receive_count=3) as stage:
        sent = stage.send(numbered(BACKLOG))
        env = {**stage.env, "INVOKER_PARALLEL_COUNT": str(SLOTS), "BREAKER_COOLDOWN_MAX": f"{COOLDOWN_MAX}s"}
        async with command(env=env) as daemon:
            await within(20, lambda: len(stage.ledger.attempts) > BACKLOG / 3)
            await stage.worker_proxy.refuse()
            await daemon.until("breaker open, receiving stops")
            await asyncio.sleep(1.0)
            await stage.worker_proxy.accept()
            await within(20, lambda: stage.queue.is_empty)
            assert (await daemon.drained()).code == 0
        assert stage.queue.dead_letters == []
        assert stage.ledger.succeeded == set(sent)
