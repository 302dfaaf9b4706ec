"""Which queue comes next where several share a worker: by weight, or in strict order.

* Weighted: each turn costs a queue 1 / weight. The next turn goes to the queue that has paid least, so over time each
  queue gets turns in proportion to its weight, and none waits for ever.
* A queue that is slow to bring its messages is owed at most ``CREDIT`` turns. A queue that was empty is owed none.
* Strict: the next turn goes to the first queue, in the order of the settings, that has something to run.
* Where only one queue has something to run, it gets every turn: no turn is left unused.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import inf
from typing import Generic, Protocol, TypeVar

K = TypeVar("K")

CREDIT = 64.0  # turns


class Sharing(Protocol[K]):
    """Whose turn it is; a turn is one message. Those that wait are given in the order of the settings."""

    def next(self, waiting: Iterable[K]) -> K | None:
        """The queue whose turn it is, of those that have something to run; None where none has."""
        ...

    def ordered(self, waiting: Sequence[K]) -> Sequence[K]:
        """Those that have something to run in the order of their next turns, if each had one."""
        ...

    def took(self, queue: K, turns: int = 1) -> None:
        """Note that the queue had so many turns; a negative number gives back turns that it did not use."""
        ...

    def rested(self, queue: K) -> None:
        """Note that the queue has nothing to run."""
        ...


class Weighted(Generic[K]):
    """Stride scheduling: turns in proportion to the weights, which are positive."""

    def __init__(self, weights: Mapping[K, float]) -> None:
        self._cost = {queue: 1.0 / weight for queue, weight in weights.items()}
        self._credit = {queue: CREDIT / weight for queue, weight in weights.items()}
        self._paid = dict.fromkeys(weights, 0.0)
        self._rested = set(weights)
        #: what the queue of the latest turn had paid before it; never falls
        self._level = 0.0

    def __repr__(self) -> str:
        paid = ", ".join(f"{queue}: {paid - self._level:+.2f}" for queue, paid in self._paid.items())
        return f"<Weighted {paid}>"

    def next(self, waiting: Iterable[K]) -> K | None:
        # As min with self._standing, but without a call per queue: each message asks.
        level, paid, rested, credit = self._level, self._paid, self._rested, self._credit
        first, least = None, inf
        for queue in waiting:
            standing = paid[queue]
            if standing < level:
                least_paid = level if queue in rested else level - credit[queue]
                if standing < least_paid:  # noqa: PLR1730 - as above
                    standing = least_paid
            if standing < least:
                first, least = queue, standing
        return first

    def ordered(self, waiting: Sequence[K]) -> Sequence[K]:
        if len(waiting) < 2:  # noqa: PLR2004 - nothing to sort, which is frequent
            return waiting
        return sorted(waiting, key=self._standing)

    def took(self, queue: K, turns: int = 1) -> None:
        before = self._paid[queue]
        if before < self._level:
            before = self._standing(queue)
        self._rested.discard(queue)
        if turns > 0 and before > self._level:  # turns that are given back say nothing of the others
            self._level = before
        self._paid[queue] = before + turns * self._cost[queue]

    def rested(self, queue: K) -> None:
        self._rested.add(queue)

    def _standing(self, queue: K) -> float:
        """What the queue counts as having paid."""
        owed = 0.0 if queue in self._rested else self._credit[queue]
        return max(self._paid[queue], self._level - owed)


class Strict(Generic[K]):
    """The first queue that has something to run."""

    def __init__(self, order: Sequence[K]) -> None:
        self._position = {queue: number for number, queue in enumerate(order)}

    def __repr__(self) -> str:
        return f"<Strict {list(self._position)}>"

    def next(self, waiting: Iterable[K]) -> K | None:
        return min(waiting, key=self._position.__getitem__, default=None)

    def ordered(self, waiting: Sequence[K]) -> Sequence[K]:
        return sorted(waiting, key=self._position.__getitem__)

    def took(self, queue: K, turns: int = 1) -> None:
        """Turns cost nothing where the order decides."""

    def rested(self, queue: K) -> None:
        """Nor does rest earn anything."""
