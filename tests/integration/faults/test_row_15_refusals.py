"""Row 15: SQS refuses us: credentials that are expired or not allowed, a queue that is gone, a key switched off."""

import asyncio

import pytest

from sqsd_adapters.queue.embedded.faults import Fault, FaultKind
from tests.support.command import CREDENTIALS, Ended, command, run
from tests.support.stage import POLL, Stage, staged, within

pytestmark = pytest.mark.integration

ADVICE = {
    FaultKind.EXPIRED_CREDENTIALS: "expired",
    FaultKind.INVALID_CREDENTIALS: "AWS_ACCESS_KEY_ID",
    FaultKind.ACCESS_DENIED: "sqs:ReceiveMessage",
    FaultKind.KMS_DISABLED: "KMS key",
    FaultKind.QUEUE_GONE: "QUEUE_URL",
}
OUTAGE = 1.5  # seconds: a pause is one at least, so two receives fail at most
MOST_CALLS = 2 * 4  # a receive is tried four times at most
RETURN = 8.0  # seconds on a busy machine: the longest pause after two failures is four


async def test_row_15_at_start_each_of_them_ends_with_2_and_a_sentence_that_says_what_to_do() -> None:
    ended = await asyncio.gather(*(_refused_at_start(kind) for kind in ADVICE))
    for advice, end in zip(ADVICE.values(), ended, strict=True):
        assert end.code == 2
        assert end.stderr.startswith("sqsd: ")
        assert advice in end.stderr
        assert "Traceback" not in end.stderr + end.stdout


async def _refused_at_start(kind: FaultKind) -> Ended:
    async with staged() as stage:
        stage.faults.add(Fault(kind=kind))
        return await run(env=stage.env)


async def test_row_15_without_credentials_it_ends_with_2_and_asks_nothing(stage: Stage) -> None:
    env = {name: value for name, value in stage.env.items() if name not in CREDENTIALS}
    ended = await run(env={**env, "HOME": "/nowhere"})
    assert ended.code == 2
    assert "no credentials found; set AWS_ACCESS_KEY_ID" in ended.stderr
    assert stage.calls == 0


async def test_row_15_later_each_of_them_is_waited_out() -> None:
    async with asyncio.TaskGroup() as group:
        for kind in (FaultKind.EXPIRED_CREDENTIALS, FaultKind.KMS_DISABLED, FaultKind.QUEUE_GONE):
            group.create_task(_refused_in_the_middle(kind), name=kind)


async def _refused_in_the_middle(kind: FaultKind) -> None:
    async with staged() as stage, command(env=stage.env) as daemon:
        await within(20, lambda: stage.faults.calls[POLL] > 1)  # one was answered
        stage.faults.add(Fault(kind=kind))
        assert ADVICE[kind] in (await daemon.until("queue unavailable"))["reason"]
        before = stage.calls
        await asyncio.sleep(OUTAGE)
        assert stage.calls - before <= MOST_CALLS
        stage.faults.clear()
        stage.queue.send("after the outage")
        await within(RETURN, lambda: stage.queue.is_empty)
        ended = await daemon.drained()
    assert ended.code == 0
    assert ended.stdout.count("queue unavailable") == 1
