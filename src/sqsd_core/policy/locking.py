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

from dataclasses import dataclass
from enum import Enum
from itertools import islice
from typing import NamedTuple

from sqsd_core.message import MessageId


@dataclass(frozen=True, slots=True)
class Lock:
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


class _Lease(NamedTuple):
    token: str
    until: float


class LockTable:
    """The table in memory; ``now`` is monotonic, durations are seconds.

    There are as many held locks as messages in flight. Of done ones at most ``max_done`` are kept: the oldest
    are forgotten first, which may let a late duplicate run again and never loses a message.
    """

    def __init__(self, *, max_done: int | None = None) -> None:
        self._max_done = max_done
        self._held: dict[MessageId, _Lease] = {}
        #: until when each is remembered, the oldest first
        self._done: dict[MessageId, float] = {}
        #: done messages that were given up before their time, for want of room
        self.forgotten = 0

    def __len__(self) -> int:
        return len(self._held) + len(self._done)

    def __repr__(self) -> str:
        return f"<LockTable: {len(self._held)} held, {len(self._done)} done>"

    def acquire(self, lock: Lock, *, now: float, lease: float) -> Claim:
        held = self._held.get(lock.message_id)
        if held is not None and held.until > now and held.token != lock.token:
            return Claim.HELD
        if self._done.get(lock.message_id, now) > now:
            return Claim.DONE
        self._held[lock.message_id] = _Lease(lock.token, now + lease)
        return Claim.ACQUIRED

    def renew(self, lock: Lock, *, now: float, lease: float) -> bool:
        """Extend the lease; False when the lock is no longer ours."""
        held = self._held.get(lock.message_id)
        if held is None or held.until <= now or held.token != lock.token:
            return False
        self._held[lock.message_id] = _Lease(lock.token, now + lease)
        return True

    def complete(self, lock: Lock, *, now: float, expire: float) -> None:
        self._held.pop(lock.message_id, None)
        remembered = self._done.get(lock.message_id, now)
        self._done[lock.message_id] = max(remembered, now + expire)
        if self._max_done is not None and len(self._done) > self._max_done:
            self._forget_oldest()

    def release(self, lock: Lock) -> None:
        held = self._held.get(lock.message_id)
        if held is not None and held.token == lock.token:
            del self._held[lock.message_id]

    def expire(self, *, now: float) -> int:
        """Forget what has run out; returns how many entries that were."""
        leases = [key for key, lease in self._held.items() if lease.until <= now]
        memories = [key for key, until in self._done.items() if until <= now]
        for key in leases:
            del self._held[key]
        for key in memories:
            del self._done[key]
        return len(leases) + len(memories)

    def _forget_oldest(self) -> None:
        # A tenth at a time: a dict whose front is deleted one by one is walked from its start every time.
        oldest = list(islice(self._done, max(1, len(self._done) // 10)))
        for key in oldest:
            del self._done[key]
        self.forgotten += len(oldest)
