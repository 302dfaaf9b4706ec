"""One timer for many time limits of equal length, because a timer per message costs too much."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


class Deadlines:
    """Cancels a task whose invocation exceeds the limit.

    All limits are equally long, so tasks are in the order of their deadlines, and the timer checks the first ones.
    """

    def __init__(self, *, limit: float) -> None:
        #: seconds
        self.limit = limit
        self._running: dict[asyncio.Task[object], float] = {}
        self._expired: set[asyncio.Task[object]] = set()
        self._timer: asyncio.TimerHandle | None = None

    def start(self, task: "asyncio.Task[object]") -> None:
        """Start the time limit of the task: ``limit`` seconds from now."""
        loop = task.get_loop()
        self._running[task] = loop.time() + self.limit
        if self._timer is None:
            self._timer = loop.call_at(self._running[task], self._sweep, loop)

    def end(self, task: "asyncio.Task[object]") -> bool:
        """The invocation has ended. Returns whether the limit cancelled it, and undoes that cancellation."""
        self._running.pop(task, None)
        if task not in self._expired:
            return False
        self._expired.discard(task)
        task.uncancel()
        return True

    async def bound(self, awaitable: Awaitable[T]) -> T:
        """Await for at most ``limit`` seconds, at a quarter of the cost of asyncio.timeout.

        Raises:
            TimeoutError: the limit was exceeded.
        """
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("bound() must be awaited inside a task")
        self.start(task)
        try:
            return await awaitable
        except asyncio.CancelledError:
            if not self.end(task) or task.cancelling():
                raise
            raise TimeoutError(f"time limit of {self.limit:g} s") from None
        finally:
            self.end(task)

    def close(self) -> None:
        """Stop the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        now = loop.time()
        for task, deadline in list(self._running.items()):
            if deadline > now:
                self._timer = loop.call_at(deadline, self._sweep, loop)
                return
            del self._running[task]
            self._expired.add(task)
            task.cancel()
