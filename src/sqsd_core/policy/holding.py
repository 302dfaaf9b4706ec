"""Which messages an open breaker holds back, and which message is the next trial.

A message that could not be run is *held*: it stays hidden, its lock is kept, and it is tried again without another
receive. Held are messages for which another receive would be the third or later, and those that the worker dropped as
a trial.

* A held message that the worker has dropped may be the cause itself (poison), so it is not trusted: while fewer than
  ``MOST`` are held, a fresh message is tried first, and the 4th, 8th, 16th … trial takes a fresh one in any case.
* A held message that never reached the worker cannot be the cause. It is tried before a fresh one and is never put off,
  since it would lose a receive, perhaps its last one, without a try.
* Held messages take turns. After a failed trial, those that the worker dropped are put off as after any failure: the
  longest held while there are more than ``MOST`` of them, and each once ``LONGEST`` is over. So poison reaches the
  dead-letter queue, and other daemons get a chance.
"""

from collections import deque
from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")

MOST = 3  # messages that the worker dropped and that failed trials leave held
FRESH_FROM = 4  # the first trial that takes a fresh message in any case
LONGEST = 300.0  # seconds that a message which the worker has dropped is held


class Holding(Generic[T]):
    """What is held; instants are monotonic seconds."""

    def __init__(self) -> None:
        self._order: deque[T] = deque()
        #: since when; also of the message that is being tried
        self._since: dict[T, float] = {}
        #: those that the worker has dropped
        self._dropped: set[T] = set()

    def __len__(self) -> int:
        return len(self._order)

    def __iter__(self) -> Iterator[T]:
        return iter(tuple(self._order))

    def hold(self, item: T, *, now: float, dropped: bool) -> None:
        """Keep the message, behind the others; ``dropped``: the worker may have seen it."""
        self._order.append(item)
        self._since.setdefault(item, now)
        if dropped:
            self._dropped.add(item)

    def next(self, *, trial: int) -> T | None:
        """Take the message of the ``trial``-th trial since the breaker opened, from 1; None: a fresh one."""
        if trial >= FRESH_FROM and trial.bit_count() == 1:  # a power of two: an outage of days costs few receives
            return None
        for item in self._order:
            if item not in self._dropped:
                return self._take(item)
        return self.any() if len(self._order) >= MOST else None

    def any(self) -> T | None:
        """Take the message that has waited longest for its turn."""
        return self._take(self._order[0]) if self._order else None

    def overdue(self, *, now: float) -> list[T]:
        """Take out what is put off after a failed trial."""
        by_age = sorted(filter(self._dropped.__contains__, self._order), key=self._since.__getitem__)
        surplus = len(by_age) - MOST
        gone = [
            item for position, item in enumerate(by_age) if position < surplus or now - self._since[item] >= LONGEST
        ]
        for item in gone:
            self.forget(item)
        return gone

    def forget(self, item: T) -> None:
        """The message is settled, or gone."""
        self._since.pop(item, None)
        self._dropped.discard(item)
        if item in self._order:
            self._order.remove(item)

    def clear(self) -> list[T]:
        """Take out everything."""
        gone = list(self._order)
        for item in gone:
            self.forget(item)
        return gone

    def _take(self, item: T) -> T:
        self._order.remove(item)
        return item
