"""Row 23: poison messages, and callables that do what none should."""

import asyncio
from pathlib import Path

import pytest

from tests.support.command import command
from tests.support.recording_worker import answering
from tests.support.stage import POLL, Stage, staged, within

pytestmark = pytest.mark.integration

SLOTS = 4
MOST_ABANDONED = 8 + SLOTS  # the bound, and those that ran when it was reached
RECEIVES = 2  # after so many the queue gives a message up


@pytest.mark.parametrize(
    ("job", "poison"),
    [
        ("in_thread", ["raise", "exit", "stick"]),
        ("in_loop", ["raise", "exit", "block", "cancel", "swallow"]),
    ],
)
async def test_row_23_a_callable_s_poison_ends_in_the_dead_letters_and_the_daemon_goes_on(
    job: str, poison: list[str]
) -> None:
    async with staged(max_receive_count=RECEIVES) as stage:
        env = {
            **stage.inside(job),
            "INVOKER_PARALLEL_COUNT": "2",
            "INVOKER_TIMEOUT": "300ms",
            "INVOKER_CONNECT_TIMEOUT": "300ms",
        }
        async with command(env=env) as daemon:
            stage.send(["fine", *poison, "fine"])
            await within(30, lambda: stage.queue.is_empty)
            stage.send(["fine"])
            await within(20, lambda: stage.queue.is_empty)
            ended = await daemon.drained()
        assert (ended.code, ended.stderr) == (0, "")
        assert sorted(stage.queue.dead_letters) == sorted(poison)
        assert ("event loop blocked" in ended.stdout) is ("block" in poison)


async def test_row_23_a_message_that_the_worker_never_takes_ends_in_the_dead_letters() -> None:
    async with staged(max_receive_count=RECEIVES) as stage:
        stage.worker.job = answering(500)
        async with command(env=stage.env) as daemon:
            stage.send(["poison"])
            await within(20, lambda: stage.queue.is_empty)
            assert (await daemon.drained()).code == 0
        assert stage.queue.dead_letters == ["poison"]
        assert [attempt.receive_count for attempt in stage.ledger.attempts] == [1, 2]


async def test_row_23_a_message_whose_job_blocks_its_thread_is_extended_all_the_while(stage: Stage) -> None:
    env = {**stage.inside("in_thread"), "VISIBILITY_TIMEOUT": "1s", "DRAIN_TIMEOUT": "0s"}
    async with command(env=env) as daemon:
        stage.send(["stick"])
        await within(20, lambda: stage.queue.in_flight == 1)
        await asyncio.sleep(2.5)
        assert stage.queue.in_flight == 1
        assert stage.deliveries == [1]
        assert (await daemon.drained()).code == 3


async def test_row_23_callables_that_hang_stop_the_receiving_before_they_take_every_thread(stage: Stage) -> None:
    env = {**stage.inside("in_thread"), "INVOKER_PARALLEL_COUNT": str(SLOTS), "INVOKER_TIMEOUT": "100ms"}
    async with command(env=env) as daemon:
        stage.send(["stick"] * 100)
        record = await daemon.until("too many jobs outlived their time limit, receiving stops")
        at_the_bound = threads(daemon.process.pid)
        before = stage.faults.calls[POLL]
        await asyncio.sleep(2)
        assert threads(daemon.process.pid) <= at_the_bound + SLOTS
        assert stage.faults.calls[POLL] - before <= SLOTS
        ended = await daemon.drained()
    assert record["reason"].endswith("jobs outlived their time limit and still run")
    assert ended.stdout.count("job still runs after it was cancelled") <= MOST_ABANDONED
    assert len(stage.left) == 100


def threads(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))
