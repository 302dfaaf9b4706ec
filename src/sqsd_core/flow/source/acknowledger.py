"""Sends deletions and visibility changes back to the queue, in batches, several at once."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

from sqsd_core.flow.admission import Admission
from sqsd_core.flow.delivery import Delivery
from sqsd_core.flow.source.batches import Batches
from sqsd_core.flow.source.confirmations import Backlog, Deletions, Hiding, Hidings
from sqsd_core.flow.source.successes import Successes
from sqsd_core.flow.troubles import Troubles
from sqsd_core.flow.watchers import Watchers
from sqsd_core.ports.clock import Clock
from sqsd_core.ports.queue import FailedEntry, Queue, VisibilityChange

RECEIPT_GRACE = 300.0  # seconds: a receipt handle often works after its visibility timeout, until the next receive
FINISH_PAUSE = 0.05  # seconds between looks at what is still under way


class Acknowledger:
    """Deletions, and visibility changes of what comes back.

    While the queue refuses deletions, nothing is received: every message would run again. Refused visibility changes
    close nothing: the messages come back when their visibility timeout ends.
    """

    def __init__(
        self,
        *,
        queue: Queue,
        admission: Admission,
        troubles: Troubles,
        clock: Clock,
        random: Callable[[], float],
        watchers: Watchers,
        successes: Successes,
        name: str = "",
    ) -> None:
        self._queue = queue
        self._troubles = troubles
        self._successes = successes
        backlog = Backlog(size=lambda: len(self), admission=admission, troubles=troubles)
        self._deletions = Deletions(
            name=name, admission=admission, troubles=troubles, watchers=watchers, backlog=backlog
        )
        self._deletes: Batches[Delivery] = Batches(
            send=self._send_deletes,
            receipt=lambda delivery: delivery.receipt,
            observer=self._deletions,
            clock=clock,
            random=random,
            keep=True,
        )
        self._hides: Batches[Hiding] = Batches(
            send=self._send_hides,
            receipt=lambda hiding: hiding.change.receipt,
            observer=Hidings(troubles=troubles, backlog=backlog),
            clock=clock,
            random=random,
            keep=False,
        )

    def __len__(self) -> int:
        """Entries that the queue has not confirmed."""
        return len(self._deletes) + len(self._hides)

    def succeeded(self, delivery: Delivery) -> None:
        """Delete a delivery whose job has succeeded; the observers are told when that goes out."""
        self._successes.add(delivery)
        self.delete(delivery)

    def delete(self, delivery: Delivery) -> None:
        self._deletes.add(delivery, delivery.invisible_until + RECEIPT_GRACE)

    def delete_duplicate(self, delivery: Delivery) -> None:
        """Delete a message that was run before; the log says it when the queue has confirmed."""
        self._deletions.duplicates.add(delivery)
        self.delete(delivery)

    def hide(self, delivery: Delivery, seconds: float) -> None:
        """Make the message visible again in ``seconds`` from now."""
        change = VisibilityChange(receipt=delivery.receipt, timeout=seconds)
        self._hides.add(Hiding(delivery, change), delivery.invisible_until)

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
                # A batch whose task was made in this turn begins; one that is cancelled before would be lost.
                await asyncio.sleep(0)

    async def finish(self, *, within: float) -> int:
        """Try for ``within`` seconds at most; returns how many deletions the queue has not confirmed.

        What the queue refuses is tried once more and not waited for. Deletions that are given up meanwhile count as
        not confirmed, those of earlier do not.
        """
        self._deletions.finishing = True
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._finish()
        deletions, hides = len(self._deletes) + self._deletions.left_undone, len(self._hides)
        if deletions or hides:
            self._troubles.note(
                "deletions or visibility changes not confirmed before the stop",
                deletions=deletions,
                visibility_changes=hides,
            )
        return deletions

    async def _finish(self) -> None:
        self._deletes.hurry()
        self._hides.hurry()
        while len(self):
            await self._hides.flush()
            await self._deletes.flush()
            if not (self._deletes.hopeful or self._hides.hopeful):
                return
            await asyncio.sleep(FINISH_PAUSE)

    async def _send_deletes(self, deliveries: Sequence[Delivery]) -> Sequence[FailedEntry]:
        self._successes.tell()
        return await self._queue.delete([delivery.receipt for delivery in deliveries])

    async def _send_hides(self, hidings: Sequence[Hiding]) -> Sequence[FailedEntry]:
        return await self._queue.change_visibility([hiding.change for hiding in hidings])
