"""The protection of the ECS task as a process of several sees it: the parent holds it."""

import asyncio
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

#: seconds for which an answer holds: the parent gives the protection back no earlier than ten seconds after a question
SURE = 5.0


class ParentsProtection:
    """Asks the parent, at most every few seconds; without a parent nothing waits."""

    def __init__(self) -> None:
        #: sends a question: its number, and the seconds that its answer may take
        self.ask: Callable[[int, float], None] | None = None
        self._numbers = count()
        self._waiting: dict[int, asyncio.Future[None]] = {}
        self._sure_until = 0.0

    async def ensure(self, *, within: float) -> None:
        """Return once the task is protected, once that is known to fail, or after ``within`` seconds."""
        loop = asyncio.get_running_loop()
        asked_at = loop.time()
        if self.ask is None or asked_at < self._sure_until:
            return
        number = next(self._numbers)
        answer = self._waiting[number] = loop.create_future()
        self.ask(number, within)
        try:
            async with asyncio.timeout(within):
                await answer
            self._sure_until = asked_at + SURE
        except TimeoutError:
            pass  # messages run meanwhile
        finally:
            del self._waiting[number]

    def answered(self, number: int) -> None:
        """The parent has answered; the one who asked may have gone on meanwhile."""
        if (waiting := self._waiting.get(number)) is not None and not waiting.done():
            waiting.set_result(None)

    def close(self) -> None:
        """The parent is gone."""
        self.ask = None
        for number in self._waiting:
            self.answered(number)
