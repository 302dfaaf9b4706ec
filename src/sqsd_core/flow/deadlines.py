"""One timer for the time limits of all slots: a timer a message would cost more than the rest of its bookkeeping."""

import asyncio


class Deadlines:
    """Cancels a task whose invocation outlasts the limit.

    Every limit is equally long, so the tasks stand in the order of their deadlines and the timer looks at the first.
    """

    def __init__(self, *, limit: float) -> None:
        #: seconds
        self.limit = limit
        self._running: dict[asyncio.Task[object], float] = {}
        self._expired: set[asyncio.Task[object]] = set()
        self._timer: asyncio.TimerHandle | None = None

    def start(self, task: "asyncio.Task[object]") -> None:
        """From now on the task has ``limit`` seconds."""
        loop = task.get_loop()
        self._running[task] = loop.time() + self.limit
        if self._timer is None:
            self._timer = loop.call_at(self._running[task], self._sweep, loop)

    def end(self, task: "asyncio.Task[object]") -> bool:
        """The invocation has ended; returns whether the limit cut it, and takes that cancellation back."""
        self._running.pop(task, None)
        if task not in self._expired:
            return False
        self._expired.discard(task)
        task.uncancel()
        return True

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
