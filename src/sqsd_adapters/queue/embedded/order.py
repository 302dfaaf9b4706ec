"""Which visible message is received next: any on a standard queue, by message group on a FIFO queue."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Protocol

from sqsd_adapters.queue.embedded.stored import State, Stored


class Order(Protocol):
    """Follows the states of a queue's messages; calls ``on_change`` whenever one can be taken."""

    def __bool__(self) -> bool:
        """Whether a message can be taken."""
        ...

    def add(self, message: Stored) -> None:
        """A message enters the queue, delayed or visible."""
        ...

    def show(self, message: Stored) -> None:
        """A message has become visible: its delay or its visibility timeout ended."""
        ...

    def take(self, limit: int) -> list[Stored]:
        """Hand out visible messages; each must come back by ``show`` or ``land`` and ``forget``."""
        ...

    def land(self, message: Stored) -> None:
        """A taken message is no longer in flight; its state says what it is now."""
        ...

    def forget(self, message: Stored, *, was: State) -> None:
        """A message that was not in flight is gone."""
        ...


class StandardOrder:
    """First come, first served; SQS promises no more than best effort."""

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._visible: deque[Stored] = deque()
        self._gone = 0
        self._on_change = on_change

    def __bool__(self) -> bool:
        return len(self._visible) > self._gone

    def add(self, message: Stored) -> None:
        if message.state is State.VISIBLE:
            self.show(message)

    def show(self, message: Stored) -> None:
        self._visible.append(message)
        self._on_change()

    def take(self, limit: int) -> list[Stored]:
        taken: list[Stored] = []
        while self._visible and len(taken) < limit:
            message = self._visible.popleft()
            if message.state is State.GONE:
                self._gone -= 1
            else:
                taken.append(message)
        return taken

    def land(self, message: Stored) -> None:
        if message.state is State.VISIBLE:
            self.show(message)

    def forget(self, message: Stored, *, was: State) -> None:
        del message
        self._gone += was is State.VISIBLE


@dataclass(slots=True)
class _Group:
    """The messages of one group that are not in flight, by sequence."""

    waiting: list[tuple[int, Stored]] = field(default_factory=list)
    in_flight: int = 0
    listed: bool = False

    def head(self) -> Stored | None:
        while self.waiting and self.waiting[0][1].state is State.GONE:
            heappop(self.waiting)
        return self.waiting[0][1] if self.waiting else None

    @property
    def open(self) -> bool:
        head = None if self.in_flight else self.head()
        return head is not None and head.state is State.VISIBLE


class FifoOrder:
    """Each group in the order of sending, and nothing of a group while one of it is in flight.

    Source: "FIFO queue delivery logic", SQS Developer Guide. One receive may take several of a group.
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

    def show(self, message: Stored) -> None:
        self._refresh(message)

    def take(self, limit: int) -> list[Stored]:
        taken: list[Stored] = []
        while len(taken) < limit and self:
            group = self._unlist()
            while len(taken) < limit and (head := group.head()) and head.state is State.VISIBLE:
                taken.append(heappop(group.waiting)[1])
                group.in_flight += 1
        return taken

    def land(self, message: Stored) -> None:
        group = self._group(message)
        group.in_flight -= 1
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
        if group.open and not group.listed:
            group.listed = True
            self._open.append(name)
        if group.open:
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
