"""Row 31: everything at random under a seed; at every moment what was sent is done, in the queue, or a dead letter."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Collection
from itertools import count
from pathlib import Path
from random import Random

import pytest

from tests.support.family_mischief import FamilyMischief
from tests.support.fleet import Fleet
from tests.support.ledger import Ledger
from tests.support.mischief import Mischief, moody
from tests.support.redis_server import RedisServer
from tests.support.stage import Stage, staged, within

pytestmark = pytest.mark.integration

logger = logging.getLogger(__name__)

RATE = 40  # messages a second
POISONED = 41  # every so many messages one is poison; prime to GROUPS, so that each group gets its share
GROUPS = 8  # of a FIFO queue
POISON = "poison"
RECEIVES = 40  # then a message is a dead letter; ten would be too few under so much trouble
SETTLE = 120.0  # seconds: of a group, seven poisoned messages one after the other are tried RECEIVES times each
LOOK = 0.1  # seconds between two looks at the invariant
#: drained; drained with jobs cut off; killed; told to stop before there was a handler
CODES = {0, 3, -9, -15}
SETTINGS = {
    "INVOKER_PARALLEL_COUNT": "16",
    "INVOKER_TIMEOUT": "2s",
    "FETCHER_PARALLEL_COUNT": "2",
    "VISIBILITY_TIMEOUT": "2s",
    "DRAIN_TIMEOUT": "1s",
    "BREAKER_COOLDOWN": "100ms",
    "BREAKER_COOLDOWN_MAX": "1s",
}
FAMILY = {"PROCESSES": "2", "LOCKER": "memory"}
#: and a process that was killed while its parent drained
FAMILY_CODES = {*CODES, 1}
ORPHANS = 40.0  # seconds: an orphan leaves DRAIN_TIMEOUT and 20 s after its parent's end, even if it was frozen
MARKS = [pytest.mark.soak, pytest.mark.timeout(300)]
LONG = [pytest.param(queue, 60.0, seed, marks=MARKS) for queue in ("jobs", "jobs.fifo") for seed in range(1, 11)]
LONG_FAMILY = [
    pytest.param(queue, 60.0, seed, marks=MARKS)
    for queue, seeds in (("jobs", 5), ("jobs.fifo", 2))
    for seed in range(1, seeds + 1)
]


@pytest.mark.timeout(150)
@pytest.mark.parametrize(("queue", "seconds", "seed"), [("jobs", 5.0, 0), ("jobs.fifo", 5.0, 0), *LONG])
async def test_row_31_nothing_is_lost_whatever_happens(
    redis_server: RedisServer, tmp_path: Path, queue: str, seconds: float, seed: int
) -> None:
    fifo = queue.endswith(".fifo")
    async with staged(queue=queue, max_receive_count=RECEIVES, seed=seed) as stage:
        env = {**stage.env, **SETTINGS, "REDIS_LOCKER_URL": redis_server.url}
        async with Fleet(size=2, env=env, directory=tmp_path) as fleet:
            mischief = Mischief(stage=stage, fleet=fleet, redis=redis_server, seed=seed, duplicates=not fifo)
            sent = await _soak(stage, mischief, seconds, seed)
            await fleet.drained()
        _assert_settled(stage, sent)
    _assert_well(fleet, CODES)
    if fifo:
        _assert_in_order(stage.ledger, sent, dead=set(stage.queue.dead_letters))


@pytest.mark.timeout(150)
@pytest.mark.parametrize(("queue", "seconds", "seed"), [("jobs", 5.0, 0), *LONG_FAMILY])
async def test_row_31_nothing_is_lost_with_several_processes_under_a_parent_that_is_killed(
    tmp_path: Path, queue: str, seconds: float, seed: int
) -> None:
    fifo = queue.endswith(".fifo")
    async with staged(queue=queue, max_receive_count=RECEIVES, seed=seed) as stage:
        async with Fleet(size=1, env={**stage.env, **SETTINGS, **FAMILY}, directory=tmp_path) as fleet:
            mischief = FamilyMischief(stage=stage, fleet=fleet, seed=seed, duplicates=not fifo)
            sent = await _soak(stage, mischief, seconds, seed)
            await fleet.drained()
            async with asyncio.timeout(ORPHANS):
                await mischief.no_orphan_is_left()
        _assert_settled(stage, sent)
    _assert_well(fleet, FAMILY_CODES)
    if fifo:
        _assert_in_order(stage.ledger, sent, dead=set(stage.queue.dead_letters))


async def _soak(stage: Stage, mischief: Mischief, seconds: float, seed: int) -> list[str]:
    """Send while there is trouble, and wait until all is done; returns what was sent."""
    stage.worker.job = moody(Random(seed), poison=POISON)
    sent: list[str] = []
    async with asyncio.TaskGroup() as group:
        sending, watching = group.create_task(_send(stage, sent)), group.create_task(_watch(stage, sent))
        await mischief.run(seconds)
        sending.cancel()
        await within(SETTLE, lambda: stage.queue.is_empty)
        watching.cancel()
    return sent


async def _send(stage: Stage, sent: list[str]) -> None:
    for number in count():
        body = f"{POISON if number % POISONED == 0 else 'job'} {number}"
        sent.append(body)
        stage.queue.send(body, group_id=f"group-{number % GROUPS}" if stage.queue.name.endswith(".fifo") else None)
        await asyncio.sleep(1 / RATE)


async def _watch(stage: Stage, sent: list[str]) -> None:
    while True:
        assert not stage.ledger.lost(sent=sent, left=stage.left)
        await asyncio.sleep(LOOK)


def _assert_well(fleet: Fleet, codes: Collection[int]) -> None:
    assert set(fleet.codes) <= set(codes), fleet.codes
    assert fleet.complaints == ""
    assert '"crashed"' not in fleet.log


def _assert_settled(stage: Stage, sent: list[str]) -> None:
    done, dead = len(stage.ledger.succeeded), len(stage.queue.dead_letters)
    repeated = len(stage.ledger.successes) - done
    logger.info("sent %d, done %d, dead letters %d, done again %d", len(sent), done, dead, repeated)
    assert set(stage.queue.dead_letters) | stage.ledger.succeeded == set(sent)
    assert not any(body.startswith(POISON) for body in stage.ledger.succeeded)


def _assert_in_order(ledger: Ledger, sent: list[str], *, dead: set[str]) -> None:
    """Each group's first successes came in the order of sending.

    A dead letter is left out: its group goes on without it, and a daemon that slept meanwhile may still run it.
    """
    place = {body: number for number, body in enumerate(sent)}
    groups = defaultdict(list)
    for body in dict.fromkeys(body for body in ledger.successes if body not in dead):
        groups[place[body] % GROUPS].append(place[body])
    for places in groups.values():
        assert places == sorted(places)
