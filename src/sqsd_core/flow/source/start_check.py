"""Asks the queue about itself, before the first receive or later, and says what an operator should know of it."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress

from sqsd_core.errors import QueueNotFound, QueueRefused, QueueUnavailable
from sqsd_core.flow.admission import Admission
from sqsd_core.policy.admission import Reason
from sqsd_core.ports.queue import Queue, QueueDescription

PATIENCE = 10.0  # seconds for an answer
AGAIN = 60.0  # seconds until a queue that did not answer is asked again

logger = logging.getLogger(__name__)


class StartCheck:
    """``learn`` gets the answer: which receive of a message is the last, and how far a FIFO group may go ahead.

    A queue that does not answer is asked again, since messages are lost to the dead-letter queue without its limit. One
    that refuses is not: the right is missing, and the first receive decides whether anything else is. The log says once
    that it did not answer; from then on the receives say so.
    """

    def __init__(
        self, *, queue: Queue, shown: str, admission: Admission, learn: Callable[[QueueDescription], None]
    ) -> None:
        """``shown`` is what operators call the queue."""
        self._queue = queue
        self._shown = shown
        self._admission = admission
        self._learn = learn
        #: whether the queue has answered, be it by a refusal
        self.answered = False
        self._said = False

    async def ask(self) -> bool:
        """Ask once, and wait at most ``PATIENCE`` seconds; returns whether the queue answered, be it by a refusal.

        Raises:
            QueueNotFound: the queue does not exist.
        """
        try:
            async with asyncio.timeout(PATIENCE):
                description = await self._queue.describe()
        except QueueNotFound:
            self.answered = True
            raise
        except (QueueRefused, QueueUnavailable) as error:
            self.answered = isinstance(error, QueueRefused)
            self._say_failed(str(error))
        except TimeoutError:
            self._say_failed(f"no answer within {PATIENCE:g} seconds")
        else:
            self.answered = True
            self._admission.open(Reason.STARTING)
            self._learn(description)
            _say(self._shown, description)
        return self.answered

    async def run(self) -> None:
        """Ask again until the queue answers."""
        while not self.answered:
            await asyncio.sleep(AGAIN)
            with suppress(QueueNotFound):  # the receives say so
                await self.ask()

    def _say_failed(self, reason: str) -> None:
        level = logging.DEBUG if self._said else logging.WARNING
        logger.log(level, "GetQueueAttributes failed", extra={"queue": self._shown, "reason": reason})
        self._said = True


def _say(shown: str, description: QueueDescription) -> None:
    fields = {
        "queue": shown,
        "visible": description.visible,
        "in_flight": description.in_flight,
        "max_receive_count": description.max_receive_count,
    }
    logger.info("queue found", extra=fields)
    if description.max_receive_count is None:
        risk = "a message that always fails is tried until its retention period ends; set a redrive policy"
        logger.warning("queue has no redrive policy", extra={"queue": shown, "risk": risk})
