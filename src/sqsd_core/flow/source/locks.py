"""The lock store as the flow sees it: whether it can be used, and what happens to the work when it cannot."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from itertools import count, islice
from typing import TypeVar

from sqsd_core.errors import LockStoreUnavailable
from sqsd_core.flow.admission import Admission
from sqsd_core.flow.troubles import Troubles
from sqsd_core.message import Message, MessageId
from sqsd_core.policy.admission import Reason
from sqsd_core.policy.backoff import backoff
from sqsd_core.policy.locking import Claim, Lock
from sqsd_core.ports.lock_store import LockStore
from sqsd_core.tuples import new

T = TypeVar("T")

LEASE = 0.9  # of the visibility timeout: the lock of a dead holder is free by the time its message is visible
MAX_REMEMBERED = 10_000  # locks of each kind; few are made while the store is away
SLICE = 100  # of them per call: a store that writes them one by one has to end in time
CHECK_BASE, CHECK_MAX = 1.0, 30.0  # seconds from one check of a store that is away to the next


class Locks:
    """Makes locks and keeps them; raises only what a store does that breaks its contract.

    A store that fails once counts as away, whatever the operation. Only an acquire proves that it is back: a store that
    is out of memory or read-only still answers everything else. Where the store is required, nothing is received while
    it is away, and only ``run`` finds out that it is back, after a back-off. The back-off starts again from its base
    when messages were locked, not when a check succeeded: a store that passes checks and fails messages would spend a
    receive of each message per check.

    What ends while the store is away is remembered. Messages that are done are written before anything else is claimed.
    A lock whose release failed is released again when the store is back, or before the message's next claim.
    """

    def __init__(
        self,
        *,
        store: LockStore,
        admission: Admission,
        troubles: Troubles,
        random: Callable[[], float],
        instance: str,
        visibility: float,
        expire: float,
        required: bool,
    ) -> None:
        self._store = store
        self._admission = admission
        self._troubles = troubles
        self._random = random
        self._instance = instance
        self._lease = visibility * LEASE
        self._expire = expire
        self._required = required
        self._numbers = count()
        # Always the same claims, so that they are granted, and therefore written, each time. Two, since messages are
        # locked together: a cluster of Redis locks one and refuses several.
        self._check_locks = [Lock(MessageId(f"sqsd-availability-check-{instance}-{n}"), instance) for n in range(2)]
        self._checks = 0
        self._away = asyncio.Event()
        #: by message, claims that may hold without our knowledge; the next delivery of the message takes them up
        self._in_doubt: dict[MessageId, Lock] = {}
        #: by message, locks that may still hold because their release failed; they are released again
        self._unreleased: dict[MessageId, Lock] = {}
        #: by message, what is done and could not be written
        self._owed: dict[MessageId, Lock] = {}

    @property
    def available(self) -> bool:
        """Whether the store answered last."""
        return not self._away.is_set()

    def new(self, messages: Sequence[Message]) -> list[Lock]:
        """Make a new claim of each message; acquire makes them valid."""
        numbered = zip(messages, self._numbers, strict=False)
        locks = [new(Lock, (message.id, f"{self._instance}-{number}")) for message, number in numbered]
        # only one delivery takes up an earlier claim: two with one token would both be run
        return [self._in_doubt.pop(lock.message_id, lock) for lock in locks] if self._in_doubt else locks

    async def run(self) -> None:
        """Find out when a store that went away is back, until cancelled."""
        while True:
            await self._away.wait()
            self._checks += 1
            await asyncio.sleep(backoff(self._checks, base=CHECK_BASE, maximum=CHECK_MAX, random=self._random()))
            await self.check()

    async def check(self) -> None:
        """Acquire locks that belong to no message, so that a failure is logged before a message needs the store."""
        if await self._claim(self._check_locks, lease=1.0) is not None:
            self._back()
            await self._release_again([*self._unreleased])

    async def acquire(self, locks: Sequence[Lock]) -> Sequence[Claim] | None:
        """Claim the locks; None when the store is required and away.

        Raises:
            TypeError: the store does not answer with one claim per lock.
        """
        try:
            if self._unreleased:
                await self._release_again([lock.message_id for lock in locks])
            claims = await self._claim(locks, lease=self._lease)
        except BaseException:
            self._doubt(locks)
            raise
        if claims is not None:
            if self._checks:
                self._locked(claims)
            return claims
        if self._required:
            self._doubt(locks)
            return None
        # Accepted: a duplicate of what another daemon runs or has done runs twice while the store is unavailable.
        return [Claim.DONE if lock.message_id in self._owed else Claim.ACQUIRED for lock in locks]

    async def renew(self, locks: Sequence[Lock]) -> Sequence[Lock]:
        """Extend the leases; returns the locks that are another's, or of messages that are done.

        A store that restarted empty, or was away when the message came, does not know the lock. It is acquired then.
        """
        lost = await self._ask(self._store.renew(locks, lease=self._lease))
        if not lost:
            return ()
        claims = await self._claim(lost, lease=self._lease)
        if claims is None:
            return ()
        if acquired := claims.count(Claim.ACQUIRED):
            self._troubles.note("running message locked again", level=logging.INFO, times=acquired)
        return [lock for lock, claim in zip(lost, claims, strict=True) if claim is not Claim.ACQUIRED]

    async def complete(self, locks: Sequence[Lock]) -> None:
        try:  # as ``_ask``, whose call takes 1,000 instructions per message
            await self._store.complete(locks, expire=self._expire)
        except LockStoreUnavailable as error:
            _remember(self._owed, locks)
            self._lost(str(error))

    async def release(self, locks: Sequence[Lock]) -> None:
        try:
            await self._store.release(locks)
        except LockStoreUnavailable as error:
            _remember(self._unreleased, locks)
            self._lost(str(error))

    async def expire(self) -> int:
        return await self._ask(self._store.expire()) or 0

    async def _claim(self, locks: Sequence[Lock], *, lease: float) -> Sequence[Claim] | None:
        """Ask the store; None when it is away."""
        try:
            if self._owed:
                await self._repay()
            claims = await self._store.acquire(locks, lease=lease)
        except LockStoreUnavailable as error:
            self._lost(str(error))
            return None
        _demand_claims(claims, len(locks))
        return claims

    async def _repay(self) -> None:
        """Write down what was done while the store was away, before another claim of it is granted."""
        while self._owed:
            locks = list(islice(self._owed.values(), SLICE))
            await self._store.complete(locks, expire=self._expire)
            for lock in locks:
                self._owed.pop(lock.message_id, None)

    def _doubt(self, locks: Sequence[Lock]) -> None:
        """Remember claims of deliveries that do not run: the store may carry them out later, when it goes on."""
        _remember(self._in_doubt, locks)

    async def _release_again(self, messages: Sequence[MessageId]) -> None:
        """Release locks whose release failed: each would hold back its message for a lease, which costs a receive."""
        again = [lock for message in messages if (lock := self._unreleased.pop(message, None)) is not None]
        for first in range(0, len(again), SLICE):
            await self.release(again[first : first + SLICE])

    async def _ask(self, answer: Awaitable[T]) -> T | None:
        try:
            return await answer
        except LockStoreUnavailable as error:
            self._lost(str(error))
            return None

    def _locked(self, claims: Sequence[Claim]) -> None:
        """A message was locked, which is written: the store works."""
        if Claim.ACQUIRED not in claims:
            return
        if not self._away.is_set():
            self._checks = 0
        elif not self._required:
            self._checks = 0
            self._back()

    def _lost(self, reason: str) -> None:
        self._away.set()
        if self._required:
            self._admission.close(Reason.LOCK_STORE_UNAVAILABLE, reason)
        consequence = "receiving stops" if self._required else "going on without deduplication"
        self._troubles.note(f"lock store unavailable, {consequence}", level=logging.ERROR, reason=reason)

    def _back(self) -> None:
        if self._away.is_set():
            self._away.clear()
            self._admission.open(Reason.LOCK_STORE_UNAVAILABLE)
            self._troubles.note("lock store is back")


def _remember(table: dict[MessageId, Lock], locks: Sequence[Lock]) -> None:
    """Add the locks, and forget the oldest of too many."""
    table.update((lock.message_id, lock) for lock in locks)
    while len(table) > MAX_REMEMBERED:
        del table[next(iter(table))]


def _demand_claims(claims: object, count: int) -> None:
    """A store of the user's own may be one that no type checker has seen."""
    if not isinstance(claims, Sequence) or len(claims) != count:
        raise TypeError(f"lock store: acquire has to return one Claim per lock, here {count}; it returned {claims!r}")
