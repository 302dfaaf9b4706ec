"""A time limit that does not blame a peer for a blocked event loop: what has arrived meanwhile is read first."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

LATE = 0.01  # seconds: a timer that fires later than this says that the loop was blocked
GRACE = 0.1  # seconds that a call gets after that, and at least in all


@asynccontextmanager
async def time_limit(deadline: float) -> AsyncIterator[None]:
    """Raise TimeoutError at ``deadline``, an instant of the loop; where the loop was blocked then, a moment later."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(None) as limit:
        due = max(deadline, loop.time() + GRACE)

        def judge() -> None:
            blocked = loop.time() > due + LATE
            limit.reschedule(loop.time() + GRACE if blocked else due)

        timer = loop.call_at(due, judge)
        try:
            yield
        finally:
            timer.cancel()
