"""Who may run a message: free → held (a lease) → done (an expiry), as one table.

===========  ======================  ================  ================  ===============
now          acquire                 renew             complete          release
===========  ======================  ================  ================  ===============
free         ACQUIRED → held         lost              → done            nothing
held, ours   ACQUIRED → held         → held            → done            → free
held, other  HELD                    lost              → done            nothing
done         DONE                    lost              stays, extended   nothing
===========  ======================  ================  ================  ===============

A lease or a memory of *done* that has run out is *free*. ``complete`` wins over another's lease: the work was
done, and whoever runs it now runs a repetition that no third one should join. It never shortens a memory.
"""

from collections import deque
from enum import Enum
from math import ceil, inf
from typing import NamedTuple

from sqsd_core.message import MessageId

GENERATIONS = 5  # so a fifth is forgotten at once; each further one is a further look at every acquire
GRAIN = 0.125  # seconds by which *done* may be remembered longer than was asked for


class Lock(NamedTuple):
    """One delivery's claim on a message."""

    message_id: MessageId
    #: tells our claim from another's, and from our own of another delivery
    token: str


class Claim(Enum):
    """The answer to acquire."""

    ACQUIRED = "acquired"
    #: another delivery of the message is running, here or elsewhere
    HELD = "held"
    #: the message was run to success before
    DONE = "done"


_ACQUIRED = Claim.ACQUIRED  # an enumeration's member by its name takes Python 3.11 a call; each message asks


class _Lease(NamedTuple):
    token: str
    until: float


class LockTable:
    """The table in memory; ``now`` is monotonic, durations are seconds.

    There are as many held locks as messages in flight. Of done ones at most ``max_done`` are kept: the oldest
    are forgotten first, which may let a late duplicate run again and never loses a message.
    """

    def __init__(self, *, max_done: int | None = None) -> None:
        self._held: dict[MessageId, _Lease] = {}
        self._done = _Memory(room=max_done)

    @property
    def forgotten(self) -> int:
        """Done messages that were given up before their time, for want of room."""
        return self._done.forgotten

    def __len__(self) -> int:
        return len(self._held) + len(self._done)

    def __repr__(self) -> str:
        return f"<LockTable: {len(self._held)} held, {len(self._done)} done>"

    def acquire(self, lock: Lock, *, now: float, lease: float) -> Claim:
        held = self._held.get(lock.message_id)
        if held is not None and held.until > now and held.token != lock.token:
            return Claim.HELD
        if self._done.until(lock.message_id) > now:
            return Claim.DONE
        self._held[lock.message_id] = _Lease(lock.token, now + lease)
        return _ACQUIRED

    def renew(self, lock: Lock, *, now: float, lease: float) -> bool:
        """Extend the lease; False when the lock is no longer ours."""
        held = self._held.get(lock.message_id)
        if held is None or held.until <= now or held.token != lock.token:
            return False
        self._held[lock.message_id] = _Lease(lock.token, now + lease)
        return True

    def complete(self, lock: Lock, *, now: float, expire: float) -> None:
        held = self._held.pop(lock.message_id, None)
        if held is None:
            self._done.prolong(lock.message_id, until=now + expire)
        else:
            # What is held is not done, so the search for it is saved: acquire saw to that, and complete frees.
            self._done.add(lock.message_id, until=now + expire)

    def release(self, lock: Lock) -> None:
        held = self._held.get(lock.message_id)
        if held is not None and held.token == lock.token:
            del self._held[lock.message_id]

    def expire(self, *, now: float) -> int:
        """Forget what has run out; returns how many entries that were."""
        leases = [key for key, lease in self._held.items() if lease.until <= now]
        for key in leases:
            del self._held[key]
        return len(leases) + self._done.expire(now=now)


class _Memory:
    """Until when each done message is remembered, in generations: small dicts, the youngest first.

    The oldest generation is forgotten as a whole. In one large dict, what is deleted at the front keeps its room,
    and its next growth is to three times the size: for 100,000 messages twice the memory of the generations.
    """

    def __init__(self, *, room: int | None) -> None:
        most = GENERATIONS if room is None else min(GENERATIONS, room)
        self._size = inf if room is None else room // most
        self._generations: deque[dict[MessageId, float]] = deque([{}])
        self._most = most
        self._latest = -inf
        self.forgotten = 0

    def __len__(self) -> int:
        return sum(map(len, self._generations))

    def until(self, message_id: MessageId) -> float:
        for generation in self._generations:
            if message_id in generation:
                return generation[message_id]
        return -inf

    def add(self, message_id: MessageId, *, until: float) -> None:
        """Remember it among the youngest; an older entry, which must have run out, is of no account from now on."""
        if len(self._generations[0]) >= self._size:
            self._begin_generation()
        self._generations[0][message_id] = self._rounded(until)

    def prolong(self, message_id: MessageId, *, until: float) -> None:
        """Remember it, and not less long than before."""
        for generation in self._generations:
            if message_id in generation:
                generation[message_id] = max(generation[message_id], self._rounded(until))
                return
        self.add(message_id, until=until)

    def expire(self, *, now: float) -> int:
        before = len(self)
        for generation in self._generations:
            for key in [key for key, until in generation.items() if until <= now]:
                del generation[key]
        return before - len(self)

    def _begin_generation(self) -> None:
        if len(self._generations) == self._most:
            self.forgotten += len(self._generations.pop())
        self._generations.appendleft({})

    def _rounded(self, until: float) -> float:
        """Round up, so that the messages of a moment share one float: it is a fifth of what each takes."""
        until = ceil(until / GRAIN) * GRAIN
        if until != self._latest:
            self._latest = until
        return self._latest
