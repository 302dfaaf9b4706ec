"""A pause of one queue: nothing is received or started, and what waits to start is given back or kept."""

import logging
from collections.abc import Sequence

from sqsd_core.flow.admission import Admission
from sqsd_core.flow.delivery import Delivery, Home, release
from sqsd_core.flow.drain import Drain
from sqsd_core.flow.worker.breaker import WorkerBreaker
from sqsd_core.flow.worker.feed import Feed
from sqsd_core.flow.worker.handoff import Handoff
from sqsd_core.flow.worker.trials import has_spare
from sqsd_core.policy.admission import Reason
from sqsd_core.policy.breaker import State
from sqsd_core.ports.observer import Unrun
from sqsd_core.utc import iso_utc

logger = logging.getLogger(__name__)


class Pause:
    """Between ``begin`` and ``end`` only what runs already goes on.

    Other consumers get the messages for which this was the first receive. Another receive of any other message may be
    the one that moves it to the dead-letter queue, so this daemon keeps it, hidden and locked, and runs it afterwards.
    Of a FIFO group only the first message is kept, and only while none of the group runs.
    """

    def __init__(
        self,
        *,
        admission: Admission,
        drain: Drain,
        handoff: Handoff,
        breaker: WorkerBreaker,
        feed: Feed,
        home: Home,
        queue: str,
    ) -> None:
        """``queue`` is what operators call it."""
        self._admission = admission
        self._drain = drain
        self._handoff = handoff
        self._breaker = breaker
        self._feed = feed
        self._home = home
        self._queue = queue
        self._kept: list[Delivery] = []

    def __len__(self) -> int:
        """Messages that are kept."""
        return len(self._kept)

    @property
    def holds(self) -> bool:
        return self._admission.closed_for(Reason.PAUSED)

    def begin(self, *, until: float | None = None) -> None:
        """Start nothing any more; ``until`` is the Unix time at which the caller will end it, for those who ask."""
        why = "" if until is None else f"until {iso_utc(until)}"
        new = self._admission.close(Reason.PAUSED, why, until=until)
        logger.warning("receiving paused", extra={"queue": self._queue, "until": until and iso_utc(until)})
        if new and not self._drain.requested:
            waiting = self._handoff.abandon(self._feed)
            held = self._breaker.stop(self._home, keep=self._keep_one)
            self._breaker.lost(waiting)
            release(self.keep([*held, *waiting]), Unrun.STOPPED)

    def keep(self, deliveries: Sequence[Delivery]) -> Sequence[Delivery]:
        """Keep those that have no receive to spare; returns what is to be released."""
        if self._drain.requested or not self.holds:
            return deliveries
        groups = {kept.message.group_id for kept in self._kept} - {None}
        rest = []
        for delivery in deliveries:
            group = delivery.message.group_id
            first = group is None or not (group in groups or self._feed.ordering.is_busy(group))
            if group is not None:
                groups.add(group)
            if first and not has_spare(delivery):
                self._kept.append(delivery)
            else:
                rest.append(delivery)
        return rest

    def _keep_one(self, delivery: Delivery) -> bool:
        """Keep a message that ran when the pause began, and did not reach its worker."""
        if self._drain.requested or not self.holds:
            return False
        self._kept.append(delivery)
        return True

    def end(self) -> None:
        """Receive again, and run first what was kept."""
        if not self._admission.open(Reason.PAUSED):
            return
        logger.warning("receiving resumed", extra={"queue": self._queue})
        if self._drain.requested:
            return
        self._breaker.forget(self._home)
        kept = self.take_back()
        if self._breaker.current.state is State.CLOSED:
            self._handoff.again(kept)
        else:
            self._breaker.hold(kept)

    def take_back(self) -> Sequence[Delivery]:
        """Take out what is kept."""
        kept, self._kept = self._kept, []
        return kept
