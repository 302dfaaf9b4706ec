"""What falls due when: a heap of instants whose entries can be moved and cancelled."""

from heapq import heapify, heappop, heappush
from itertools import count
from typing import Generic, TypeVar

K = TypeVar("K", bound=str)

_SLACK = 64  # stale entries that are not worth a rebuild


class Timetable(Generic[K]):
    """Maps keys to the instant at which each falls due; every operation is O(log n), amortised."""

    def __init__(self) -> None:
        self._due: dict[K, tuple[float, int]] = {}
        self._heap: list[tuple[float, int, K]] = []
        self._order = count()

    def __len__(self) -> int:
        return len(self._due)

    def schedule(self, key: K, at: float) -> None:
        """Let ``key`` fall due at ``at`` and no longer at its former instant."""
        order = next(self._order)
        self._due[key] = (at, order)
        heappush(self._heap, (at, order, key))
        if len(self._heap) > 2 * len(self._due) + _SLACK:
            self._heap = [(due, entry, name) for name, (due, entry) in self._due.items()]
            heapify(self._heap)

    def at(self, key: K) -> float | None:
        """The instant at which ``key`` falls due."""
        due = self._due.get(key)
        return None if due is None else due[0]

    def cancel(self, key: K) -> None:
        self._due.pop(key, None)

    def pop_due(self, now: float) -> list[K]:
        """Take out what falls due by ``now``, earliest first."""
        due: list[K] = []
        while (at := self.next_at()) is not None and at <= now:
            key = heappop(self._heap)[2]
            del self._due[key]
            due.append(key)
        return due

    def next_at(self) -> float | None:
        """The instant at which something falls due next."""
        while self._heap:
            at, order, key = self._heap[0]
            if self._due.get(key) == (at, order):
                return at
            heappop(self._heap)
        return None
