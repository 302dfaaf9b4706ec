"""Says which messages could not be read, and of which parts; bounded, since an emulator may write all of them so."""

import logging
from collections.abc import Mapping, Sequence

from sqsd_adapters.printable import printable
from sqsd_adapters.queue.sqs.received import Odd
from sqsd_core.flow.troubles import about
from sqsd_core.ports.clock import Clock

PERIOD = 60.0  # seconds
LINES = 10  # a period: one for each message of an answer
MAX_ID = 100  # characters; SQS's have 36
MAX_NAMES = 300  # characters; an attribute's name has 256 at most

logger = logging.getLogger(__name__)


class Oddities:
    """At most ``LINES`` a minute; the next line after that tells how many there were."""

    def __init__(self, *, clock: Clock, label: str = "") -> None:
        """``label`` is the name of the queue's table, for the log."""
        self._clock = clock
        self._about = about(queue=label)
        self._period_ends = 0.0
        self._lines = 0
        self._not_logged = 0

    def say(self, odd: Sequence[Odd], *, surplus: int) -> None:
        for each in odd:
            fields = {
                "message_id": printable(each.id, MAX_ID) or "unreadable",
                "dropped": printable(", ".join(each.dropped), MAX_NAMES),
            }
            if each.runs:
                self._warn("message partly unreadable, parts dropped", fields)
            elif each.dropped:
                self._warn("message cannot be read, left in the queue", fields)
            else:
                self._warn("message left in the queue, an earlier one of its group cannot be read", fields)
        if surplus:
            self._warn("SQS returned too many messages, extra ones left in the queue", {"messages": surplus})

    def _warn(self, event: str, fields: Mapping[str, object]) -> None:
        now = self._clock.monotonic()
        if now >= self._period_ends:
            self._period_ends = now + PERIOD
            self._lines = 0
        if self._lines == LINES:
            self._not_logged += 1
            return
        self._lines += 1
        more = {"not_logged": self._not_logged} if self._not_logged else {}
        self._not_logged = 0
        logger.warning(event, extra={**self._about, **fields, **more})
