"""The request to drain, and the waits that it interrupts."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Drain:
    """The first request: stop receiving and finish. The second: release everything and exit at once."""

    def __init__(self) -> None:
        self._requested = asyncio.Event()
        self._hurried = asyncio.Event()
        self._waiting: set[asyncio.Task[object]] = set()
        self._interrupted: set[asyncio.Task[object]] = set()

    @property
    def requested(self) -> bool:
        return self._requested.is_set()

    @property
    def hurried(self) -> bool:
        """Whether a drain was requested a second time."""
        return self._hurried.is_set()

    def request(self) -> None:
        if self.requested:
            self._hurried.set()
        self._requested.set()
        for task in self._waiting:
            self._interrupted.add(task)
            task.cancel()
        self._waiting.clear()

    async def wait(self) -> None:
        """Return when a drain is requested."""
        await self._requested.wait()

    async def wait_hurried(self) -> None:
        """Return when a drain is requested a second time."""
        await self._hurried.wait()

    @contextmanager
    def interrupts(self) -> Iterator[None]:
        """Let a drain end the wait in this block early, without an error."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("interrupts() must be used inside a task")
        self._waiting.add(task)
        try:
            yield
        except asyncio.CancelledError:
            if task not in self._interrupted or task.uncancel() > 0:
                raise
        finally:
            self._waiting.discard(task)
            self._interrupted.discard(task)
