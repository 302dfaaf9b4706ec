"""The simulator's queue: a million messages as arrays, each handed out once until its visibility ends."""

from array import array
from collections import deque
from heapq import heappop, heappush
from typing import NamedTuple


class Delivery(NamedTuple):
    """One message handed out."""

    #: the message's index, which is its identity
    number: int
    receive_count: int


class QueueModel:
    """SQS's semantics for one standard queue, without bodies; ``now`` is an argument."""

    def __init__(self) -> None:
        self.received = 0
        self.deleted = 0
        #: deletions of what had been deleted before, and of what had never been handed out
        self.deleted_twice = 0
        self.deleted_unseen = 0
        self._visible: deque[int] = deque()
        self._receive_counts = array("I")
        self._deleted = bytearray()
        self._hidden_until = array("d")
        self._expiries: list[tuple[float, tuple[int, ...]]] = []

    def __len__(self) -> int:
        """How many messages were ever sent."""
        return len(self._deleted)

    @property
    def visible(self) -> int:
        return len(self._visible)

    @property
    def in_flight(self) -> int:
        return len(self) - self.deleted - self.visible

    def send(self, count: int) -> range:
        """Put ``count`` messages into the queue and return their indices."""
        indices = range(len(self), len(self) + count)
        self._visible.extend(indices)
        self._receive_counts.extend(array("I", bytes(4 * count)))
        self._hidden_until.extend(array("d", bytes(8 * count)))
        self._deleted.extend(bytes(count))
        return indices

    def receive(self, *, limit: int, visibility: float, now: float) -> list[Delivery]:
        deliveries: list[Delivery] = []
        while self._visible and len(deliveries) < limit:
            index = self._visible.popleft()
            if self._deleted[index]:
                continue
            self._receive_counts[index] += 1
            self._hidden_until[index] = now + visibility
            deliveries.append(Delivery(index, self._receive_counts[index]))
        if deliveries:
            self.received += len(deliveries)
            heappush(self._expiries, (now + visibility, tuple(delivery.number for delivery in deliveries)))
        return deliveries

    def delete(self, index: int) -> None:
        if self._deleted[index]:
            self.deleted_twice += 1
            return
        if not self._receive_counts[index]:
            self.deleted_unseen += 1
        self._deleted[index] = 1
        self.deleted += 1

    def hide(self, index: int, *, seconds: float, now: float) -> None:
        """Change the visibility of a message in flight; others are left alone."""
        if not self._deleted[index] and self._hidden_until[index]:
            self._hidden_until[index] = now + seconds
            heappush(self._expiries, (now + seconds, (index,)))

    def expire(self, now: float) -> bool:
        """Make visible again what was hidden until ``now``; say whether anything became so."""
        before = len(self._visible)
        while self._expiries and self._expiries[0][0] <= now:
            for index in heappop(self._expiries)[1]:
                # hidden anew since: a later entry of the heap is the one that counts
                if not self._deleted[index] and 0 < self._hidden_until[index] <= now:
                    self._hidden_until[index] = 0.0
                    self._visible.append(index)
        return len(self._visible) > before
