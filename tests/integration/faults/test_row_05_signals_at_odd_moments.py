"""Row 5: a second signal, and a signal in the middle of the start-up."""

import asyncio
import signal

import pytest

from sqsd_adapters.queue.embedded.faults import Fault, FaultKind
from tests.support.command import Command, Ended, command
from tests.support.recording_worker import hang, lasting
from tests.support.redis_server import RedisServer
from tests.support.stage import POLL, Stage, numbered, within

pytestmark = pytest.mark.integration

PROMPT = 5.0  # seconds on a busy machine; what is waited for would take twenty or more
DESCRIBE = "GetQueueAttributes"


@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGHUP])
async def test_row_05_a_second_signal_releases_everything_and_leaves(stage: Stage, second: int) -> None:
    stage.worker.job = hang
    sent = stage.send(numbered(20))
    async with command(env={**stage.env, "INVOKER_PARALLEL_COUNT": "16"}) as daemon:
        await within(20, lambda: stage.ledger.running == 16)
        daemon.signal()
        await daemon.until("draining")
        daemon.signal(second)
        ended = await _ended_promptly(daemon)
    assert (ended.code, ended.stderr) == (3, "")
    assert (stage.queue.visible, stage.queue.in_flight) == (len(sent), 0)


async def test_row_05_a_second_signal_does_not_wait_for_the_long_poll(stage: Stage) -> None:
    async with command(env={**stage.env, "FETCHER_WAIT_TIME": "20s"}) as daemon:
        await within(20, lambda: stage.faults.calls[POLL] == 2)  # the first one is short
        daemon.signal()
        await daemon.until("waiting for the long poll to end")
        daemon.signal()
        assert (await _ended_promptly(daemon)).code == 0


async def test_row_05_what_a_second_signal_releases_is_not_given_to_its_own_long_poll(stage: Stage) -> None:
    stage.worker.job = hang
    async with command(env={**stage.env, "INVOKER_PARALLEL_COUNT": "2", "FETCHER_WAIT_TIME": "20s"}) as daemon:
        await within(20, lambda: stage.faults.calls[POLL] == 1)
        stage.send(["cut"])
        await within(20, lambda: stage.ledger.running == 1 and stage.faults.calls[POLL] == 2)
        daemon.signal()
        await daemon.until("draining")
        daemon.signal()
        ended = await _ended_promptly(daemon)
    assert (ended.code, ended.stderr) == (3, "")
    assert (stage.queue.visible, stage.queue.in_flight) == (1, 0)


async def test_row_05_a_burst_of_signals_is_as_good_as_two(stage: Stage) -> None:
    stage.worker.job = hang
    stage.send(numbered(4))
    async with command(env={**stage.env, "INVOKER_PARALLEL_COUNT": "4"}) as daemon:
        await within(20, lambda: stage.ledger.running == 4)
        for _ in range(10):
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                daemon.signal(number)
        assert (await _ended_promptly(daemon)).code == 3
    assert (stage.queue.visible, stage.queue.in_flight) == (4, 0)


async def test_row_05_a_signal_at_any_moment_of_the_start_up_ends_it_and_hides_nothing(stage: Stage) -> None:
    stage.worker.job = lasting(0.05)
    sent = stage.send(numbered(100))
    codes = await asyncio.gather(*(_signalled_after(stage, moment * 0.2) for moment in range(8)))
    # Before Python has installed a handler, the signal itself ends the process.
    assert set(codes) <= {0, -signal.SIGTERM}
    assert stage.queue.in_flight == 0
    assert sorted([*stage.queue.bodies, *stage.ledger.successes]) == sorted(sent)


async def test_row_05_a_signal_while_sqs_is_silent_about_its_attributes_ends_it(stage: Stage) -> None:
    stage.faults.add(Fault(kind=FaultKind.DELAY, operation=DESCRIBE, seconds=60))
    async with command(env=stage.env) as daemon:
        await within(20, lambda: stage.faults.calls[DESCRIBE] == 1)
        daemon.signal()
        ended = await _ended_promptly(daemon)
    assert (ended.code, ended.stderr) == (0, "")


async def test_row_05_a_signal_while_redis_is_silent_ends_it(stage: Stage, redis_server: RedisServer) -> None:
    redis_server.freeze()
    async with command(env={**stage.env, "REDIS_LOCKER_URL": redis_server.url}) as daemon:
        await daemon.until("starting")
        daemon.signal()
        ended = await _ended_promptly(daemon)
    assert (ended.code, ended.stderr) == (0, "")


async def _signalled_after(stage: Stage, seconds: float) -> int:
    async with command(env=stage.env) as daemon:
        await asyncio.sleep(seconds)
        daemon.signal()
        return (await daemon.ended()).code


async def _ended_promptly(daemon: Command) -> Ended:
    async with asyncio.timeout(PROMPT):
        return await daemon.ended()
