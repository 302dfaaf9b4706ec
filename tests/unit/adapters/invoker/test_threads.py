"""The threads of jobs that are not async."""

import asyncio
import contextvars
import threading
import time
from collections.abc import Callable, Iterator
from typing import Never

import pytest

from sqsd_adapters.invoker.threads import JobThreads

PATIENCE = 10.0  # seconds that only a failing test waits


@pytest.fixture
def threads() -> Iterator[JobThreads]:
    threads = JobThreads()
    yield threads
    threads.close()


async def cancelled(threads: JobThreads, function: Callable[[], object], started: threading.Event) -> None:
    """Cancel a call once it has begun."""
    call = asyncio.ensure_future(threads.run(function))
    await asyncio.to_thread(started.wait, PATIENCE)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call


async def test_a_call_runs_beside_the_loop_and_returns_its_value(threads: JobThreads) -> None:
    assert await threads.run(threading.get_ident) != threading.get_ident()


async def test_calls_one_after_another_share_a_thread_and_its_locals(threads: JobThreads) -> None:
    idents = [await threads.run(threading.get_ident) for _ in range(20)]

    assert len(set(idents)) == 1


async def test_calls_side_by_side_have_a_thread_each(threads: JobThreads) -> None:
    meeting = threading.Barrier(5)

    def meet() -> int:
        meeting.wait(PATIENCE)
        return threading.get_ident()

    idents = await asyncio.gather(*(threads.run(meet) for _ in range(5)))

    assert len(set(idents)) == 5


async def test_a_call_sees_the_context_of_its_caller_and_cannot_change_it(threads: JobThreads) -> None:
    variable = contextvars.ContextVar("variable", default="nobody's")
    variable.set("the caller's")

    def read_and_write() -> str:
        seen = variable.get()
        variable.set("the thread's")
        return seen

    assert await threads.run(read_and_write) == "the caller's"
    assert variable.get() == "the caller's"


@pytest.mark.parametrize("error", [ValueError("v"), SystemExit(1), KeyboardInterrupt(), GeneratorExit()])
async def test_whatever_a_call_raises_arrives_at_its_caller_and_the_thread_lives_on(
    threads: JobThreads, error: BaseException
) -> None:
    def fail() -> Never:
        raise error

    thread = await threads.run(threading.get_ident)
    async with asyncio.timeout(PATIENCE):  # in no task of its own, which a SystemExit would pass by
        with pytest.raises(type(error)) as caught:
            await threads.run(fail)
    assert caught.value is error
    assert await threads.run(threading.get_ident) == thread


async def test_a_stop_iteration_arrives_as_the_runtime_error_that_coroutines_make_of_it(threads: JobThreads) -> None:
    with pytest.raises(RuntimeError, match="StopIteration"):
        await asyncio.wait_for(threads.run(lambda: next(iter(()))), PATIENCE)


async def test_an_abandoned_call_that_raises_late_is_over_too(threads: JobThreads) -> None:
    started, may_end = threading.Event(), threading.Event()

    def hang() -> Never:
        started.set()
        may_end.wait(PATIENCE)
        raise ValueError

    await cancelled(threads, hang, started)
    may_end.set()
    async with asyncio.timeout(PATIENCE):
        while threads.abandoned:  # noqa: ASYNC110 - a thread has no event to await
            await asyncio.sleep(0)


async def test_an_abandoned_call_keeps_its_thread_and_the_next_gets_another(threads: JobThreads) -> None:
    started, may_end = threading.Event(), threading.Event()
    stuck: list[int] = []

    def hang() -> None:
        stuck.append(threading.get_ident())
        started.set()
        may_end.wait(PATIENCE)

    await cancelled(threads, hang, started)
    assert threads.abandoned == 1
    assert await threads.run(threading.get_ident) not in stuck
    may_end.set()


async def test_a_thread_that_returns_late_is_used_again(threads: JobThreads) -> None:
    started, may_end = threading.Event(), threading.Event()

    def hang() -> None:
        started.set()
        may_end.wait(PATIENCE)

    await cancelled(threads, hang, started)
    may_end.set()
    async with asyncio.timeout(PATIENCE):
        while threads.abandoned:  # noqa: ASYNC110 - a thread has no event to await
            await asyncio.sleep(0)

    idents = await asyncio.gather(threads.run(threading.get_ident), threads.run(threading.get_ident))
    assert len(set(idents)) <= 2


async def test_threads_are_daemons_so_that_a_stuck_one_does_not_keep_the_process(threads: JobThreads) -> None:
    assert await threads.run(lambda: threading.current_thread().daemon) is True


async def test_closing_ends_the_idle_threads() -> None:
    threads = JobThreads()
    thread = await threads.run(threading.current_thread)
    assert isinstance(thread, threading.Thread)
    threads.close()
    thread.join(PATIENCE)

    assert not thread.is_alive()


async def test_a_thread_that_returns_after_the_close_ends() -> None:
    threads = JobThreads()
    started, may_end = threading.Event(), threading.Event()
    running: list[threading.Thread] = []

    def hang() -> None:
        running.append(threading.current_thread())
        started.set()
        may_end.wait(PATIENCE)

    await cancelled(threads, hang, started)
    threads.close()
    may_end.set()
    await asyncio.to_thread(running[0].join, PATIENCE)

    assert not running[0].is_alive()


def test_a_thread_whose_loop_is_closed_ends_in_silence() -> None:
    started, may_end = threading.Event(), threading.Event()
    running: list[threading.Thread] = []

    def hang() -> None:
        running.append(threading.current_thread())
        started.set()
        may_end.wait(PATIENCE)

    asyncio.run(cancelled(JobThreads(), hang, started))
    may_end.set()
    running[0].join(PATIENCE)

    assert not running[0].is_alive()


async def test_a_call_that_returns_in_the_turn_in_which_it_is_cancelled_is_not_abandoned(threads: JobThreads) -> None:
    loop = asyncio.get_running_loop()
    call = asyncio.ensure_future(threads.run(threading.Event().is_set))
    loop.call_soon(time.sleep, 0.2)  # the thread returns before the loop goes on
    loop.call_soon(lambda: loop.call_soon(call.cancel))
    with pytest.raises(asyncio.CancelledError):
        await call
    assert threads.abandoned == 0
