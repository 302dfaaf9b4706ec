"""No locks (``LOCKER=none``): every delivery runs."""

from collections.abc import Sequence

from sqsd_core.policy.locking import Claim, Lock


class NullLockStore:
    """Remembers nothing and grants every claim; does not prevent duplicates."""

    async def acquire(self, locks: Sequence[Lock], *, lease: float) -> Sequence[Claim]:  # noqa: ARG002 - the port's
        return (Claim.ACQUIRED,) * len(locks)

    async def renew(self, locks: Sequence[Lock], *, lease: float) -> Sequence[Lock]:  # noqa: ARG002 - the port's
        return ()

    async def complete(self, locks: Sequence[Lock], *, expire: float) -> None:
        """Forget at once."""

    async def release(self, locks: Sequence[Lock]) -> None:
        """Nothing is held."""

    async def expire(self) -> int:
        return 0
