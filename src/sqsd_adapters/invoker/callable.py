"""Runs a Python callable in this process: async ones in the loop, others in threads."""

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from functools import partial
from threading import current_thread
from typing import Any, Self, cast

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.invoker import verdict
from sqsd_adapters.invoker.excerpt import with_error
from sqsd_adapters.invoker.loop_watch import LoopWatch
from sqsd_adapters.invoker.threads import JobThread, JobThreads, NoThread
from sqsd_core.flow.troubles import about
from sqsd_core.message import Message
from sqsd_core.outcome import Failed, Outcome, Unavailable
from sqsd_core.ports.invoker import Bounded

MAX_ABANDONED = 8  # jobs; each keeps a thread, or a task, and whatever the job holds

logger = logging.getLogger(__name__)


class CallableInvoker:
    """Runs a function, an Invoker, or a class that is one when called without arguments.

    The job is called with the message, or with a list of messages where it takes ``batches``, and ``verdict`` says what
    its return value or exception means. A job that is not async runs in a thread. One that does not end within
    ``grace`` seconds of being cancelled (a thread never does) is abandoned: it runs on, out of sight, and its slot is
    free. While ``max_abandoned`` of them run on, no further job is started. An Invoker that is an async context manager
    is opened and closed with this one, unless ``opens`` is false. Anything else as a target raises ConfigurationError.
    """

    def __init__(
        self,
        *,
        target: object,
        grace: float = 1.0,
        max_abandoned: int = MAX_ABANDONED,
        opens: bool = True,
        answers: int = 0,
        batches: bool = False,
        label: str = "",
    ) -> None:
        """``label`` is the name of the worker's table, for the log."""
        self._job = _made(target)
        call = _call(self._job, name=_name(target), batches=batches)
        self._call = cast("Callable[[Any], Any]", call)
        self._is_async = inspect.iscoroutinefunction(call) or inspect.iscoroutinefunction(type(call).__call__)
        self._name = _name(target)
        self._about = {**about(worker=label), "job": self._name}
        self._grace = grace
        self._max_abandoned = max_abandoned
        self._opens = opens
        #: bytes of an exception's text that its outcome keeps
        self._answers = answers
        self._threads = JobThreads()
        self._stuck: set[asyncio.Task[object]] = set()
        self._opened = AsyncExitStack()

    def __repr__(self) -> str:
        where = "in the loop" if self._is_async else "in threads"
        return f"<CallableInvoker: {self._name} {where}, {self.abandoned} abandoned>"

    @property
    def abandoned(self) -> int:
        """Jobs that were given up and still run."""
        return len(self._stuck) + self._threads.abandoned

    @property
    def stuck(self) -> str:
        """Why no further job is started, by the job's own word or ours; empty while one can be."""
        count = self.abandoned
        if count < self._max_abandoned:
            stuck = _attribute(self._job, "stuck") if isinstance(self._job, Bounded) else None
            return "" if stuck is None else str(stuck)
        return f"{count} jobs outlived their time limit and still run"

    async def __aenter__(self) -> Self:
        if self._is_async:
            await self._opened.enter_async_context(LoopWatch())
        if self._opens and isinstance(self._job, AbstractAsyncContextManager):
            await self._opened.enter_async_context(self._job)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._threads.close()
        await self._opened.aclose()

    async def invoke(self, message: Message) -> Outcome:
        """Run the job and return its outcome; a cancellation ends it, or abandons it after the grace period."""
        return verdict.of_value(await self._value(message, message))

    async def invoke_batch(self, messages: Sequence[Message]) -> Sequence[Outcome]:
        """Likewise for several messages; the job gets a list of its own."""
        return verdict.of_batch(await self._value(list(messages), messages[0]), messages)

    async def _value(self, what: object, message: Message) -> object:
        """Call the job with ``what``; the log names ``message``."""
        if self.abandoned >= self._max_abandoned:
            return Unavailable(self.stuck, unsent=True)
        if self._is_async:
            return await self._in_loop(self._awaited(self._call, what, message), message)
        return await self._in_thread(what, message)

    async def _in_thread(self, what: object, message: Message) -> object:
        try:
            value = await self._threads.run(partial(self._called, what, message))
        except NoThread:
            return Unavailable("the system cannot start another thread", unsent=True)
        except asyncio.CancelledError:
            self._log_abandoned(message)
            raise
        if hasattr(type(value), "__await__"):  # an async function under a decorator that does not say so
            awaitable = cast("Awaitable[object]", value)
            return await self._in_loop(self._awaited(lambda _: awaitable, what, message), message)
        return value

    async def _in_loop(self, job: Coroutine[Any, Any, object], message: Message) -> object:
        # A task of its own, outside any TaskGroup: a group would wait for a job that swallows its cancellation.
        task = asyncio.create_task(job, name=f"job-{message.id}")
        try:
            await asyncio.wait((task,))
        except asyncio.CancelledError:
            await self._cancel(task, message)
            raise
        return Failed("raised CancelledError") if task.cancelled() else task.result()

    async def _cancel(self, task: asyncio.Task[object], message: Message) -> None:
        task.cancel()
        try:
            await asyncio.wait((task,), timeout=self._grace)
        finally:
            if not task.done():
                self._abandon(task)
                self._log_abandoned(message)

    def _abandon(self, task: asyncio.Task[object]) -> None:
        self._stuck.add(task)
        task.add_done_callback(self._stuck.discard)
        # Else asyncio.run would wait for it at the end, for ever.
        asyncio.tasks._unregister_task(task)  # noqa: SLF001 - documented in asyncio's "Extending"
        task._log_destroy_pending = False  # type: ignore[attr-defined]  # noqa: SLF001 - as asyncio.gather does

    def _called(self, what: object, message: Message) -> object:
        try:
            return self._call(what)
        except BaseException as error:  # noqa: BLE001 - a job's sys.exit is not the daemon's end
            return self._excused(error, message)

    async def _awaited(self, call: Callable[[Any], Awaitable[object]], what: object, message: Message) -> object:
        try:
            return await call(what)
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 - as above
            return self._excused(error, message)

    def _excused(self, error: BaseException, message: Message) -> Outcome:
        outcome = verdict.of_error(error)
        # Python itself raises GeneratorExit in an abandoned job, when its loop is gone.
        if isinstance(outcome, Failed) and not isinstance(error, GeneratorExit):
            self._log_raised(error, message)
        return with_error(outcome, error, limit=self._answers)

    def _log_raised(self, error: BaseException, message: Message) -> None:
        fields = {**self._about, "message_id": message.id}
        try:
            logger.warning("job raised", exc_info=error, extra=fields)
        except BaseException:  # noqa: BLE001 - an exception class of the job's own may raise where it is shown
            logger.warning("job raised", extra=fields)

    def _log_abandoned(self, message: Message) -> None:
        fields = {**self._about, "message_id": message.id, "job": self._name, "still_running": self.abandoned}
        logger.warning("job still runs after it was cancelled", extra=fields)


def in_job() -> bool:
    """Whether the caller is the task or the thread of a job, and not a task or thread that the job has started."""
    if isinstance(current_thread(), JobThread):
        return True
    task = asyncio.current_task()
    code = None if task is None else getattr(task.get_coro(), "cr_code", None)
    return code is CallableInvoker._awaited.__code__  # noqa: SLF001 - of this file


def _made(target: object) -> object:
    if not isinstance(target, type):
        return target
    try:
        return target()
    except Exception as error:
        raise ConfigurationError(f"{_name(target)}() raised {type(error).__name__}: {error}") from error


def _call(job: object, *, name: str, batches: bool) -> object:
    """What is called with a message, or with a list of them."""
    wanted, other = ("invoke_batch", "invoke") if batches else ("invoke", "invoke_batch")
    call = _attribute(job, wanted)
    if call is None and _attribute(job, other) is not None:
        needed = "INVOKER_BATCH_SIZE above 1 needs" if batches else "INVOKER_BATCH_SIZE=1 needs"
        raise ConfigurationError(f"{name} has no method {wanted}, which {needed}")
    call = job if call is None else call
    if not callable(call):
        raise ConfigurationError(f"{name} is neither callable nor an Invoker")
    if reason := _refusal(call):
        given = "a list of messages" if batches else "a message"
        raise ConfigurationError(f"{name} cannot be called with {given}: {reason}")
    return call


def _attribute(job: object, name: str) -> object:
    """The attribute; None where it is missing, or is one of a callable that has every attribute, as a mock has."""
    if callable(job) and inspect.getattr_static(job, name, None) is None:
        return None
    return getattr(job, name, None)


def _refusal(call: Callable[..., object]) -> str:
    """Why it cannot be called with one argument; empty if it can."""
    try:
        signature = inspect.signature(call)
    except (TypeError, ValueError):  # some that are not written in Python do not tell
        return ""
    try:
        signature.bind(None)
    except TypeError as error:
        return str(error)
    return ""


def _name(target: object) -> str:
    named = target if hasattr(target, "__qualname__") else type(target)
    return f"{named.__module__}.{getattr(named, '__qualname__', '')}"
