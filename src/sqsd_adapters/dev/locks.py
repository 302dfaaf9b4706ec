"""A lock store that can forget what is done, as a daemon's memory does when the daemon starts anew."""

from collections.abc import Sequence

from sqsd_adapters.dev.ledger import Ledger
from sqsd_core.policy.locking import Claim, Lock
from sqsd_core.ports.lock_store import LockStore


class ForgettingLocks:
    """Passes everything on to a lock store, and releases what is done while ``forgets`` is set."""

    def __init__(self, *, store: LockStore, ledger: Ledger) -> None:
        self._store = store
        self._ledger = ledger
        self.forgets = False

    async def acquire(self, locks: Sequence[Lock], *, lease: float) -> Sequence[Claim]:
        claims = await self._store.acquire(locks, lease=lease)
        for lock, claim in zip(locks, claims, strict=True):
            if claim is Claim.DONE:
                self._ledger.noted(lock.message_id, "not run again", "sqsd remembers that it is done, and deletes it")
        return claims

    async def renew(self, locks: Sequence[Lock], *, lease: float) -> Sequence[Lock]:
        return await self._store.renew(locks, lease=lease)

    async def complete(self, locks: Sequence[Lock], *, expire: float) -> None:
        if self.forgets:
            await self._store.release(locks)
        else:
            await self._store.complete(locks, expire=expire)

    async def release(self, locks: Sequence[Lock]) -> None:
        await self._store.release(locks)

    async def expire(self) -> int:
        return await self._store.expire()
