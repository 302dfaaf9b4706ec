"""Row 2: SIGTERM while 64 jobs run and more are buffered."""

import asyncio

import pytest

from tests.support.command import command
from tests.support.recording_worker import after, lasting
from tests.support.stage import POLL, Stage, numbered, staged, within

pytestmark = pytest.mark.integration

SLOTS = 64
BUFFERED = 10
PROMPT = 3.0  # seconds; the flow's tests hold the one second in virtual time, here the machine may be busy


async def test_row_02_what_runs_finishes_and_what_is_buffered_is_visible_at_once() -> None:
    gate = asyncio.Event()
    async with staged(queue="jobs.fifo") as stage:
        stage.worker.job = after(gate)
        # The second message of a group comes along with the first, and waits for it in the buffer.
        for number in range(BUFFERED):
            stage.queue.send(f"first {number}", group_id=f"pair-{number}")
            stage.queue.send(f"second {number}", group_id=f"pair-{number}")
        for number in range(SLOTS - BUFFERED):
            stage.queue.send(f"alone {number}", group_id=f"single-{number}")
        async with command(env={**stage.env, "INVOKER_PARALLEL_COUNT": str(SLOTS)}) as daemon:
            await within(20, lambda: stage.ledger.running == SLOTS)
            assert stage.queue.in_flight == SLOTS + BUFFERED
            polls = stage.faults.calls[POLL]

            daemon.signal()
            await within(PROMPT, lambda: stage.queue.in_flight == SLOTS)
            assert stage.ledger.running == SLOTS
            gate.set()
            ended = await daemon.ended()

        assert (ended.code, ended.stderr) == (0, "")
        assert stage.faults.calls[POLL] == polls
        assert len(stage.ledger.successes) == len(stage.ledger.attempts) == SLOTS
        assert (stage.queue.visible, stage.queue.in_flight) == (BUFFERED, 0)
        assert {body.split()[0] for body in stage.queue.bodies} == {"second"}


async def test_row_02_sigterm_in_the_thick_of_it_loses_and_repeats_nothing(stage: Stage) -> None:
    stage.worker.job = lasting(0.02)
    sent = stage.send(numbered(600))
    env = {**stage.env, "INVOKER_PARALLEL_COUNT": "16", "FETCHER_PARALLEL_COUNT": "4"}
    for begun in (100, 300):
        await _drain_after(stage, env, begun)
        assert stage.queue.in_flight == 0
        assert sorted([*stage.queue.bodies, *stage.ledger.successes]) == sorted(sent)
    assert stage.queue.visible > 0

    async with command(env=env) as daemon:
        await within(30, lambda: stage.queue.is_empty)
        assert (await daemon.drained()).code == 0
    assert sorted(stage.ledger.bodies) == sorted(sent)


async def _drain_after(stage: Stage, env: dict[str, str], begun: int) -> None:
    async with command(env=env) as daemon:
        await within(30, lambda: len(stage.ledger.attempts) >= begun)
        assert (await daemon.drained()).code == 0
