"""Asks the queue about itself, before the first receive or later, and says what an operator should know of it."""

import asyncio
import logging
from collections.abc import Callable

from sqsd_core.errors import QueueNotFound, QueueRefused, QueueUnavailable
from sqsd_core.flow.admission import Admission
from sqsd_core.policy.admission import Reason
from sqsd_core.ports.queue import Queue, QueueDescription

AGAIN = 60.0  # seconds until a queue that did not answer is asked again

logger = logging.getLogger(__name__)


class StartCheck:
    """``learn`` gets the answer: which receive of a message is the last, and how far a FIFO group may go ahead.

    A queue that does not answer is asked again, since messages are lost to the dead-letter queue without its limit. One
    that refuses is not: the right is missing, and the first receive decides whether anything else is.
    """

    def __init__(self, *, queue: Queue, admission: Admission, learn: Callable[[QueueDescription], None]) -> None:
        self._queue = queue
        self._admission = admission
        self._learn = learn
        self._asked = False
        self._answered = False

    async def ask(self) -> None:
        """Ask once.

        Raises:
            QueueNotFound: the queue does not exist.
        """
        self._asked = True
        try:
            description = await self._queue.describe()
        except QueueNotFound:
            raise
        except (QueueRefused, QueueUnavailable) as error:
            self._answered = isinstance(error, QueueRefused)
            logger.warning("GetQueueAttributes failed", extra={"queue": self._queue.name, "reason": str(error)})
            return
        self._answered = True
        self._admission.open(Reason.STARTING)
        self._learn(description)
        _say(self._queue.name, description)

    async def run(self) -> None:
        """Ask until the queue answers; a queue that joins a running daemon was not asked before."""
        while not self._answered:
            if self._asked:
                await asyncio.sleep(AGAIN)
            try:
                await self.ask()
            except QueueNotFound:  # the receives say so
                return


def _say(name: str, description: QueueDescription) -> None:
    fields = {
        "queue": name,
        "visible": description.visible,
        "in_flight": description.in_flight,
        "max_receive_count": description.max_receive_count,
    }
    logger.info("queue found", extra=fields)
    if description.max_receive_count is None:
        risk = "a message that always fails is tried until its retention period ends; set a redrive policy"
        logger.warning("queue has no redrive policy", extra={"queue": name, "risk": risk})
