"""One thread for all calls, one after the other; the loop waits for them without being blocked."""

import asyncio
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import NamedTuple, TypeVar, cast

from sqsd_adapters.real_time import in_real_time

T = TypeVar("T")


class _Call(NamedTuple):
    function: Callable[[], object]
    loop: asyncio.AbstractEventLoop
    answer: asyncio.Future[object]


class CallThread:
    """A daemon thread, unlike those of ``concurrent.futures``: a stuck disk does not keep the process from ending."""

    def __init__(self) -> None:
        self._inbox = SimpleQueue[_Call | None]()
        self._thread: Thread | None = None

    async def run(self, function: Callable[[], T]) -> T:
        """Run ``function`` and return its result, or raise what it raises.

        If this is cancelled before the function began, it never runs; a function that runs is left to itself.
        """
        if self._thread is None:
            self._thread = Thread(target=self._work, name="sqsd-locks", daemon=True)
            self._thread.start()
        loop = asyncio.get_running_loop()
        call = _Call(function, loop, loop.create_future())
        self._inbox.put(call)
        with in_real_time():
            return cast("T", await call.answer)

    def close(self) -> None:
        """End the thread when it has done what it was given."""
        self._inbox.put(None)

    def _work(self) -> None:
        while (call := self._inbox.get()) is not None:
            if not call.answer.done():
                _answer(call)


def _answer(call: _Call) -> None:
    try:
        result, error = call.function(), None
    except Exception as raised:  # noqa: BLE001 - whatever it is, the caller must know
        result, error = None, raised
    try:
        call.loop.call_soon_threadsafe(_settle, call.answer, result, error)
    except RuntimeError:  # the loop is closed: nobody waits any more
        return


def _settle(answer: asyncio.Future[object], result: object, error: Exception | None) -> None:
    if answer.done():
        return
    if error is None:
        answer.set_result(result)
    else:
        answer.set_exception(error)
