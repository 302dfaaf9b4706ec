"""Who may run a message: free → held (a lease) → done (an expiry), as one table.

===========  ======================  ================  ================  ===============
now          acquire                 renew             complete          release
===========  ======================  ================  ================  ===============
free         ACQUIRED → held         lost              → done            nothing
held, ours   ACQUIRED → held         → held            → done            → free
held, other  HELD                    lost              → done            nothing
done         DONE                    lost              stays, extended   nothing
===========  ======================  ================  ================  ===============

An expired lease is *free*, and so is an expired *done*. ``complete`` also replaces the lease of another delivery:
the work is done, and a further delivery must not run. It never shortens how long *done* is remembered.
"""

from collections import deque
from collections.abc import Iterator
from enum import Enum
from math import ceil, inf
from typing import NamedTuple

from sqsd_core.message import MessageId
from sqsd_core.tuples import new

GENERATIONS = 5  # a fifth is forgotten at once; each generation costs one more lookup per acquire
GRAIN = 0.125  # seconds by which *done* may be remembered longer than requested


class Lock(NamedTuple):
    """The claim of one delivery on a message.

    ``token`` distinguishes it from the claims of other daemons and other deliveries.
    """

    message_id: MessageId
    token: str


class Claim(Enum):
    """The result of ``LockStore.acquire`` for one lock.

    ACQUIRED: the message may be run. HELD: another delivery of it is running, here or elsewhere. DONE: it has succeeded
    before, so it is deleted and not run.
    """

    ACQUIRED = "acquired"
    HELD = "held"
    DONE = "done"


_ACQUIRED = Claim.ACQUIRED  # looking up an enum member takes as long as a call, once per message


class _Lease(NamedTuple):
    token: str
    until: float


class LockTable:
    """The table in memory; ``now`` is monotonic, durations are seconds.

    There is one held lock per message in flight. At most ``max_done`` done locks are kept, and the oldest are
    forgotten first. A late duplicate may then run again; no message is lost.
    """

    def __init__(self, *, max_done: int | None = None) -> None:
        self._held: dict[MessageId, _Lease] = {}
        self._done = _Memory(room=max_done)

    @property
    def forgotten(self) -> int:
        """Done messages that were forgotten early because the table was full."""
        return self._done.forgotten

    def __len__(self) -> int:
        return len(self._held) + len(self._done)

    def __repr__(self) -> str:
        return f"<LockTable: {len(self._held)} held, {len(self._done)} done>"

    def acquire(self, lock: Lock, *, now: float, lease: float) -> Claim:
        message_id, token = lock
        held = self._held.get(message_id)
        if held is not None and held.until > now and held.token != token:
            return Claim.HELD
        if self._done.until(message_id) > now:
            return Claim.DONE
        self._held[message_id] = new(_Lease, (token, now + lease))
        return _ACQUIRED

    def renew(self, lock: Lock, *, now: float, lease: float) -> bool:
        """Extend the lease; returns False if the lock is no longer ours."""
        held = self._held.get(lock.message_id)
        if held is None or held.until <= now or held.token != lock.token:
            return False
        self._held[lock.message_id] = _Lease(lock.token, now + lease)
        return True

    def complete(self, lock: Lock, *, now: float, expire: float) -> None:
        message_id = lock.message_id
        held = self._held.pop(message_id, None)
        if held is None:
            self._done.prolong(message_id, until=now + expire)
        else:
            # A held message is not among the done ones, because acquire checked that: no search is needed.
            self._done.add(message_id, until=now + expire)

    def release(self, lock: Lock) -> None:
        held = self._held.get(lock.message_id)
        if held is not None and held.token == lock.token:
            del self._held[lock.message_id]

    def leases(self, *, now: float) -> Iterator[tuple[Lock, float]]:
        """The locks that are held, each with the seconds that are left of it."""
        for message_id, lease in self._held.items():
            if lease.until > now:
                yield Lock(message_id, lease.token), lease.until - now

    def drop_leases(self) -> None:
        """Free every held lock; done messages stay."""
        self._held.clear()

    def expire(self, *, now: float) -> int:
        """Remove expired entries; returns their number."""
        leases = [key for key, lease in self._held.items() if lease.until <= now]
        for key in leases:
            del self._held[key]
        return len(leases) + self._done.expire(now=now)


class _Memory:
    """How long each done message is remembered, in generations: small dicts, the newest first.

    The oldest generation is dropped as a whole. One large dict keeps the space of deleted entries, and grows to three
    times its size: for 100,000 messages it takes twice the memory of the generations.
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
        """Remember the message in the newest generation; an older entry has expired and no longer counts."""
        if len(self._generations[0]) >= self._size:
            self._begin_generation()
        self._generations[0][message_id] = self._rounded(until)

    def prolong(self, message_id: MessageId, *, until: float) -> None:
        """Remember the message at least as long as before."""
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
        """Round up, so that messages of the same moment share one float, which is a fifth of the memory of an entry."""
        until = ceil(until / GRAIN) * GRAIN
        if until != self._latest:
            self._latest = until
        return self._latest
