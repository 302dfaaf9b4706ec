"""Leaving under cancellation: what was received is visible again, in bounded time, however often we are cancelled."""

import asyncio
import logging
from collections.abc import Callable

import pytest

from sqsd_adapters.cli.embedding import Sqsd
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from tests.support.embedding import AnsweringQueue, HangingQueue, OpenedLocks, Slow, embedded
from tests.support.troubled_queue import Unheard

FOREVER = 1_000.0


def entered(daemon: Sqsd) -> "asyncio.Task[None]":
    """A task with a block that ends by cancellation alone."""

    async def block() -> None:
        async with daemon:
            await asyncio.Event().wait()

    return asyncio.create_task(block())


async def cancelled(task: "asyncio.Task[None]") -> float:
    """Cancel the task, and tell how long it took to end."""
    began = asyncio.get_running_loop().time()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    return asyncio.get_running_loop().time() - began


async def test_the_running_job_and_what_is_buffered_are_released(queue: EmbeddedQueue) -> None:
    for number in range(3):
        queue.send(str(number))
    job = Slow(FOREVER)
    daemon = embedded(queue, job)
    task = entered(daemon)
    await job.began.wait()
    assert await cancelled(task) < 2
    assert queue.visible == 3
    assert not job.done
    assert daemon.failed is None
    assert repr(daemon) == "<Sqsd ended>"


async def test_what_is_released_is_not_hidden_by_the_long_poll_that_ends_with_it(queue: EmbeddedQueue) -> None:
    job = Slow(FOREVER)
    daemon = embedded(Unheard(queue), job, variables={"INVOKER_PARALLEL_COUNT": 2})
    task = entered(daemon)
    await asyncio.sleep(1)
    queue.send("a")
    await job.began.wait()
    await asyncio.sleep(1)
    assert await cancelled(task) < 2
    assert (queue.visible, queue.in_flight) == (1, 0)


async def test_the_log_says_how_many_jobs_a_cancellation_cut_off(
    queue: EmbeddedQueue, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    queue.send("a")
    job = Slow(FOREVER)
    task = entered(embedded(queue, job))
    await job.began.wait()
    await cancelled(task)
    (stopped,) = [record for record in caplog.records if record.message == "stopped"]
    assert vars(stopped)["cut_off"] == 1


async def test_a_cancellation_that_is_repeated_at_each_turn_interrupts_no_release() -> None:
    queue = HangingQueue(stubborn=False)
    queue.send("a")
    job = Slow(FOREVER)
    task = entered(embedded(queue, job))
    await job.began.wait()
    loop = asyncio.get_running_loop()
    loop.call_later(1, queue.answers.set)

    def again() -> None:
        if task.cancel():
            loop.call_later(0.001, again)

    again()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert queue.visible == 1


async def test_a_cancellation_during_the_drain_cuts_it(queue: EmbeddedQueue) -> None:
    queue.send("a")
    job = Slow(FOREVER)

    async def block() -> None:
        async with embedded(queue, job):
            await job.began.wait()

    task = asyncio.create_task(block())
    await job.began.wait()
    await asyncio.sleep(1)
    assert await cancelled(task) < 2
    assert queue.visible == 1


async def test_cancelling_while_entering_closes_what_was_opened() -> None:
    locks = OpenedLocks()
    daemon = embedded(AnsweringQueue(silence=FOREVER), Slow(0))
    daemon.parts.queue.lock_store.override(locks)
    task = entered(daemon)
    await asyncio.sleep(1)
    assert (locks.entered, locks.left) == (1, 0)
    assert await cancelled(task) < 3
    assert locks.left == 1


@pytest.mark.parametrize(("stubborn", "at_least", "at_most"), [(False, 0, 5), (True, 19, 21)])
async def test_a_queue_that_never_answers_does_not_hold_us_up(
    caplog: pytest.LogCaptureFixture, *, stubborn: bool, at_least: float, at_most: float
) -> None:
    queue = HangingQueue(stubborn=stubborn)
    queue.send("a")
    job = Slow(FOREVER)
    task = entered(embedded(queue, job))
    await job.began.wait()
    assert at_least <= await cancelled(task) <= at_most
    assert ("daemon did not end" in caplog.messages) is stubborn
    queue.answers.set()
    await asyncio.sleep(1)


@pytest.mark.parametrize("leave", [KeyboardInterrupt, SystemExit])
async def test_a_program_that_is_leaving_does_not_wait_for_jobs(
    queue: EmbeddedQueue, leave: Callable[[], BaseException]
) -> None:
    queue.send("a")
    job = Slow(FOREVER)
    daemon = embedded(queue, job)
    await daemon.__aenter__()
    await job.began.wait()
    await daemon.__aexit__(SystemExit, leave(), None)
    assert queue.visible == 1
