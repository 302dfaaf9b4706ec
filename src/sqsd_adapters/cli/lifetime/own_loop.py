"""Carries calls into the event loop of a daemon, from whatever thread or loop they come."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

PATIENCE = 30.0  # seconds that another thread waits for a turn of the loop

T = TypeVar("T")


class OwnLoop:
    """The loop in which a daemon lives; before ``enter`` there is none, and calls are made where they are."""

    def __init__(self, *, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._loop: asyncio.AbstractEventLoop | None = None

    def enter(self) -> None:
        """The running loop is it."""
        self._loop = asyncio.get_running_loop()

    def call(self, function: Callable[[], T]) -> T:
        """Call a function in the loop, and return its result; a loop that does not run has nothing to be kept from.

        Raises:
            TimeoutError: the loop was blocked for ``patience`` seconds.
        """
        loop = self._loop
        if loop is None or not loop.is_running() or loop is _running_loop():
            return function()
        answer: Future[T] = Future()
        loop.call_soon_threadsafe(_answer, answer, function)
        try:
            return answer.result(self._patience)
        except TimeoutError:
            answer.cancel()
            raise TimeoutError(f"the event loop of the daemon was blocked for {self._patience:g} s") from None

    async def wait(self, begin: Callable[[Callable[[object], None]], None]) -> None:
        """Call ``begin`` in the loop, and return when it has called what it was given.

        Raises:
            RuntimeError: the loop does not run.
        """
        loop, told = self._loop, Future[None]()
        if loop is None or not loop.is_running():
            raise RuntimeError("the event loop in which the daemon was entered does not run")
        schedule = loop.call_soon if loop is _running_loop() else loop.call_soon_threadsafe
        schedule(begin, lambda _: _answer(told, lambda: None))
        await asyncio.wrap_future(told)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _answer(answer: Future[T], function: Callable[[], T]) -> None:
    if not answer.set_running_or_notify_cancel():  # nobody waits any more
        return
    try:
        answer.set_result(function())
    except Exception as error:  # noqa: BLE001 - the caller raises it
        answer.set_exception(error)
