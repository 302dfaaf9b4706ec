"""FIFO groups that are received alone, so that the messages behind a failing one keep their receives.

A receive brings a group's first message together with the followers behind it. When the first message fails, the
followers are released. Each of them has then spent a receive without being run, and behind a message that never
succeeds they would become dead letters with it. So once a follower has spent half of its receives, a receive that may
bring the group asks for one message. Of all other groups receives ask for as many as they can use.

=====  =========================  =======  ==================
group  put off                    came     over
=====  =========================  =======  ==================
free   → due where half is spent  nothing  nothing
due    → due later, or free       → here   → free, or due now
here   → due, or free             nothing  → free, or due now
=====  =========================  =======  ==================

* What is given back without being run makes its group due now where that was here.
* After a success the group stays due while its followers have one or two receives left: each is received alone. With
  the last of them it is free.
* Of a group the receive counts never rise from one message to the next, so a message that is received alone bounds
  the counts of those behind it.
* A receive that is under way when a message fails was begun without knowing. While followers wait here, none lasts
  longer than the shortest back-off, so that it cannot bring them a second time.
* A due group that does not come has gone to another daemon, which may put it off in turn: it is free only when the
  longest back-off has passed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from math import floor, inf

from sqsd_core.limits import SHORTEST_LONG_POLL
from sqsd_core.message import Message, MessageId

SLACK = 1.0  # seconds that a receive may last longer than it waits at the queue
OVERDUE = 60.0  # seconds beyond the longest back-off until a due group is free, where the queue has few groups
TOURS = 10.0  # and as many tours of all groups: to ask for one instead of ten makes a tour ten times as long
FIRST_TOUR = 60.0  # seconds, until one was seen
MEMORY = 600.0  # seconds for which the longest tour counts


@dataclass(slots=True)
class _Followers:
    #: the highest receive count of those behind the group's first message
    spent: int
    #: the one furthest behind that has spent a receive
    last: MessageId


class Comebacks:
    """The table; instants are monotonic seconds. Only messages of a group may be told."""

    def __init__(self, *, shortest: float, longest: float) -> None:
        """Take the shortest and the longest back-off in seconds."""
        self._brief = float(floor(max(0.0, min(SHORTEST_LONG_POLL, shortest - SLACK))))
        self._patience = longest + OVERDUE
        self._half = self._few = 1.0
        #: the groups that are due or here
        self._followers: dict[str, _Followers] = {}
        #: when the first message of a due group is visible, and the same in order, with entries that are no longer true
        self._due: dict[str, float] = {}
        self._order: list[tuple[float, str]] = []
        self._tour = FIRST_TOUR
        self._tour_seen = -inf

    def __repr__(self) -> str:
        return f"<Comebacks: {len(self._due)} due, {len(self._followers) - len(self._due)} here>"

    def allow(self, max_receive_count: int | None) -> None:
        """Take the queue's own limit, None where it has no dead-letter queue; until then the least is assumed."""
        if max_receive_count is None:
            self._half = self._few = inf
        else:
            self._half = (max_receive_count + 1) // 2
            self._few = max(self._half, max_receive_count - 2)

    def put_off(self, message: Message, *, until: float, behind: Sequence[Message]) -> None:
        """The first message of a group is hidden and visible again at ``until``; those behind it are released."""
        group = str(message.group_id)
        followers = self._joined(self._followers.get(group), behind)
        if followers is None or followers.spent < self._half or followers.last == message.id:
            self._free(group)
        else:
            self._followers[group] = followers
            self._expect(group, until)

    def came(self, message: Message, *, now: float) -> None:
        """A message was received; the first one that a receive brings of a group is the group's first."""
        group = str(message.group_id)
        due = self._due.pop(group, None)
        if due is not None:
            followers = self._followers[group]
            followers.spent = min(followers.spent, message.receive_count - 1)
            self._learn(now - due, now)

    def released(self, message: Message, *, now: float) -> None:
        """A message was given back without being run."""
        group = str(message.group_id)
        if group in self._followers and group not in self._due:
            self._expect(group, now)

    def over(self, message: Message, *, now: float) -> None:
        """A message has succeeded, or was a duplicate of one that had."""
        group = str(message.group_id)
        followers = self._followers.get(group)
        if followers is None:
            return
        if followers.spent < self._few or followers.last == message.id:
            self._free(group)
        else:
            self._expect(group, now)

    def ask(self, *, wait: float, followers: bool, now: float) -> tuple[bool, float]:
        """Whether a receive has to ask for one message, and how many seconds it may wait.

        ``followers``: messages wait here behind a running one of their group, and would be released if it failed.
        """
        if followers and self._half < inf:
            wait = min(wait, self._brief)
        if not self._followers:
            return False, wait
        quiet = self._quiet(now)
        if quiet >= wait:
            return False, wait
        return (True, wait) if quiet < SHORTEST_LONG_POLL else (False, float(floor(quiet)))

    def _quiet(self, now: float) -> float:
        """Seconds that a receive may wait without bringing such a group."""
        self._drop(now - self._patience - TOURS * self._tour)
        if len(self._followers) > len(self._due):
            return -1.0
        return self._order[0][0] - SLACK - now if self._order else inf

    @staticmethod
    def _joined(known: _Followers | None, behind: Sequence[Message]) -> _Followers | None:
        if not behind:
            return known
        spent = max(message.receive_count for message in behind)
        if known is None:
            return _Followers(spent, behind[-1].id)
        further = any(message.id == known.last for message in behind)
        return _Followers(max(spent, known.spent), behind[-1].id if further else known.last)

    def _expect(self, group: str, until: float) -> None:
        self._due[group] = until
        heappush(self._order, (until, group))

    def _free(self, group: str) -> None:
        self._followers.pop(group, None)
        self._due.pop(group, None)

    def _drop(self, until: float) -> None:
        """Free what was due until then, and forget entries that are no longer true."""
        while self._order:
            due, group = self._order[0]
            current = self._due.get(group) == due
            if current and due > until:
                return
            heappop(self._order)
            if current:
                self._free(group)

    def _learn(self, tour: float, now: float) -> None:
        """Keep the longest time that a visible group has waited for its turn of late."""
        if tour >= self._tour or now > self._tour_seen + MEMORY:
            self._tour, self._tour_seen = max(0.0, tour), now
