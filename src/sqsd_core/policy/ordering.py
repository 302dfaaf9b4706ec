"""Which buffered message may run now: of a FIFO group one at a time, in the order received.

A group is *busy* from the moment its first message is startable until that message has ended and no other of the
group is buffered. While it is busy, its other messages wait. When one ends in success the next becomes startable;
when one ends otherwise, those that wait are handed back for release, for they must not overtake the retry. (SQS gives
out nothing of a group of which a message is in flight, so the retry comes before them.)

Messages without a group are startable at once. A batch runs messages of one group together, in order: the group is busy
until the batch has ended.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class Ordering(Generic[T]):
    """The buffer's order."""

    def __init__(self) -> None:
        #: the messages that may start now, in order, each with its group; for others to look whether there are any
        self.ready: deque[tuple[T, str | None]] = deque()
        #: the busy groups, each with its messages that wait
        self._waiting: dict[str, deque[T]] = {}

    @property
    def startable(self) -> int:
        return len(self.ready)

    def __len__(self) -> int:
        return len(self.ready) + sum(map(len, self._waiting.values()))

    @property
    def followers(self) -> bool:
        """Whether a message waits behind another one of its group."""
        return any(self._waiting.values())

    def is_busy(self, group: str) -> bool:
        """Whether a message of the group runs or is buffered."""
        return group in self._waiting

    def behind(self, group: str) -> Sequence[T]:
        """The messages that wait behind the group's running or startable one."""
        return list(self._waiting.get(group, ()))

    def add(self, item: T, group: str | None) -> None:
        if group is None:
            self.ready.append((item, None))
        elif group in self._waiting:
            self._waiting[group].append(item)
        else:
            self._waiting[group] = deque()
            self.ready.append((item, group))

    def next(self) -> T | None:
        """Take out the message that has been startable longest; None when all wait."""
        return self.ready.popleft()[0] if self.ready else None

    @property
    def first(self) -> T:
        """The message that has been startable longest; there must be one."""
        return self.ready[0][0]

    def together(self) -> Iterator[T]:
        """What a batch may take now, in order: behind each startable message those that wait for it."""
        for item, group in self.ready:
            yield item
            if group is not None:
                yield from self._waiting[group]

    def take(self, count: int) -> list[T]:
        """Take out the first ``count`` of ``together``."""
        taken: list[T] = []
        while len(taken) < count and self.ready:
            item, group = self.ready.popleft()
            taken.append(item)
            if group is not None:
                waiting = self._waiting[group]
                taken += [waiting.popleft() for _ in range(min(count - len(taken), len(waiting)))]
        return taken

    def ended(self, group: str, *, succeeded: bool) -> list[T]:
        """Note that what ran of the group has ended; returns those of the group to release.

        ``succeeded``: or has failed for the last time, so that it never comes back.
        """
        waiting = self._waiting[group]
        if succeeded and waiting:
            self.ready.append((waiting.popleft(), group))
            return []
        del self._waiting[group]
        return list(waiting)

    def clear_startable(self) -> list[T]:
        """Take out what may start now, each with those behind it; what waits behind a running message stays."""
        gone = list(self.together())
        for _, group in self.ready:
            if group is not None:
                del self._waiting[group]
        self.ready.clear()
        return gone

    def clear(self, *, but: Callable[[T], bool] | None = None) -> list[T]:
        """Take out what is buffered; a group with a message that runs stays busy.

        What ``but`` names stays, with the messages that are in front of it in its group.
        """
        gone: list[T] = []
        ready, busy = list(self.ready), self._waiting
        self.ready.clear()
        self._waiting = {}
        for item, group in ready:
            line = [item] if group is None else [item, *busy.pop(group)]
            staying = _up_to_last(line, but)
            for stays in line[:staying]:
                self.add(stays, group)
            gone += line[staying:]
        for group, behind in busy.items():
            line = list(behind)
            staying = _up_to_last(line, but)
            self._waiting[group] = deque(line[:staying])
            gone += line[staying:]
        return gone


def _up_to_last(line: Sequence[T], wanted: Callable[[T], bool] | None) -> int:
    """How many items of the line there are up to the last one that is wanted."""
    if wanted is None:
        return 0
    return next((count for count in range(len(line), 0, -1) if wanted(line[count - 1])), 0)
