"""The ledger, which the page shows as rows, and the queues, whose counts it shows beside them, agree."""

import asyncio
from random import Random

import pytest

from sqsd_adapters.dev.switches import SWITCHES
from sqsd_adapters.dev.tier import Tier
from sqsd_adapters.queue.embedded.shelf import Counts
from sqsd_core.message import Message
from tests.support.tier import DEAD_LETTERS, QUEUE, send, tier_with

TURNS = 40
LONG = 200.0  # seconds until each message has ended, once no fault is on


@pytest.mark.parametrize("seed", range(10))
async def test_what_the_rows_show_as_gone_is_not_in_a_queue_whatever_faults_come_and_go(seed: int) -> None:
    random = Random(seed)

    async def job(_message: Message) -> bool:
        await asyncio.sleep(random.choice([0, 0.01, 0.5, 3]))
        return random.random() > 0.1

    async with tier_with(job, slots=random.choice([1, 3, 10])) as tier:
        for _ in range(TURNS):
            for name in SWITCHES:
                tier.switch(name, on=random.random() < 0.3)
            for _ in range(random.randrange(4)):
                send(tier)
            await asyncio.sleep(random.choice([0, 0.01, 0.2, 2]))
            assert _there(tier) == _shown(tier)
        tier.clear_faults()
        await asyncio.sleep(LONG)
        assert _there(tier) == _shown(tier)
        assert tier.sqs.engine.counts(QUEUE, now=tier.sqs.now()) == Counts(visible=0, in_flight=0, delayed=0)


def _there(tier: Tier) -> set[tuple[str, str]]:
    """Each message of each queue."""
    engine, now = tier.sqs.engine, tier.sqs.now()
    return {(name, received.id) for name in (QUEUE, DEAD_LETTERS) for _, received in engine.look(name, now=now)}


def _shown(tier: Tier) -> set[tuple[str, str]]:
    """Each message whose row does not say that it is gone."""
    return {(life.queue, life.id) for life in tier.ledger.since(0).lives if not life.gone}
