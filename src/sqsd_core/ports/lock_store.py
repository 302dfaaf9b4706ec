"""The lock store: which messages are running and which are done, shared by all daemons of a queue."""

from collections.abc import Sequence
from typing import Protocol

from sqsd_core.policy.locking import Claim, Lock


class LockStore(Protocol):
    """Applies the table of ``sqsd_core.policy.locking`` to many locks at once.

    A message is free, held (for a lease) or done (for an expiry). An expired lease is free, and so is an expired
    *done*; the store enforces both by itself. Durations are in seconds.

    All methods may run concurrently. They raise only ``LockStoreUnavailable``; it is then unknown whether the operation
    took place. Repeating it with the same locks is safe: a lock that we hold is acquired again. The code that opened a
    store closes it.
    """

    async def acquire(self, locks: Sequence[Lock], *, lease: float) -> Sequence[Claim]:
        """Claim each lock for ``lease`` seconds; the results are in the order of ``locks``.

        A lock that is free, or ours, is ``ACQUIRED``. One of another token is ``HELD``. A message that is done is
        ``DONE``.
        """
        ...

    async def renew(self, locks: Sequence[Lock], *, lease: float) -> Sequence[Lock]:
        """Hold each lock for another ``lease`` seconds from now; returns those that are no longer ours."""
        ...

    async def complete(self, locks: Sequence[Lock], *, expire: float) -> None:
        """Remember each message as done for ``expire`` seconds, regardless of who holds its lock.

        It never shortens how long a message is remembered.
        """
        ...

    async def release(self, locks: Sequence[Lock]) -> None:
        """Free each lock that is still ours; other locks stay as they are."""
        ...

    async def expire(self) -> int:
        """Remove expired entries; returns their number. A store that expires entries by itself returns 0."""
        ...
