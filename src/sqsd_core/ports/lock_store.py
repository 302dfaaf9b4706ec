"""The memory of what is running and what is done, shared by all daemons of a queue."""

from collections.abc import Sequence
from typing import Protocol

from sqsd_core.policy.locking import Claim, Lock


class LockStore(Protocol):
    """Carries out the table of ``policy/locking`` for many locks at once.

    All methods may run concurrently and raise only ``LockStoreUnavailable``, after which it is unknown whether the
    operation took place; repeating it with the same locks is safe (a lock that we hold is acquired again). The store
    forgets by itself: leases and expiries are enforced without our help. The one who opened a store closes it.
    """

    async def acquire(self, locks: Sequence[Lock], *, lease: float) -> Sequence[Claim]:
        """Claim each lock for ``lease`` seconds; the answers stand in the order of ``locks``."""
        ...

    async def renew(self, locks: Sequence[Lock], *, lease: float) -> Sequence[Lock]:
        """Hold each lock for another ``lease`` seconds from now; returns those that are no longer ours."""
        ...

    async def complete(self, locks: Sequence[Lock], *, expire: float) -> None:
        """Remember each message as done for ``expire`` seconds, whoever holds its lock now."""
        ...

    async def release(self, locks: Sequence[Lock]) -> None:
        """Free each lock that is still ours; others' and done ones stay."""
        ...

    async def expire(self) -> int:
        """Sweep what has expired; returns how many entries went. A store that expires by itself returns 0."""
        ...
