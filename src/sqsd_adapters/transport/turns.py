"""Who may use one of a limited number of connections next: callers are served in the order in which they came."""

import asyncio
from collections import deque
from contextlib import suppress


class Turns:
    """As a semaphore, at a fraction of its time where no caller has to wait."""

    def __init__(self, *, limit: int) -> None:
        #: turns that may be taken; 0 as long as a caller waits
        self.free = limit
        self._waiting: deque[asyncio.Future[None]] = deque()

    def take(self) -> bool:
        """Take a turn; False where none is free, and the caller has to ``wait``."""
        if not self.free:
            return False
        self.free -= 1
        return True

    async def wait(self) -> None:
        """Wait for a turn; a caller that is cancelled passes on what it was given meanwhile."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                self.give_back()
            with suppress(ValueError):
                self._waiting.remove(turn)
            raise

    def give_back(self) -> None:
        """End a turn; the caller that has waited longest gets it."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self.free += 1
