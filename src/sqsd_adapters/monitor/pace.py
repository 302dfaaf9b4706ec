"""A rate limit with a queue: a caller over the rate waits for a turn, up to a limit."""

import asyncio

MAX_WAIT = 2.0  # seconds in line; who would wait longer is refused, and not any sooner


class Pace:
    """A token bucket: ``burst`` turns at once, then ``rate`` per second."""

    def __init__(self, *, rate: float, burst: int, max_wait: float = MAX_WAIT) -> None:
        self._interval = 1 / rate
        self._slack = (burst - 1) / rate
        self._max_wait = max_wait
        #: when the bucket is full again
        self._full_at = float("-inf")

    def take(self, now: float) -> float | None:
        """Take a turn; the seconds until it comes, or None where the line is too long to join."""
        full_at = max(self._full_at, now)
        wait = max(0.0, full_at - self._slack - now)
        if wait > self._max_wait:
            return None
        self._full_at = full_at + self._interval
        return wait

    async def turn(self) -> bool:
        """Wait for a turn; False, after the longest wait, where none can be had."""
        wait = self.take(asyncio.get_running_loop().time())
        await asyncio.sleep(self._max_wait if wait is None else wait)
        return wait is not None
