"""The methods of a daemon are called in other threads and loops, before its loop runs, and by its jobs."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

import pytest

from sqsd_adapters.cli.embedding import Sqsd
from sqsd_adapters.cli.lifetime.own_loop import OwnLoop
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing import run_in_virtual_time
from sqsd_adapters.testing.harness import until
from sqsd_core import Closure, Message, Observer, Reason
from tests.support.embedding import Slow, embedded

if TYPE_CHECKING:
    from sqsd_adapters.cli.lifetime.lifetime import Drained


def paused(daemon: Sqsd) -> bool:
    return any(closure.reason is Reason.PAUSED for closure in daemon.snapshot().closures)


class ThreadsOfCalls(Observer):
    """Notes in which threads reasons begin and end."""

    def __init__(self) -> None:
        self.seen: list[int] = []

    def closed(self, closure: Closure) -> None:
        self.seen.append(threading.get_ident())

    def opened(self, closure: Closure) -> None:
        self.seen.append(threading.get_ident())


async def test_a_call_in_another_thread_is_carried_out_in_the_loop(queue: EmbeddedQueue) -> None:
    threads = ThreadsOfCalls()
    async with embedded(queue, Slow(0), observers=[threads]) as daemon:
        threads.seen.clear()
        await asyncio.to_thread(lambda: daemon.pause(seconds=60))
        assert await asyncio.to_thread(paused, daemon)
        await asyncio.to_thread(daemon.resume)
        assert not paused(daemon)
        assert threads.seen == [threading.get_ident()] * 2


async def test_a_job_in_a_thread_pauses_its_daemon(queue: EmbeddedQueue) -> None:
    def job(message: Message) -> None:
        daemon.pause()

    for body in ("a", "b"):
        queue.send(body)
    daemon = embedded(queue, job)
    async with daemon:
        await until(lambda: len(queue.bodies) == 1)
        await asyncio.sleep(3_600)
        assert queue.bodies == ["b"]


async def test_what_a_call_raises_is_raised_in_the_other_thread(queue: EmbeddedQueue) -> None:
    async with embedded(queue, Slow(0)) as daemon:
        pass
    with pytest.raises(RuntimeError, match="the daemon has ended"):
        await asyncio.to_thread(daemon.pause)
    assert (await asyncio.to_thread(daemon.snapshot)).draining


async def test_a_thread_does_not_wait_for_ever_for_a_loop_that_is_blocked() -> None:
    def call() -> None:
        with pytest.raises(TimeoutError, match=r"the event loop of the daemon was blocked for 0\.01 s"):
            loop.call(lambda: carried_out.append(1))
        given_up.set()

    given_up, carried_out = threading.Event(), list[int]()
    loop = OwnLoop(patience=0.01)
    loop.enter()
    thread = threading.Thread(target=call)
    thread.start()
    thread.join()
    await asyncio.sleep(1)
    assert given_up.is_set()
    assert not carried_out


def test_a_pause_begins_before_a_loop_runs_and_ends_after_its_seconds(queue: EmbeddedQueue) -> None:
    async def run() -> None:
        async with daemon:
            assert paused(daemon)
            await asyncio.sleep(50)
            assert paused(daemon)
            await asyncio.sleep(20)
            assert not paused(daemon)
            await until(lambda: queue.is_empty)

    queue.send("a")
    daemon = embedded(queue, Slow(0))
    daemon.pause(seconds=60)
    assert paused(daemon)
    run_in_virtual_time(run())


async def test_a_drain_in_another_loop_waits_for_the_jobs(queue: EmbeddedQueue) -> None:
    job = Slow(30)
    queue.send("a")
    async with embedded(queue, job) as daemon:
        await job.began.wait()
        asyncio.get_running_loop().set_debug(True)  # refuses what is not safe in another thread
        drain = asyncio.create_task(asyncio.to_thread(asyncio.run, daemon.drain()))
        asyncio.get_running_loop().call_later(0.01, job.end)
        assert (await drain).complete
    assert job.done == ["a"]
    assert (await asyncio.to_thread(asyncio.run, daemon.drain())).complete


async def test_a_drain_in_another_loop_may_be_given_up(queue: EmbeddedQueue) -> None:
    async def give_up() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(daemon.drain(), 0.01)

    job = Slow(3_600)
    queue.send("a")
    async with embedded(queue, job) as daemon:
        await job.began.wait()
        await asyncio.to_thread(asyncio.run, give_up())
        assert daemon.snapshot().draining
        job.end()
        assert (await daemon.drain()).complete


def test_a_drain_is_refused_while_the_loop_of_the_daemon_does_not_run(queue: EmbeddedQueue) -> None:
    daemon = embedded(queue, Slow(0))
    with asyncio.Runner() as runner:
        runner.run(daemon.__aenter__())
        with pytest.raises(RuntimeError, match="the event loop in which the daemon was entered does not run"):
            asyncio.run(daemon.drain())
        assert not daemon.snapshot().draining
        assert runner.run(daemon.drain()).complete


async def test_an_async_job_that_waits_for_the_drain_is_refused(queue: EmbeddedQueue) -> None:
    async def job(message: Message) -> None:
        refused.append(await raised_by(daemon.drain()))

    refused: list[str] = []
    queue.send("a")
    daemon = embedded(queue, job)
    async with daemon:
        await until(lambda: queue.is_empty)
        assert not daemon.snapshot().draining
    assert refused == ["drain() would wait for the job that calls it: call it in a task or thread of its own"]


async def test_a_job_in_a_thread_that_waits_for_the_drain_is_refused(queue: EmbeddedQueue) -> None:
    def job(message: Message) -> None:
        refused.append(asyncio.run(raised_by(daemon.drain())))

    refused: list[str] = []
    queue.send("a")
    daemon = embedded(queue, job)
    async with daemon:
        await until(lambda: queue.is_empty)
        assert not daemon.snapshot().draining
    assert refused == ["drain() would wait for the job that calls it: call it in a task or thread of its own"]


async def test_a_job_may_start_a_drain_and_end_another_daemon(queue: EmbeddedQueue) -> None:
    async def job(message: Message) -> None:
        drains.append(await other.drain())
        tasks.append(asyncio.create_task(daemon.drain()))

    drains: list[Drained] = []
    tasks: list[asyncio.Task[Drained]] = []
    queue.send("a")
    daemon = embedded(queue, job)
    async with embedded(EmbeddedQueue(), Slow(0)) as other, daemon:
        await until(lambda: len(tasks) == 1)
        assert (await tasks[0]).complete
    assert queue.is_empty
    assert drains[0].complete


async def raised_by(drain: Coroutine[Any, Any, object]) -> str:
    try:
        await drain
    except RuntimeError as error:
        return str(error)
    return ""
