"""One timer for the answers that all exchanges wait for: asyncio.timeout takes as long as a sixth of an SQS call."""

import asyncio

from sqsd_adapters.transport.connection import Result
from sqsd_adapters.transport.exchange import BadAnswer


class AnswerTimeout:
    """Gives up on an answer that is ``seconds`` late, also on one that drips.

    Every limit is equally long, so the answers stand in the order of their deadlines and the timer looks at the first.
    """

    def __init__(self, *, seconds: float, loop: asyncio.AbstractEventLoop) -> None:
        self._seconds = seconds
        self._loop = loop
        self._due: dict[asyncio.Future[Result], float] = {}
        self._timer: asyncio.TimerHandle | None = None

    async def wait(self, answer: asyncio.Future[Result]) -> Result:
        """Wait for the answer, or for the error that stands for it ``seconds`` from now."""
        self._due[answer] = deadline = self._loop.time() + self._seconds
        if self._timer is None:
            self._timer = self._loop.call_at(deadline, self._sweep)
        try:
            return await answer
        finally:
            self._due.pop(answer, None)

    def close(self) -> None:
        """Stop the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _sweep(self) -> None:
        self._timer = None
        now = self._loop.time()
        for answer, deadline in list(self._due.items()):
            if deadline > now:
                self._timer = self._loop.call_at(deadline, self._sweep)
                return
            del self._due[answer]
            if not answer.done():
                answer.set_result(BadAnswer(f"no answer within {self._seconds:g} s"))
