"""Daemon threads for jobs that are not async: reused while they return, replaced where they do not."""

import asyncio
import itertools
from collections.abc import Callable
from contextvars import Context, copy_context
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Thread

from sqsd_adapters.real_time import in_real_time


class NoThread(Exception):
    """The system gives no further thread."""


@dataclass(frozen=True, slots=True)
class _Call:
    function: Callable[[], object]
    context: Context
    loop: asyncio.AbstractEventLoop
    answer: asyncio.Future[object]


@dataclass(frozen=True, slots=True)
class _Raised:
    """What a function raised; a future takes no StopIteration, and the loop must not meet a SystemExit."""

    error: BaseException


_Inbox = SimpleQueue[_Call | None]


class JobThread(Thread):
    """A thread in which jobs run."""


class JobThreads:
    """As many threads as there are calls side by side, the one that was used last first.

    What a job keeps in thread-locals (a database's connection) stays with its thread. A call that is cancelled is
    abandoned: it keeps its thread until it returns, and the next call gets another. The threads are daemons, unlike
    those of ``concurrent.futures``, so that a stuck one does not keep the interpreter from ending.
    """

    def __init__(self) -> None:
        self._idle: list[_Inbox] = []
        self._numbers = itertools.count(1)
        self._closed = False
        #: calls that were cancelled and still run
        self.abandoned = 0

    async def run(self, function: Callable[[], object]) -> object:
        """Run ``function`` in a thread and in a copy of this context; whatever it raises is raised here.

        Raises:
            NoThread: the system cannot start another thread
        """
        loop = asyncio.get_running_loop()
        call = _Call(function, copy_context(), loop, loop.create_future())
        inbox = self._idle.pop() if self._idle else self._start()
        inbox.put(call)
        try:
            with in_real_time():
                value = await call.answer
        except asyncio.CancelledError:
            if call.answer.cancelled():  # else it has returned in the same turn
                self.abandoned += 1
            raise
        if type(value) is _Raised:  # isinstance asks a value for its ``__class__``, and a job's own may raise
            raise value.error
        return value

    def close(self) -> None:
        """End the threads: idle ones now, the others when their job returns."""
        self._closed = True
        while self._idle:
            self._idle.pop().put(None)

    def _start(self) -> _Inbox:
        inbox: _Inbox = SimpleQueue()
        thread = JobThread(target=self._work, args=(inbox,), name=f"sqsd-job-{next(self._numbers)}", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            raise NoThread from error
        return inbox

    def _work(self, inbox: _Inbox) -> None:
        while (call := inbox.get()) is not None:
            value = _returned(call)
            try:
                call.loop.call_soon_threadsafe(self._returned, inbox, call.answer, value)
            except RuntimeError:  # the loop is closed: nobody waits any more
                return
            del call, value  # a thread that waits holds no message

    def _returned(self, inbox: _Inbox, answer: asyncio.Future[object], value: object) -> None:
        if self._closed:
            inbox.put(None)
        else:
            self._idle.append(inbox)
        if answer.done():
            self.abandoned -= 1
        else:
            answer.set_result(value)


def _returned(call: _Call) -> object:
    try:
        return call.context.run(call.function)
    except BaseException as error:  # noqa: BLE001 - the thread must live on, and the caller must know
        return _Raised(error)
