"""Which entries are sent to the queue now, and when failed entries are tried again.

* A full batch goes at once; a batch that is not full goes when its oldest entry has lingered long enough.
* An entry that failed is due again after a back-off, as long as its receipt is good; after that it is given up.
* An entry that the queue refuses is kept beyond that: trying it again is how we notice that the queue takes it.
* A flush takes everything that is due or lingering, whatever the size.
"""

from collections import deque
from heapq import heapify, heappop, heappush
from itertools import count
from typing import Generic, NamedTuple, TypeVar

from sqsd_core.policy.backoff import backoff
from sqsd_core.tuples import new

T = TypeVar("T")

RETRY_BASE = 0.2  # seconds after the first failure of an entry
RETRY_MAX = 10.0


class Entry(NamedTuple, Generic[T]):
    """One item on its way back to the queue; instants are monotonic seconds."""

    item: T
    since: float
    #: no attempt is of use after this
    good_until: float
    failures: int = 0


class Batching(Generic[T]):
    """The entries that wait; ``now`` is monotonic seconds."""

    def __init__(self, *, size: int, linger: float) -> None:
        self._size = size
        self._linger = linger
        self._fresh: deque[Entry[T]] = deque()
        self._retries: list[tuple[float, int, Entry[T]]] = []
        self._order = count()

    def __len__(self) -> int:
        return len(self._fresh) + len(self._retries)

    def add(self, item: T, now: float, good_until: float) -> bool:
        """Add an item; True if it completes a batch."""
        fresh = self._fresh
        fresh.append(new(Entry, (item, now, good_until, 0)))
        return len(fresh) >= self._size

    def take(self, *, now: float, flush: bool = False) -> list[Entry[T]]:
        """Return the next batch that should go now; an empty list when none should."""
        self._admit_due(now)
        if not self._fresh or not (flush or self._ripe(now)):
            return []
        return [self._fresh.popleft() for _ in range(min(self._size, len(self._fresh)))]

    def failed(self, entry: Entry[T], *, now: float, random: float, keep: bool = False) -> bool:
        """Queue a failed entry for another attempt; False if its receipt handle expires before that.

        ``keep`` puts it back whatever its receipt is worth.
        """
        failures = entry.failures + 1
        due = now + backoff(failures, base=RETRY_BASE, maximum=RETRY_MAX, random=random)
        if due >= entry.good_until and not keep:
            return False
        heappush(self._retries, (due, next(self._order), entry._replace(failures=failures)))
        return True

    def hurry(self, *, now: float) -> None:
        """Let every entry that waits for another attempt be due now."""
        self._retries = [(min(due, now), number, entry) for due, number, entry in self._retries]
        heapify(self._retries)

    def next_due(self) -> float | None:
        """The instant at which ``take`` will have something, if nothing is added; None when nothing waits."""
        if not self._fresh:
            return self._retries[0][0] if self._retries else None
        lingered = self._fresh[0].since + self._linger
        return min(lingered, self._retries[0][0]) if self._retries else lingered

    def _ripe(self, now: float) -> bool:
        return len(self._fresh) >= self._size or self._fresh[0].since + self._linger <= now

    def _admit_due(self, now: float) -> None:
        while self._retries and self._retries[0][0] <= now:
            _, _, entry = heappop(self._retries)
            # it has waited already, and is sent at once
            self._fresh.appendleft(entry._replace(since=now - self._linger))
