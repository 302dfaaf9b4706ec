"""Jobs that are Python callables."""

import asyncio
import functools
import gc
import logging
import sys
import threading
from collections.abc import Awaitable, Callable
from typing import Any, Never, Self, cast

import pytest

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.invoker.callable import CallableInvoker
from sqsd_core.errors import RetainMessage, RetryMessage
from sqsd_core.message import Message, MessageId, ReceiptHandle
from sqsd_core.outcome import Failed, Outcome, Retained, RetryLater, Succeeded, Unavailable

MESSAGE = Message(id=MessageId("message"), receipt=ReceiptHandle("receipt"), body="secret body")
PATIENCE = 10.0  # seconds that only a failing test waits

Job = Callable[[Message], Any]


def both(job: Job) -> list[Job]:
    """Make the same job once as a plain function and once as an async one."""

    async def in_the_loop(message: Message) -> object:
        return job(message)

    return [job, in_the_loop]


def raising(error: BaseException) -> Job:
    def job(message: Message) -> Never:
        raise error

    return job


async def invoke(target: object) -> Outcome:
    async with CallableInvoker(target=target) as invoker:
        return await invoker.invoke(MESSAGE)


async def start(invoker: CallableInvoker, started: asyncio.Event) -> asyncio.Task[Outcome]:
    call = asyncio.ensure_future(invoker.invoke(MESSAGE))
    await started.wait()
    return call


# What may be a job


async def test_a_function_is_called_with_the_message_in_a_thread() -> None:
    seen: list[object] = []

    def job(message: Message) -> None:
        seen.extend((message, threading.get_ident()))

    assert await invoke(job) == Succeeded()
    assert seen[0] is MESSAGE
    assert seen[1] != threading.get_ident()


async def test_an_async_function_is_awaited_in_the_loop() -> None:
    loops: list[object] = []

    async def job(message: Message) -> None:
        loops.append(asyncio.get_running_loop())

    assert await invoke(job) == Succeeded()
    assert loops == [asyncio.get_running_loop()]


class AsyncInvoker:
    async def invoke(self, message: Message) -> Outcome:
        return RetryLater(1.0, message.id)


class SyncInvoker:
    def invoke(self, message: Message) -> Outcome:
        return RetryLater(1.0, message.id)


class AsyncCallable:
    async def __call__(self, message: Message) -> Outcome:
        return RetryLater(1.0, message.id)


async def partly(prefix: str, message: Message) -> Outcome:
    return RetryLater(1.0, prefix + message.id)


@pytest.mark.parametrize(
    "target",
    [
        AsyncInvoker(),
        AsyncInvoker,
        SyncInvoker(),
        SyncInvoker,
        AsyncCallable(),
        AsyncCallable,
        AsyncInvoker().invoke,
        functools.partial(partly, ""),
        lambda message: RetryLater(1.0, message.id),
    ],
)
async def test_objects_classes_methods_and_partials_are_jobs_too(target: object) -> None:
    assert await invoke(target) == RetryLater(1.0, "message")


async def test_an_async_function_under_a_plain_decorator_is_awaited() -> None:
    loops: list[object] = []

    async def job(message: Message) -> None:
        loops.append(asyncio.get_running_loop())

    @functools.wraps(job)
    def decorated(message: Message) -> Awaitable[None]:
        return job(message)

    assert await invoke(decorated) == Succeeded()
    assert loops == [asyncio.get_running_loop()]


def test_a_class_that_wants_arguments_is_refused() -> None:
    class Job:
        def __init__(self, dsn: str) -> None: ...

    with pytest.raises(ConfigurationError, match=r"\(\) raised "):
        CallableInvoker(target=Job)


@pytest.mark.parametrize("target", [3, object(), object])
def test_what_cannot_be_called_is_refused(target: object) -> None:
    with pytest.raises(ConfigurationError, match="neither callable nor an Invoker"):
        CallableInvoker(target=target)


@pytest.mark.parametrize("target", [lambda: None, lambda message, other: None, lambda *, message: None])
def test_a_function_that_does_not_take_a_message_alone_is_refused(target: object) -> None:
    with pytest.raises(ConfigurationError, match="cannot be called with a message: "):
        CallableInvoker(target=target)
    with pytest.raises(ConfigurationError, match="cannot be called with a list of messages: "):
        CallableInvoker(target=target, batches=True)


@pytest.mark.parametrize("target", [lambda *messages: None, lambda message, other=1: None, print, dict.fromkeys])
def test_a_function_that_takes_a_message_and_more_if_it_wants_is_a_job(target: object) -> None:
    CallableInvoker(target=target)


async def test_an_invoker_that_must_be_opened_is_opened_and_closed() -> None:
    events: list[str] = []

    class Job(AsyncInvoker):
        async def __aenter__(self) -> Self:
            events.append("opened")
            return self

        async def __aexit__(self, *_: object) -> None:
            events.append("closed")

    async with CallableInvoker(target=Job) as invoker:
        await invoker.invoke(MESSAGE)
        assert events == ["opened"]

    assert events == ["opened", "closed"]


def test_its_repr_names_the_job_and_where_it_runs() -> None:
    assert "test_callable.AsyncInvoker in the loop, 0 abandoned" in repr(CallableInvoker(target=AsyncInvoker))


# How a job ends


@pytest.mark.parametrize("job", both(lambda _: None))
async def test_none_is_success(job: Job) -> None:
    assert await invoke(job) == Succeeded()


@pytest.mark.parametrize("job", both(lambda _: 200))
async def test_what_is_not_understood_does_not_delete_the_message(job: Job) -> None:
    assert isinstance(await invoke(job), Failed)


@pytest.mark.parametrize("job", both(raising(RetainMessage())))
async def test_retain_message_keeps_it(job: Job) -> None:
    assert await invoke(job) == Retained()


@pytest.mark.parametrize("job", both(raising(RetryMessage(after=7.0, reason="busy"))))
async def test_retry_message_asks_for_a_time(job: Job) -> None:
    assert await invoke(job) == RetryLater(7.0, "busy")


@pytest.mark.parametrize("job", both(lambda _: RetryMessage(after=cast("Any", "5"))))
async def test_a_retry_message_that_cannot_be_made_fails_the_job_at_once(job: Job) -> None:
    assert await asyncio.wait_for(invoke(job), PATIENCE) == Failed("raised TypeError")


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise SystemExit

    __repr__ = __str__


@pytest.mark.parametrize("job", both(raising(Unspeakable())))
async def test_an_exception_that_raises_at_a_look_fails_the_job(job: Job) -> None:
    assert await asyncio.wait_for(invoke(job), PATIENCE) == Failed("raised Unspeakable")


class Absent:
    @property
    def __class__(self) -> Any:
        raise ValueError

    @__class__.setter
    def __class__(self, value: Any) -> None: ...


@pytest.mark.parametrize("job", both(lambda _: Absent()))
async def test_a_value_that_raises_at_a_look_fails_the_job(job: Job) -> None:
    outcome = await asyncio.wait_for(invoke(job), PATIENCE)

    assert outcome == Failed("returned Absent; a job returns None, a bool or an Outcome")


@pytest.mark.parametrize("error", [ValueError("a"), SystemExit(1), KeyboardInterrupt(), GeneratorExit()])
@pytest.mark.parametrize("kind", [0, 1])
async def test_no_exception_of_a_job_gets_out(error: BaseException, kind: int) -> None:
    job = both(raising(error))[kind]

    assert await invoke(job) == Failed(f"raised {type(error).__name__}")


async def test_sys_exit_in_a_job_ends_the_job_alone() -> None:
    async def job(message: Message) -> None:
        sys.exit("bye")

    async with CallableInvoker(target=job) as invoker:
        first, second = await asyncio.gather(invoker.invoke(MESSAGE), invoker.invoke(MESSAGE))

    assert first == second == Failed("raised SystemExit")


async def test_a_stop_iteration_in_a_thread_is_a_failure_as_any_other() -> None:
    assert await invoke(raising(StopIteration())) == Failed("raised StopIteration")


@pytest.mark.parametrize("job", both(raising(ValueError("went wrong"))))
async def test_a_failure_is_logged_with_its_traceback_and_without_the_body(
    job: Job, caplog: pytest.LogCaptureFixture
) -> None:
    await invoke(job)

    (record,) = caplog.records
    assert (record.message, record.levelno) == ("job raised", logging.WARNING)
    assert record.message_id == "message"  # type: ignore[attr-defined]  # one of its fields
    assert record.exc_info is not None
    assert "secret body" not in caplog.text
    assert "receipt" not in caplog.text


async def test_a_job_that_raises_cancelled_error_by_itself_has_failed() -> None:
    async def job(message: Message) -> None:
        raise asyncio.CancelledError

    assert await invoke(job) == Failed("raised CancelledError")


async def test_a_job_that_cancels_its_own_task_has_failed() -> None:
    async def job(message: Message) -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.sleep(0)

    assert await invoke(job) == Failed("raised CancelledError")


async def test_a_system_without_threads_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(thread: threading.Thread) -> Never:
        raise RuntimeError("can't start new thread")

    invoker = CallableInvoker(target=lambda _: None)
    monkeypatch.setattr(threading.Thread, "start", refuse)

    assert isinstance(await invoker.invoke(MESSAGE), Unavailable)


# Cancellation


async def test_a_cancelled_job_may_clean_up_before_its_call_ends() -> None:
    started, cleaned = asyncio.Event(), asyncio.Event()

    async def job(message: Message) -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            cleaned.set()

    async with CallableInvoker(target=job) as invoker:
        call = await start(invoker, started)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

        assert cleaned.is_set()
        assert invoker.abandoned == 0


async def test_a_time_limit_around_a_call_is_a_time_out() -> None:
    async def job(message: Message) -> None:
        await asyncio.Event().wait()

    async with CallableInvoker(target=job) as invoker:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await invoker.invoke(MESSAGE)


async def test_a_job_that_swallows_its_cancellation_is_abandoned(caplog: pytest.LogCaptureFixture) -> None:
    started, may_end = asyncio.Event(), asyncio.Event()

    async def job(message: Message) -> None:
        while not may_end.is_set():
            started.set()
            try:
                await may_end.wait()
            except asyncio.CancelledError:
                continue

    async with CallableInvoker(target=job, grace=0.0) as invoker:
        call = await start(invoker, started)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(call, PATIENCE)

        assert invoker.abandoned == 1
        assert [record.message for record in caplog.records] == ["job still runs after it was cancelled"]
        may_end.set()
        async with asyncio.timeout(PATIENCE):
            while invoker.abandoned:  # noqa: ASYNC110 - the task is out of sight
                await asyncio.sleep(0)


async def test_a_second_cancellation_does_not_wait_for_the_grace() -> None:
    started, cancelled, may_end = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def job(message: Message) -> None:
        started.set()
        while not may_end.is_set():
            try:
                await may_end.wait()
            except asyncio.CancelledError:
                cancelled.set()

    async with CallableInvoker(target=job, grace=3_600.0) as invoker:
        call = await start(invoker, started)
        call.cancel()
        await cancelled.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(call, PATIENCE)

        assert invoker.abandoned == 1
        may_end.set()


async def test_a_thread_that_is_cancelled_is_abandoned_and_the_slot_free_at_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    loop = asyncio.get_running_loop()
    started, may_end = asyncio.Event(), threading.Event()

    def job(message: Message) -> None:
        loop.call_soon_threadsafe(started.set)
        may_end.wait(PATIENCE)

    async with CallableInvoker(target=job, grace=3_600.0) as invoker:
        call = await start(invoker, started)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

        assert invoker.abandoned == 1
        assert [record.message for record in caplog.records] == ["job still runs after it was cancelled"]
        may_end.set()
        assert await invoker.invoke(MESSAGE) == Succeeded()


class Hanging:
    """A job that ignores its cancellation, in a thread or in the loop, until it may end."""

    def __init__(self) -> None:
        self.started = 0
        self._may_end = threading.Event()

    def in_a_thread(self, message: Message) -> None:
        self.started += 1
        self._may_end.wait(PATIENCE)

    async def in_the_loop(self, message: Message) -> None:
        self.started += 1
        while not self._may_end.is_set():
            try:
                await asyncio.sleep(0.001)
            except asyncio.CancelledError:
                continue

    def end(self) -> None:
        self._may_end.set()


@pytest.mark.parametrize("where", ["in_a_thread", "in_the_loop"])
async def test_at_the_bound_of_abandoned_jobs_no_further_one_is_started(where: str) -> None:
    hanging = Hanging()
    async with CallableInvoker(target=getattr(hanging, where), grace=0.0, max_abandoned=2) as invoker:
        for expected in (1, 2):
            assert invoker.stuck == ""
            call = asyncio.ensure_future(invoker.invoke(MESSAGE))
            await until(lambda expected=expected: hanging.started == expected)  # type: ignore[misc]
            call.cancel()
            await asyncio.wait((call,), timeout=PATIENCE)

        reason = "2 jobs outlived their time limit and still run"
        assert invoker.stuck == reason
        assert await asyncio.wait_for(invoker.invoke(MESSAGE), PATIENCE) == Unavailable(reason, unsent=True)
        assert hanging.started == 2
        hanging.end()


async def test_when_abandoned_jobs_return_further_ones_are_started() -> None:
    hanging = Hanging()
    async with CallableInvoker(target=hanging.in_a_thread, max_abandoned=1) as invoker:
        call = asyncio.ensure_future(invoker.invoke(MESSAGE))
        await until(lambda: hanging.started == 1)
        call.cancel()
        await asyncio.wait((call,), timeout=PATIENCE)
        assert invoker.stuck
        hanging.end()
        await until(lambda: not invoker.stuck)

        assert await invoker.invoke(MESSAGE) == Succeeded()


async def test_an_invoker_that_is_bounded_itself_keeps_its_say() -> None:
    class Full(AsyncInvoker):
        stuck = "the licence server is full"

    assert CallableInvoker(target=Full).stuck == "the licence server is full"


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - a thread has no event to await
            await asyncio.sleep(0.001)


def test_an_abandoned_job_does_not_keep_the_loop_from_ending_and_ends_in_silence(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def job(message: Message) -> None:
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                continue

    async def daemon() -> None:
        async with CallableInvoker(target=job, grace=0.0) as invoker:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.0):
                    await invoker.invoke(MESSAGE)
            assert invoker.abandoned == 1

    asyncio.run(daemon())
    gc.collect()
    assert "job raised" not in caplog.messages


@pytest.mark.parametrize("job", both(raising(ValueError("no database"))))
async def test_a_failure_keeps_the_text_of_its_exception_where_it_is_asked_for(job: Job) -> None:
    async with CallableInvoker(target=job, answers=5) as invoker:
        assert await invoker.invoke(MESSAGE) == Failed("raised ValueError", answer="no da")
    assert await invoke(job) == Failed("raised ValueError")
