"""Waits of many tasks for one event each, of which only so many are woken as the event has use for."""

import asyncio
from collections import deque
from contextlib import suppress

#: resolves to True when woken, to False after the time limit
Waiter = asyncio.Future[bool]


async def wait(waiters: deque[Waiter], patience: float | None = None) -> bool:
    """Wait to be woken; False when patience has run out first."""
    loop = asyncio.get_running_loop()
    waiter: Waiter = loop.create_future()
    waiters.append(waiter)
    # a plain timer, because asyncio.timeout costs 4 µs and slots wait often
    timer = None if patience is None else loop.call_later(patience, _run_out, waiters, waiter)
    try:
        return await waiter
    except asyncio.CancelledError:
        if waiter.done() and not waiter.cancelled():
            wake(waiters, 1)  # pass the unused wake-up on
        with suppress(ValueError):
            waiters.remove(waiter)
        raise
    finally:
        if timer is not None:
            timer.cancel()


def wake(waiters: deque[Waiter], count: int) -> int:
    """Wake those that have waited longest; returns how many of ``count`` were not there."""
    while waiters and count > 0:
        waiter = waiters.popleft()
        if not waiter.done():
            waiter.set_result(True)
            count -= 1
    return count


class Takers:
    """Tasks that wait for something to take. Each looks for it once it is woken, some time later in the loop's turn.

    Who was woken and has not looked yet is counted. Otherwise each of several receives that answer in one turn would
    wake a task per message of all of them.
    """

    def __init__(self) -> None:
        self._waiters: deque[Waiter] = deque()
        #: woken by ``wake_for``, and have not looked yet; at most as many as there are, so that no wake-up is missed
        self._woken = 0

    async def wait(self, patience: float | None = None) -> None:
        """Wait until there may be something to take, or until patience has run out."""
        try:
            await wait(self._waiters, patience)
        finally:
            self._woken = max(0, self._woken - 1)

    def wake_for(self, count: int) -> None:
        """Wake as many as ``count`` things need, beside those who will look anyway."""
        if (more := count - self._woken) > 0:
            self._woken += more - wake(self._waiters, more)

    def wake_all(self) -> None:
        wake(self._waiters, len(self._waiters))


def _run_out(waiters: deque[Waiter], waiter: Waiter) -> None:
    if not waiter.done():
        waiters.remove(waiter)
        waiter.set_result(False)
