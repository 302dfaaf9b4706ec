"""Row 21: two daemons are given the same message."""

import asyncio

import pytest

from sqsd_adapters.queue.embedded.faults import Fault, FaultKind
from tests.support.command import command
from tests.support.recording_worker import after
from tests.support.stage import DELETE, POLL, Stage, named, within

pytestmark = pytest.mark.integration

VISIBILITY = 2.0  # seconds
JOB = 2.5 * VISIBILITY  # seconds: the second delivery has taken the visibility from the first daemon, the lock has not


async def test_row_21_one_runs_it_and_the_other_neither_runs_nor_deletes_it(
    stage: Stage, shared_locker: dict[str, str]
) -> None:
    env = {**stage.env, **shared_locker, "VISIBILITY_TIMEOUT": f"{VISIBILITY}s"}
    gate = asyncio.Event()
    stage.worker.job = after(gate)
    stage.queue.send("shared")
    async with command(env={**env, **named("one")}) as one:
        await within(20, lambda: stage.ledger.running)
        stage.faults.add(Fault(kind=FaultKind.DUPLICATE, operation=POLL, count=1))
        async with command(env={**env, **named("two")}) as two:
            await two.until("message is locked by another daemon")
            await asyncio.sleep(JOB)
            assert stage.faults.calls[DELETE] == 0
            assert stage.queue.bodies == ["shared"]
            gate.set()
            await within(20, lambda: stage.queue.is_empty)
            ended = await asyncio.gather(one.drained(), two.drained())
    assert [end.code for end in ended] == [0, 0]
    assert [attempt.daemon for attempt in stage.ledger.attempts] == ["one"]
