"""Tasks that wait for one event each, of which only so many are woken as the event has use for."""

import asyncio
from collections import deque
from contextlib import suppress

#: resolves to True when woken, to False after the time limit
_Waiter = asyncio.Future[bool]


class Woken:
    """Counts tasks that were woken and have not run yet. Several ``Waiters`` may share one."""

    count = 0


class Waiters:
    """Tasks that wait for an event. A task that is woken runs some time later in the loop's turn.

    Until then it is counted as woken. Otherwise each of several events in one turn would wake tasks for all of them.
    """

    def __init__(self, woken: Woken | None = None) -> None:
        self._waiting: deque[_Waiter] = deque()
        self._woken = woken or Woken()

    def __len__(self) -> int:
        """Those who wait and were not woken."""
        return len(self._waiting)

    async def wait(self, patience: float | None = None) -> bool:
        """Wait to be woken; False when patience has run out first."""
        loop = asyncio.get_running_loop()
        waiter: _Waiter = loop.create_future()
        self._waiting.append(waiter)
        # a plain timer, because asyncio.timeout costs 4 µs and slots wait often
        timer = None if patience is None else loop.call_later(patience, self._run_out, waiter)
        try:
            woken = await waiter
        except asyncio.CancelledError:
            self._leave(waiter)
            raise
        finally:
            if timer is not None:
                timer.cancel()
        if woken:
            self._woken.count -= 1
        return woken

    def wake(self, count: int) -> None:
        """Wake those that have waited longest, at most ``count``."""
        while self._waiting and count > 0:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(True)
                self._woken.count += 1
                count -= 1

    def wake_for(self, count: int) -> None:
        """Wake as many as ``count`` things need, beside those who are woken already."""
        if count > self._woken.count:
            self.wake(count - self._woken.count)

    def wake_all(self) -> None:
        self.wake(len(self._waiting))

    def _leave(self, waiter: _Waiter) -> None:
        """Forget one that was cancelled, and pass on its wake-up."""
        if waiter.done() and not waiter.cancelled() and waiter.result():
            self._woken.count -= 1
            self.wake(1)
        with suppress(ValueError):
            self._waiting.remove(waiter)

    def _run_out(self, waiter: _Waiter) -> None:
        if not waiter.done():
            self._waiting.remove(waiter)
            waiter.set_result(False)
