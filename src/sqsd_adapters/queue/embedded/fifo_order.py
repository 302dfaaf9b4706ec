"""Which visible message of a FIFO queue is received next: each group in its order."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from math import inf

from sqsd_adapters.queue.embedded.stored import State, Stored


@dataclass(slots=True)
class _Group:
    """The messages of one group."""

    #: not in flight, by sequence
    waiting: list[tuple[int, Stored]] = field(default_factory=list)
    #: the sequences of those in flight; at most one receive's
    in_flight: set[int] = field(default_factory=set)
    listed: bool = False

    def head(self) -> Stored | None:
        while self.waiting and self.waiting[0][1].state is State.GONE:
            heappop(self.waiting)
        return self.waiting[0][1] if self.waiting else None

    def next(self, barrier: float) -> Stored | None:
        """The head, if it is visible and was sent before ``barrier``."""
        head = self.head()
        return head if head is not None and head.state is State.VISIBLE and head.sequence < barrier else None

    @property
    def barrier(self) -> float:
        """The sequence of the first message in flight: what was sent after it waits."""
        return min(self.in_flight) if self.in_flight else inf

    @property
    def open(self) -> bool:
        return self.next(self.barrier) is not None


class FifoOrder:
    """Each group in the order of sending, up to its first message in flight.

    Source: "FIFO queue delivery logic", SQS Developer Guide. One receive may take several of a group; one of them
    that comes back before the others is received again, and what follows the others waits for them.
    """

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._groups: dict[str, _Group] = {}
        self._open: deque[str] = deque()
        self._on_change = on_change

    def __bool__(self) -> bool:
        while self._open and not self._groups[self._open[0]].open:
            name = self._open[0]
            self._unlist()
            self._forget_empty(name)
        return bool(self._open)

    def add(self, message: Stored) -> None:
        heappush(self._group(message).waiting, (message.sequence, message))
        self._refresh(message)

    def resume(self, message: Stored) -> None:
        self._group(message).in_flight.add(message.sequence)

    def show(self, message: Stored) -> None:
        self._refresh(message)

    def first(self) -> Stored | None:
        return self._groups[self._open[0]].head() if self else None

    def take(self, limit: int, *, newest_first: bool = False) -> list[Stored]:
        del newest_first
        taken: list[Stored] = []
        while len(taken) < limit and self:
            group = self._unlist()
            barrier = group.barrier
            while len(taken) < limit and (head := group.next(barrier)):
                heappop(group.waiting)
                group.in_flight.add(head.sequence)
                taken.append(head)
        return taken

    def land(self, message: Stored) -> None:
        group = self._group(message)
        group.in_flight.discard(message.sequence)
        if message.state is State.VISIBLE:
            heappush(group.waiting, (message.sequence, message))
        self._refresh(message)

    def forget(self, message: Stored, *, was: State) -> None:
        del was
        self._refresh(message)

    def _group(self, message: Stored) -> _Group:
        return self._groups.setdefault(message.sending.group_id or "", _Group())

    def _refresh(self, message: Stored) -> None:
        """List a group that has opened; forget one that is empty."""
        name = message.sending.group_id or ""
        group = self._group(message)
        if group.open:
            if not group.listed:
                group.listed = True
                self._open.append(name)
            self._on_change()
        self._forget_empty(name)

    def _forget_empty(self, name: str) -> None:
        group = self._groups[name]
        if not (group.listed or group.in_flight or group.waiting):
            del self._groups[name]

    def _unlist(self) -> _Group:
        group = self._groups[self._open.popleft()]
        group.listed = False
        return group
