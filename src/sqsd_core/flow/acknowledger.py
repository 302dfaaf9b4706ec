"""Sends deletions and visibility changes back to the queue, in batches, several at once."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import NamedTuple

from sqsd_core.flow.delivery import Delivery
from sqsd_core.flow.lane import Lane
from sqsd_core.policy.scoreboard import Scoreboard
from sqsd_core.ports.clock import Clock
from sqsd_core.ports.queue import FailedEntry, Queue, VisibilityChange

RECEIPT_GRACE = 300.0  # seconds: a receipt often deletes beyond its visibility timeout, if nobody received since
FINISH_PAUSE = 0.05  # seconds between looks at what is still under way

logger = logging.getLogger(__name__)


class _Hiding(NamedTuple):
    delivery: Delivery
    change: VisibilityChange


class Acknowledger:
    """Two lanes: deletions, and visibility changes of what comes back."""

    def __init__(self, *, queue: Queue, clock: Clock, random: Callable[[], float], scoreboard: Scoreboard) -> None:
        self._queue = queue
        self._scoreboard = scoreboard
        self._clock = clock
        self._deletes: Lane[Delivery] = Lane(
            send=self._send_deletes,
            receipt=lambda delivery: delivery.receipt,
            done=self._deleted,
            given_up=self._delete_given_up,
            clock=clock,
            random=random,
        )
        self._hides: Lane[_Hiding] = Lane(
            send=self._send_hides,
            receipt=lambda hiding: hiding.change.receipt,
            done=lambda _: None,
            given_up=self._hide_given_up,
            clock=clock,
            random=random,
        )

    def __len__(self) -> int:
        """Entries that the queue has not confirmed, rounded up to whole batches."""
        return len(self._deletes) + len(self._hides)

    def delete(self, delivery: Delivery) -> None:
        self._deletes.add(delivery, good_until=delivery.invisible_until + RECEIPT_GRACE)

    def hide(self, delivery: Delivery, seconds: float) -> None:
        """Make the message visible again in ``seconds`` from now."""
        change = VisibilityChange(receipt=delivery.receipt, timeout=seconds)
        self._hides.add(_Hiding(delivery, change), good_until=delivery.invisible_until)

    async def run(self) -> None:
        """Carry out what is added, until cancelled; what is left then waits for ``finish``."""
        async with asyncio.TaskGroup() as group:
            self._deletes.open(group)
            self._hides.open(group)
            try:
                await asyncio.Event().wait()
            finally:  # before the group is left, which takes no more tasks from then on
                self._deletes.close()
                self._hides.close()

    async def finish(self, *, within: float) -> int:
        """Try until nothing is left or ``within`` seconds are over; returns how many entries were left."""
        try:
            async with asyncio.timeout(within):
                while len(self):
                    await self._hides.flush()
                    await self._deletes.flush()
                    if len(self):
                        await asyncio.sleep(FINISH_PAUSE)
        except TimeoutError:
            logger.warning("acknowledgements left undone", extra={"entries": len(self)})
        return len(self)

    async def _send_deletes(self, deliveries: Sequence[Delivery]) -> Sequence[FailedEntry]:
        return await self._queue.delete([delivery.receipt for delivery in deliveries])

    async def _send_hides(self, hidings: Sequence[_Hiding]) -> Sequence[FailedEntry]:
        return await self._queue.change_visibility([hiding.change for hiding in hidings])

    def _deleted(self, count: int) -> None:
        self._scoreboard.deleted += count

    def _delete_given_up(self, delivery: Delivery, reason: str) -> None:
        # Accepted: the message comes back; while it is remembered as done it is deleted then, and not run.
        self._scoreboard.undeleted += 1
        logger.warning("delete given up", extra={"message_id": delivery.message.id, "reason": reason})

    def _hide_given_up(self, hiding: _Hiding, reason: str) -> None:
        # Accepted: the message comes back when its visibility timeout ends.
        fields = {"message_id": hiding.delivery.message.id, "reason": reason}
        logger.warning("visibility change given up", extra=fields)
