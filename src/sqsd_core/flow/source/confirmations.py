"""What the queue says of deletions and visibility changes: counted, logged, and where it must, a reason to stop."""

import logging
from collections.abc import Callable, Sequence
from typing import NamedTuple

from sqsd_core.flow.admission import Admission
from sqsd_core.flow.delivery import Delivery
from sqsd_core.flow.troubles import Troubles
from sqsd_core.flow.watchers import Watchers
from sqsd_core.policy.admission import Reason
from sqsd_core.ports.queue import VisibilityChange

MAX_BACKLOG = 2_000  # entries that the queue has not confirmed; beyond it nothing is received
#: the heartbeat's extensions are refused with the same words
VISIBILITY_REFUSED = "ChangeMessageVisibility refused"


class Hiding(NamedTuple):
    """A visibility change of one delivery."""

    delivery: Delivery
    change: VisibilityChange


class Backlog:
    """Closes the admission while the queue has too much to confirm: what is not confirmed is kept in memory."""

    def __init__(self, *, size: Callable[[], int], admission: Admission, troubles: Troubles) -> None:
        self._size = size
        self._admission = admission
        self._troubles = troubles
        self._full = False

    def grew(self) -> None:
        if not self._full and self._size() > MAX_BACKLOG:
            self._full = True
            self._admission.close(Reason.TOO_MANY_UNCONFIRMED, f"more than {MAX_BACKLOG}")
            self._troubles.note("too many unconfirmed deletions, receiving stops", unconfirmed=self._size())

    def shrank(self) -> None:
        if self._full and self._size() <= MAX_BACKLOG:
            self._full = False
            self._admission.open(Reason.TOO_MANY_UNCONFIRMED)
            self._troubles.note("unconfirmed deletions below the limit again")


class Deletions:
    """Closes the admission while deletions are refused: every message that is received would run again."""

    def __init__(
        self, *, name: str, admission: Admission, troubles: Troubles, watchers: Watchers, backlog: Backlog
    ) -> None:
        self._name = name
        self._admission = admission
        self._troubles = troubles
        self._watchers = watchers
        self._backlog = backlog
        #: deliveries of messages that were run before, of which the log says when they are deleted
        self.duplicates: set[Delivery] = set()
        #: once the last attempts are made, what is given up counts as left undone
        self.finishing = False
        self.left_undone = 0

    def done(self, items: Sequence[Delivery]) -> None:
        self._watchers.acknowledged(self._name, len(items))
        self._watchers.deleted(self._name, [item.message for item in items])
        if self.duplicates:
            self._say_duplicates(items)
        self._backlog.shrank()

    def given_up(self, item: Delivery, reason: str) -> None:
        # Accepted: the message comes back; while it is remembered as done it is deleted then, and not run.
        self._watchers.undeleted(self._name, item.message)
        self.left_undone += self.finishing
        self.duplicates.discard(item)
        self._troubles.note("DeleteMessage given up", message_id=item.message.id, reason=reason)
        self._backlog.shrank()

    def refused(self, reason: str) -> None:
        self._admission.close(Reason.DELETES_REFUSED, reason)
        self._troubles.note("DeleteMessage refused, receiving stops", level=logging.ERROR, reason=reason)

    def accepted(self) -> None:
        self._admission.open(Reason.DELETES_REFUSED)
        self._troubles.note("DeleteMessage accepted again")

    def piled_up(self) -> None:
        self._backlog.grew()

    def _say_duplicates(self, items: Sequence[Delivery]) -> None:
        for item in self.duplicates.intersection(items):
            self.duplicates.discard(item)
            self._troubles.note("duplicate deleted", level=logging.INFO, message_id=item.message.id)


class Hidings:
    """Closes nothing: what cannot be hidden or released comes back when its visibility timeout ends."""

    def __init__(self, *, troubles: Troubles, backlog: Backlog) -> None:
        self._troubles = troubles
        self._backlog = backlog

    def done(self, items: Sequence[Hiding]) -> None:
        del items
        self._backlog.shrank()

    def given_up(self, item: Hiding, reason: str) -> None:
        # Accepted: the message comes back when its visibility timeout ends.
        self._troubles.note("ChangeMessageVisibility given up", message_id=item.delivery.message.id, reason=reason)
        self._backlog.shrank()

    def refused(self, reason: str) -> None:
        self._troubles.note(VISIBILITY_REFUSED, level=logging.ERROR, reason=reason)

    def accepted(self) -> None:
        self._troubles.note("ChangeMessageVisibility accepted again")

    def piled_up(self) -> None:
        self._backlog.grew()
