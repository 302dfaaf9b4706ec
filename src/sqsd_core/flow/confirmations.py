"""What the queue says of deletions and visibility changes: counted, logged, and where it must, a reason to stop."""

import logging
from collections.abc import Callable, Sequence
from typing import NamedTuple

from sqsd_core.flow.admission import Admission
from sqsd_core.flow.delivery import Delivery
from sqsd_core.flow.troubles import Troubles
from sqsd_core.policy.admission import Reason
from sqsd_core.policy.scoreboard import Scoreboard
from sqsd_core.ports.queue import VisibilityChange

#: the heartbeat's extensions are refused with the same words
VISIBILITY_REFUSED = "ChangeMessageVisibility refused"


class Hiding(NamedTuple):
    """A visibility change of one delivery."""

    delivery: Delivery
    change: VisibilityChange


class Deletions:
    """Closes the admission while deletions are refused: every message that is received would run again."""

    def __init__(
        self, *, admission: Admission, troubles: Troubles, scoreboard: Scoreboard, settled: Callable[[], None]
    ) -> None:
        self._admission = admission
        self._troubles = troubles
        self._scoreboard = scoreboard
        self._settled = settled
        #: deliveries of messages that were run before, of which the log says when they are deleted
        self.duplicates: set[Delivery] = set()
        #: once the last attempts are made, what is given up counts as left undone
        self.finishing = False
        self.left_undone = 0

    def done(self, items: Sequence[Delivery]) -> None:
        self._scoreboard.deleted += len(items)
        if self.duplicates:
            self._say_duplicates(items)
        self._settled()

    def given_up(self, item: Delivery, reason: str) -> None:
        # Accepted: the message comes back; while it is remembered as done it is deleted then, and not run.
        self._scoreboard.undeleted += 1
        self.left_undone += self.finishing
        self.duplicates.discard(item)
        self._troubles.note("delete given up", message_id=item.message.id, reason=reason)
        self._settled()

    def refused(self, reason: str) -> None:
        self._admission.close(Reason.DELETES_REFUSED, reason)
        self._troubles.note("DeleteMessage refused, receiving stops", level=logging.ERROR, reason=reason)

    def accepted(self) -> None:
        self._admission.open(Reason.DELETES_REFUSED)
        self._troubles.note("DeleteMessage accepted again")

    def piled_up(self) -> None:
        self._settled()

    def _say_duplicates(self, items: Sequence[Delivery]) -> None:
        for item in self.duplicates.intersection(items):
            self.duplicates.discard(item)
            self._troubles.note("duplicate deleted", level=logging.INFO, message_id=item.message.id)


class Hidings:
    """Closes nothing: what cannot be hidden or released comes back when its visibility timeout ends."""

    def __init__(self, *, troubles: Troubles, settled: Callable[[], None]) -> None:
        self._troubles = troubles
        self._settled = settled

    def done(self, items: Sequence[Hiding]) -> None:
        del items
        self._settled()

    def given_up(self, item: Hiding, reason: str) -> None:
        # Accepted: the message comes back when its visibility timeout ends.
        self._troubles.note("visibility change given up", message_id=item.delivery.message.id, reason=reason)
        self._settled()

    def refused(self, reason: str) -> None:
        self._troubles.note(VISIBILITY_REFUSED, level=logging.ERROR, reason=reason)

    def accepted(self) -> None:
        self._troubles.note("ChangeMessageVisibility accepted again")

    def piled_up(self) -> None:
        self._settled()
