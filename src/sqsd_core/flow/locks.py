"""The lock store as the flow sees it: the work goes on without it, and the log says so once."""

import logging
from collections.abc import Awaitable, Sequence
from itertools import count
from typing import TypeVar

from sqsd_core.errors import LockStoreUnavailable
from sqsd_core.message import MessageId
from sqsd_core.policy.locking import Claim, Lock
from sqsd_core.ports.lock_store import LockStore

T = TypeVar("T")

LEASE = 0.9  # of the visibility timeout: the lock of a dead holder is free by the time its message is visible
_CHECK = MessageId("sqsd-availability-check")

logger = logging.getLogger(__name__)


class Locks:
    """Makes locks and keeps them; never raises unless ``required``."""

    def __init__(self, *, store: LockStore, instance: str, visibility: float, expire: float, required: bool) -> None:
        self._store = store
        self._instance = instance
        self._lease = visibility * LEASE
        self._expire = expire
        self._required = required
        self._numbers = count()
        self._available = True

    def new(self, message_id: MessageId) -> Lock:
        """A claim that is not anybody else's; acquire makes it good."""
        return Lock(message_id, f"{self._instance}-{next(self._numbers)}")

    async def usable(self) -> bool:
        """Whether messages may be received: always, unless the store is required and does not answer."""
        return not self._required or self._available or await self.check()

    async def check(self) -> bool:
        """Ask the store for something small; where it does not answer, the log says so now, and not with a message."""
        return await self._ask(self._store.acquire([self.new(_CHECK)], lease=1.0)) is not None

    async def acquire(self, locks: Sequence[Lock]) -> Sequence[Claim] | None:
        """Claim the locks; None when the store is required and does not answer."""
        claims = await self._ask(self._store.acquire(locks, lease=self._lease))
        if claims is None and not self._required:
            # Accepted: what is delivered twice while the store is away runs twice.
            return [Claim.ACQUIRED] * len(locks)
        return claims

    async def renew(self, locks: Sequence[Lock]) -> Sequence[Lock]:
        """Extend the leases; returns the locks that are lost for certain."""
        return await self._ask(self._store.renew(locks, lease=self._lease)) or ()

    async def complete(self, lock: Lock) -> None:
        await self._ask(self._store.complete([lock], expire=self._expire))

    async def release(self, locks: Sequence[Lock]) -> None:
        await self._ask(self._store.release(locks))

    async def expire(self) -> int:
        return await self._ask(self._store.expire()) or 0

    async def _ask(self, answer: Awaitable[T]) -> T | None:
        try:
            result = await answer
        except LockStoreUnavailable as error:
            self._note(available=False, reason=str(error))
            return None
        self._note(available=True)
        return result

    def _note(self, *, available: bool, reason: str = "") -> None:
        if available == self._available:
            return
        self._available = available
        if available:
            logger.warning("lock store is back")
        elif self._required:
            logger.error("lock store unavailable, receiving stops", extra={"reason": reason})
        else:
            logger.error("lock store unavailable, going on without deduplication", extra={"reason": reason})
