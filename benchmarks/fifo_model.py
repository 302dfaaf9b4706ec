"""A FIFO queue without bodies: groups in order, receive counts and dead letters; ``now`` is an argument."""

from collections import deque
from dataclasses import dataclass, field
from heapq import heappop, heappush
from random import Random

from benchmarks.queue_model import Delivery


@dataclass(slots=True)
class Group:
    """The messages of one group that are left, in the order of sending."""

    messages: deque[int] = field(default_factory=deque)
    in_flight: set[int] = field(default_factory=set)
    listed: bool = False


class FifoModel:
    """SQS's semantics for one FIFO queue; message ``n`` belongs to group ``n % groups``.

    A receive brings messages of a group up to the first one in flight, as SQS does. With ``cautious`` it brings none
    of a group while one of it is in flight, as SQS's documentation says. ``random`` picks the groups; without it they
    take turns.
    """

    def __init__(
        self,
        *,
        groups: int,
        max_receive_count: int | None = None,
        cautious: bool = False,
        random: Random | None = None,
    ) -> None:
        self.received = self.deleted = 0
        #: deletions of what had been deleted before, and of what had never been handed out
        self.deleted_twice = self.deleted_unseen = 0
        self.dead_letters: list[int] = []
        self._groups = [Group() for _ in range(groups)]
        self._max_receive_count = max_receive_count
        self._cautious = cautious
        self._random = random
        self._open: deque[int] = deque()
        self._receive_counts: list[int] = []
        self._gone = bytearray()
        self._hidden_until: list[float] = []
        self._expiries: list[tuple[float, int]] = []

    def __len__(self) -> int:
        """How many messages were ever sent."""
        return len(self._gone)

    @property
    def visible(self) -> int:
        """Groups of which a message can be received."""
        return len(self._open)

    @property
    def in_flight(self) -> int:
        return sum(len(group.in_flight) for group in self._groups)

    @property
    def next_at(self) -> float | None:
        """The instant at which a message may become visible by itself."""
        return self._expiries[0][0] if self._expiries else None

    def group_of(self, index: int) -> int:
        return index % len(self._groups)

    def send(self, count: int) -> range:
        """Put ``count`` messages into the queue and return their indices."""
        indices = range(len(self), len(self) + count)
        self._receive_counts.extend([0] * count)
        self._hidden_until.extend([0.0] * count)
        self._gone.extend(bytes(count))
        for index in indices:
            self._groups[self.group_of(index)].messages.append(index)
            self._refresh(self.group_of(index))
        return indices

    def receive(self, *, limit: int, visibility: float, now: float) -> list[Delivery]:
        deliveries: list[Delivery] = []
        while self._open and len(deliveries) < limit:
            if self._random is not None:
                self._open.rotate(self._random.randrange(len(self._open)))
            number = self._open.popleft()
            self._groups[number].listed = False
            deliveries += self._take(number, limit - len(deliveries), now + visibility)
            self._refresh(number)
        self.received += len(deliveries)
        return deliveries

    def delete(self, index: int) -> None:
        if self._gone[index]:
            self.deleted_twice += 1
            return
        self.deleted_unseen += not self._receive_counts[index]
        self.deleted += 1
        self._remove(index)

    def hide(self, index: int, *, seconds: float, now: float) -> None:
        """Change the visibility of a message in flight; others are left alone."""
        if index in self._groups[self.group_of(index)].in_flight:
            self._hide(index, now + seconds)

    def expire(self, now: float) -> bool:
        """Make visible again what was hidden until ``now``; say whether a group can be received from now on."""
        before = len(self._open)
        while self._expiries and self._expiries[0][0] <= now:
            until, index = heappop(self._expiries)
            group = self._groups[self.group_of(index)]
            # hidden anew since: a later entry of the heap is the one that counts
            if index in group.in_flight and self._hidden_until[index] == until:
                group.in_flight.discard(index)
                self._refresh(self.group_of(index))
        return len(self._open) > before

    def _take(self, number: int, limit: int, until: float) -> list[Delivery]:
        group = self._groups[number]
        taken: list[Delivery] = []
        for index in list(group.messages):
            if index in group.in_flight or len(taken) == limit:
                break
            if self._max_receive_count is not None and self._receive_counts[index] >= self._max_receive_count:
                self.dead_letters.append(index)
                self._remove(index)
                continue
            self._receive_counts[index] += 1
            self._hide(index, until)
            taken.append(Delivery(index, self._receive_counts[index]))
        group.in_flight.update(delivery.number for delivery in taken)
        return taken

    def _hide(self, index: int, until: float) -> None:
        self._hidden_until[index] = until
        heappush(self._expiries, (until, index))

    def _remove(self, index: int) -> None:
        group = self._groups[self.group_of(index)]
        self._gone[index] = 1
        group.messages.remove(index)
        group.in_flight.discard(index)
        self._refresh(self.group_of(index))

    def _refresh(self, number: int) -> None:
        group = self._groups[number]
        if group.listed or not group.messages or group.messages[0] in group.in_flight:
            return
        if not (self._cautious and group.in_flight):
            group.listed = True
            self._open.append(number)
